"""The final answers of `openai/gsm8k`, which follow `####` in the text of an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import shards
from conformance.checks.support_rows import (
    FORM,
    ITER,
    NEVER_FEWER,
    control_reads,
    parquet,
    put,
    recorded_rows,
    require_rows,
    rows,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import other_lfs_file, word_problems
from conformance.verdict.require import require_equal

COLUMNS = ("question", "final_answer")


check = Checks(ITER, source=FORM)


@check.each(
    "rows/final-answers-of-{}[gsm8k]", {"main": "main", "socratic": "socratic"}, kills="final-answer-with-its-mark"
)
def test_final_answers(hub: ReplayHub, port: Port, member: str) -> None:
    """In config {}, `final_answer` is the number after `####`, as text."""
    word_problems(hub.subject)
    found = recorded_rows(hub.subject, shards(f"{member}/test", 1))
    expected = [{**row, "final_answer": row["answer"].rpartition("####")[2].strip().replace(",", "")} for row in found]
    require_rows(rows(port, hub.subject.id, member, "test", COLUMNS), expected, COLUMNS)


def put_first(hub: ReplayHub, answer: str) -> None:
    """Let the first row of the test split have another answer. The number of rows stays: the card has it, too."""
    repo = hub.subject
    other = other_lfs_file(repo)
    first, *others = recorded_rows(hub.subject, [other])
    put(hub, repo.id, other, parquet([{**first, "answer": answer}, *others]))


def require_final_answer(hub: ReplayHub, port: Port, answer: str, expected: str) -> None:
    """The final answer of a row with this answer."""
    put_first(hub, answer)
    seen = rows(port, hub.subject.id, "main", "test", ("final_answer",))["first"]
    require_equal(seen, {"final_answer": expected}, "wrong-answer", "this is not the number after the last mark")


@check.each(
    "rows/final-answer-{}[gsm8k]",
    {
        "with-blanks": ("It is little.\n####   42 \n", "42"),
        "below-zero": ("It is cold.\n#### -7", "-7"),
        "with-a-fraction": ("It is a part.\n#### 0.5", "0.5"),
        "right-behind-its-mark": ("It is close.\n####5", "5"),
        "before-a-carriage-return": ("It is old.\r\n#### 12\r\n", "12"),
        "of-many-digits": ("It is long.\n#### 12345678901234567890", "12345678901234567890"),
    },
    kills="final-answer-with-its-mark",
)
def test_final_answer(hub: ReplayHub, port: Port, member: tuple[str, str]) -> None:
    """A final answer {} is the bare number."""
    word_problems(hub.subject)
    require_final_answer(hub, port, *member)


@check("rows/final-answer-that-is-zero[gsm8k]", kills="final-answer-zero-is-none")
def test_final_answer_zero(hub: ReplayHub, port: Port) -> None:
    """A final answer of nothing is the text `0`, and not none."""
    word_problems(hub.subject)
    require_final_answer(hub, port, "Nothing is left.\n#### 0", "0")


@check("rows/final-answer-with-commas[gsm8k]", kills="final-answer-keeps-commas")
def test_final_answer_with_commas(hub: ReplayHub, port: Port) -> None:
    """Commas between thousands are left out: readers of numbers stumble over them."""
    word_problems(hub.subject)
    require_final_answer(hub, port, "It is a lot.\n#### 1,234,567", "1234567")


@check("rows/final-answer-with-commas-below-zero[gsm8k]", kills="final-answer-keeps-commas")
def test_final_answer_with_commas_below_zero(hub: ReplayHub, port: Port) -> None:
    """Commas are left out of a number below zero, too, and its sign stays."""
    word_problems(hub.subject)
    require_final_answer(hub, port, "It is a debt.\n#### -1,200", "-1200")


@check("rows/final-answer-after-two-marks[gsm8k]", kills="final-answer-after-the-first-mark")
def test_final_answer_after_two_marks(hub: ReplayHub, port: Port) -> None:
    """The last `####` counts."""
    word_problems(hub.subject)
    require_final_answer(hub, port, "First I thought #### 1, but no.\n#### 2", "2")


@check("rows/no-final-answer-is-not-made-up[gsm8k]", kills="answer-without-a-mark-is-final")
def test_no_final_answer(hub: ReplayHub, port: Port) -> None:
    """An answer without `####` has no final answer: null or an error, never some other text."""
    word_problems(hub.subject)
    repo = hub.subject
    control_reads(lambda: rows(port, repo.id, "socratic", "test", COLUMNS))
    put_first(hub, "I don't know: 12.")
    try:
        seen = rows(port, repo.id, "main", "test", ("final_answer",))["first"]
    except PortError:
        return
    require_equal(seen, {"final_answer": None}, "invented-answer", "a final answer was invented")


@check.each(
    "rows/{}-is-an-error[gsm8k]",
    {
        "missing-column": lambda row: {"question": row["question"], "solution": row["answer"]},
        "column-of-another-type": lambda row: {"question": row["question"], "answer": [row["answer"]]},
        "question-of-another-type": lambda row: {"question": [row["question"]], "answer": row["answer"]},
        "missing-question": lambda row: {"problem": row["question"], "answer": row["answer"]},
    },
    kills="any-columns-will-do",
    source=NEVER_FEWER,
)
def test_wrong_columns(hub: ReplayHub, port: Port, member: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A {} in a file is an error, never rows without it or with other values."""
    word_problems(hub.subject)
    repo = hub.subject
    other = other_lfs_file(repo)
    control_reads(lambda: rows(port, repo.id, "socratic", "test", ("question", "answer")))
    put(hub, repo.id, other, parquet([member(row) for row in recorded_rows(hub.subject, [other])]))
    port.error(ITER, repo_id=repo.id, config_name="main", split="test", columns=["question", "answer"])
