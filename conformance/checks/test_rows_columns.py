"""Columns of known datasets: each must be of its type, and text stays text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import TULU3, shards
from conformance.checks.support_rows import FORM, ITER, NEVER_FEWER, parquet, put, recorded_rows, require_rows, rows
from conformance.replay import ReplayHub
from conformance.roles import other_lfs_file, word_problems

RAW = ("question", "answer")
SHARDS = shards("data/train", 6)


check = Checks(ITER, source=FORM)


@check.each(
    "rows/{}-is-an-error[tulu3]",
    {
        "id-of-another-type": lambda row: {**row, "id": [row["id"]]},
        "source-of-another-type": lambda row: {**row, "source": {"name": row["source"]}},
        "messages-of-another-type": lambda row: {**row, "messages": str(row["messages"])},
        "content-of-another-type": lambda row: {
            **row,
            "messages": [{**message, "content": [message["content"]]} for message in row["messages"]],
        },
    },
    kills="types-of-columns-not-looked-at",
    source=NEVER_FEWER,
)
def test_types(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A column of another type than the other files have (a {}) is an error, whichever column it is.

    (The first reading, of the right files, has a separate cache.)
    """
    held = recorded_rows(hub.repo(TULU3), SHARDS)
    columns = ("id", "messages", "source")
    require_rows(rows(port.with_cache(disk.root / "before" / "hub"), TULU3, "default", "train", columns), held, columns)
    put(hub, TULU3, SHARDS[3], parquet([member(row) for row in recorded_rows(hub.repo(TULU3), [SHARDS[3]])]))
    port.error(ITER, repo_id=TULU3, config_name="default", split="train")


def require_text(hub: ReplayHub, port: Port, text: str) -> None:
    """A question with this text, in the first row, arrives with it. The number of rows stays: the card has it."""
    repo = hub.subject
    other = other_lfs_file(repo)
    first, *others = recorded_rows(hub.subject, [other])
    held = [{**first, "question": text}, *others]
    put(hub, repo.id, other, parquet(held))
    require_rows(rows(port, repo.id, "main", "test", RAW), held, RAW)


@check("rows/line-ends-are-left-alone[gsm8k]", kills="line-ends-changed")
def test_line_ends(hub: ReplayHub, port: Port) -> None:
    """The text of a known dataset keeps its line ends, carriage returns included."""
    word_problems(hub.subject)
    require_text(hub, port, "How many?\r\nThink.\r")


@check("rows/text-is-not-normalised[gsm8k]", kills="text-normalised")
def test_normal_forms(hub: ReplayHub, port: Port) -> None:
    """The text of a known dataset keeps its code points: a separate accent is not joined to its letter."""
    word_problems(hub.subject)
    require_text(hub, port, "Rene\u0301 has 3 \u212b. Ren\u00e9, too?")


@check("rows/blanks-around-text-stay[gsm8k]", kills="text-stripped")
def test_blanks(hub: ReplayHub, port: Port) -> None:
    """Blanks and line feeds around a text of a known dataset are a part of it."""
    word_problems(hub.subject)
    require_text(hub, port, "  How many?\n\n")


@check("rows/any-character-is-text[gsm8k]", kills="text-ends-at-a-null")
def test_characters(hub: ReplayHub, port: Port) -> None:
    """The text of a known dataset may hold any code point: U+0000, a line separator, one beyond 16 bits."""
    word_problems(hub.subject)
    require_text(hub, port, "a\0b \u2028 \U0001f917")


@check("rows/empty-text-is-text[gsm8k]", kills="empty-text-of-known-is-null")
def test_empty(hub: ReplayHub, port: Port) -> None:
    """An empty text is an empty text, and not null."""
    word_problems(hub.subject)
    require_text(hub, port, "")
