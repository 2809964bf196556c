"""Programming problems and their tests: versions of a dataset, and tests in every form, hostile ones included."""

from __future__ import annotations

import functools
import json
import pickle
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import DEEPCODER, LIVECODEBENCH, fetched, require_said, shards
from conformance.checks.support_rows import (
    FORM,
    ITER,
    NEVER_FEWER,
    control_reads,
    encoded,
    json_lines,
    put,
    recorded_rows,
    require_rows,
    rows,
    tests,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

FILES = ["test.jsonl", *(f"test{number}.jsonl" for number in range(2, 7))]
SCRIPT = "livecodebench/code_generation_lite: its loading script, which lists the files of a version"
PICKLES = "Python docs: the pickle module is not secure; a pickle may run anything while it is loaded"
PRIVATE = ("question_id", "private_test_cases")
HUGE = 1 << 30
"""Bytes: five times the largest tests of one problem that a dataset is known to have."""


check = Checks(ITER, source=FORM)


@check.each(
    "rows/version-{}[livecodebench]",
    {
        "release-v1": ("release_v1", FILES[:1]),
        "release-v3": ("release_v3", FILES[:3]),
        "release-latest": ("release_latest", FILES),
        "v2": ("v2", FILES[1:2]),
        "v2-v4": ("v2_v4", FILES[1:4]),
    },
    kills="adapter-forgets-the-last-file",
    source=SCRIPT,
)
def test_version(hub: ReplayHub, port: Port, member: tuple[str, list[str]]) -> None:
    """The config is a version tag, and {} has the problems of its files: a release those of all files up to it."""
    tag, files = member
    columns = ("question_id", "question_content", "contest_date", "difficulty")
    seen = rows(port, LIVECODEBENCH, tag, "test", columns)
    require_rows(seen, recorded_rows(hub.repo(LIVECODEBENCH), files), columns)


@check("rows/unknown-version-is-an-error[livecodebench]", kills="first-for-unknown-names", source=SCRIPT)
def test_unknown_version(hub: ReplayHub, port: Port) -> None:
    """A version that the dataset does not have is an error that names some that it has."""
    control_reads(lambda: another_version(port))
    require_said(port.error(ITER, repo_id=LIVECODEBENCH, config_name="release_v99", split="test"), "release_v1")


@check(
    "rows/files-of-later-versions-stay[livecodebench]",
    kills="adapter-fetches-everything",
    level="SHOULD",
    source="economy: the six files have four gigabytes",
)
def test_files_of_later_versions(hub: ReplayHub, port: Port) -> None:
    """For the first release, the files of later ones are not fetched."""
    rows(port, LIVECODEBENCH, "release_v1", "test", ("question_id",))
    require_equal(fetched(hub, ".jsonl"), FILES[:1], "others-fetched", "files of other versions were fetched")


@check(
    "rows/count-of-lines[livecodebench]", kills="adapter-forgets-the-last-file", operation="count_rows", source=SCRIPT
)
def test_count_of_lines(hub: ReplayHub, port: Port) -> None:
    """The rows of JSON lines files are counted, too."""
    expected = len(recorded_rows(hub.repo(LIVECODEBENCH), FILES))
    seen = port.count_rows(repo_id=LIVECODEBENCH, config_name="release_latest", split="test")
    require_equal(seen, expected, "wrong-count", "this is not the number of rows")


@check("rows/public-tests[livecodebench]", kills="public-tests-left-as-text")
def test_public_tests(hub: ReplayHub, port: Port) -> None:
    """`public_test_cases` is a list of tests, each with its input, its output and its type."""
    columns = ("question_id", "public_test_cases")
    expected = [
        {**row, "public_test_cases": tests(row["public_test_cases"])}
        for row in recorded_rows(hub.repo(LIVECODEBENCH), FILES[:1])
    ]
    require_rows(rows(port, LIVECODEBENCH, "v1", "test", columns), expected, columns)


@check.each(
    "rows/private-tests-{}[livecodebench]",
    {"in-json": ("v1", FILES[0]), "that-are-encoded": ("v5", FILES[4])},
    kills="private-tests-left-as-text",
)
def test_private_tests(hub: ReplayHub, port: Port, member: tuple[str, str]) -> None:
    """Private tests {} are a list of tests like the public ones."""
    tag, file = member
    expected = [
        {**row, "private_test_cases": tests(row["private_test_cases"])}
        for row in recorded_rows(hub.repo(LIVECODEBENCH), [file])
    ]
    require_rows(rows(port, LIVECODEBENCH, tag, "test", PRIVATE), expected, PRIVATE)


@check("rows/name-of-the-function[livecodebench]", kills="metadata-left-as-text")
def test_name_of_the_function(hub: ReplayHub, port: Port) -> None:
    """`metadata` is an object, with `func_name` where the tests call a function."""
    columns = ("question_id", "metadata")
    expected = [
        {**row, "metadata": json.loads(row["metadata"])} for row in recorded_rows(hub.repo(LIVECODEBENCH), FILES[:1])
    ]
    require_rows(rows(port, LIVECODEBENCH, "v1", "test", columns), expected, columns)


@check.each(
    "rows/tests-of-{}[deepcoder]",
    {
        "codeforces": ("codeforces", "test", 1, 0),
        "lcbv5-programs": ("lcbv5", "test", 8, 0),
        "lcbv5-functions": ("lcbv5", "test", 8, 1),
    },
    kills="tests-left-as-text",
    operation="get_row",
)
def test_tests_of_deepcoder(hub: ReplayHub, port: Port, member: tuple[str, str, int, int]) -> None:
    """The tests of {} are a list, each with its input, its output and its type."""
    require_tests(hub, port, *member)


@check.each(
    "rows/tests-of-{}-as-elsewhere[deepcoder]",
    {
        "primeintellect": ("primeintellect", "train", 5, 0),
        "taco-programs": ("taco", "train", 4, 0),
        "taco-functions": ("taco", "train", 4, 1),
    },
    kills="tests-left-in-their-form",
    operation="get_row",
)
def test_tests_of_other_forms(hub: ReplayHub, port: Port, member: tuple[str, str, int, int]) -> None:
    """The tests of {}, which have a separate form in the file, are a list like that of every other config."""
    require_tests(hub, port, *member)


def require_tests(hub: ReplayHub, port: Port, config: str, split: str, files: int, number: int) -> None:
    """The tests of a row. What a function takes and returns is compared as JSON, blanks aside."""
    row = recorded_rows(hub.repo(DEEPCODER), shards(f"{config}/{split}", files))[number]
    seen = port.get_row(repo_id=DEEPCODER, config_name=config, split=split, index=number, columns=["tests"])["tests"]
    require_equal(_plain(seen), _plain(tests(row["tests"])), "wrong-tests", "these are not the tests of the problem")


def _plain(found: Any) -> Any:
    """Tests with the values of a function's texts, if they are such."""
    if not isinstance(found, list) or not all(test.get("testtype") == "functional" for test in found):
        return found
    return [
        {
            **test,
            "input": [json.loads(line) for line in test["input"].splitlines()],
            "output": json.loads(test["output"]),
        }
        for test in found
    ]


def another_version(port: Port) -> dict[str, Any]:
    """The rows of a version whose file no fault touches."""
    return rows(port, LIVECODEBENCH, "v2", "test", PRIVATE)


def put_private(hub: ReplayHub, *values: str) -> None:
    """Let the first file have one problem for each of these private tests."""
    row = recorded_rows(hub.repo(LIVECODEBENCH), FILES[:1])[0]
    put(hub, LIVECODEBENCH, FILES[0], json_lines({**row, "private_test_cases": value} for value in values))


@check(
    "rows/pickled-text-of-every-protocol[livecodebench]",
    kills="newer-pickles-only",
    level="SHOULD",
    source="Python docs: pickle protocols 0 to 5",
)
def test_pickled_text(hub: ReplayHub, port: Port) -> None:
    """Private tests in a pickle of any of the six protocols are read: a text is a text in each."""
    said = [{"input": "é\n", "output": "1\n", "testtype": "stdin"}]
    text = json.dumps(said, ensure_ascii=False)
    put_private(hub, *(encoded(pickle.dumps(text, protocol)) for protocol in range(6)))
    seen = rows(port, LIVECODEBENCH, "v1", "test", ("private_test_cases",))
    require_rows(seen, [{"private_test_cases": said}] * 6, ("private_test_cases",))


class _Calls:
    """Pickled, it is a call of `eval`."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return eval, (self._expression,)


@check.each(
    "rows/pickle-that-{}-is-refused[livecodebench]",
    {"runs-a-program": "open({!r}, 'w')", "runs-a-program-and-gives-text": "open({!r}, 'w').close() or '[]'"},
    kills="pickles-are-run",
    source=PICKLES,
)
def test_hostile_pickle(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A pickle that {} is an error and is never run. This one would make a file."""
    made = disk.root / "made by a pickle"
    control_reads(lambda: another_version(port))
    put_private(hub, encoded(pickle.dumps(_Calls(member.format(str(made))))))
    _refused_or_not(port, made)


def _refused_or_not(port: Port, made: Path) -> None:
    """Only after it is known that nothing ran does it matter whether there was an error."""
    error: PortError | None = None
    try:
        rows(port, LIVECODEBENCH, "v1", "test", PRIVATE)
    except PortError as raised:
        error = raised
    require(not made.exists(), "pickle-run", "the program in a pickle was run")
    require(error is not None, "no-error", "a pickle that is not a string was read as one")


@check(
    "rows/bomb-is-refused[livecodebench]",
    kills="unreadable-tests-are-none",
    source="RFC 1950: a zlib stream does not hold its size; 1 GiB of blanks has 1 MiB",
)
def test_bomb(hub: ReplayHub, port: Port) -> None:
    """Private tests that grow to a gigabyte when they are decompressed are an error: a limit keeps memory free."""
    control_reads(lambda: another_version(port))
    put_private(hub, b64encode(_bomb()).decode())
    require_said(port.error(ITER, repo_id=LIVECODEBENCH, config_name="v1", split="test"))


def _bomb() -> bytes:
    """A pickle of the JSON of an empty list with `HUGE` blanks in it, compressed.

    One piece of the stream represents all blanks, which takes a second where compressing them would take half a minute.
    """
    begin = pickle.PROTO + b"\4" + pickle.BINUNICODE8 + (HUGE + 2).to_bytes(8, "little") + b"["
    blanks, end = b" " * (1 << 20), b"]" + pickle.STOP
    pieces = HUGE // len(blanks)
    digest = functools.reduce(lambda digest, piece: zlib.adler32(piece, digest), [begin, *[blanks] * pieces, end], 1)
    header, parts = (
        zlib.compress(b"")[:2],
        [_deflated(begin), _deflated(blanks) * pieces, _deflated(end, zlib.Z_FINISH)],
    )
    return header + b"".join(parts) + digest.to_bytes(4, "big")


def _deflated(data: bytes, ending: int = zlib.Z_FULL_FLUSH) -> bytes:
    """A piece of a zlib stream (RFC 1951), which knows nothing of those before it."""
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush(ending)


@check.each(
    "rows/private-tests-{}-are-an-error[livecodebench]",
    {
        "that-break-off": lambda text: text[: len(text) // 8 * 4],
        "of-noise": lambda text: b64encode(b"no stream of zlib").decode(),
        "of-no-alphabet": lambda text: "?!" + text,
        "that-are-no-list": lambda text: '{"input": "1"}',
    },
    kills="unreadable-tests-are-none",
    source=NEVER_FEWER,
)
def test_unreadable_tests(hub: ReplayHub, port: Port, member: Callable[[str], str]) -> None:
    """Private tests {} are an error, never an empty list, which every program would pass."""
    control_reads(lambda: another_version(port))
    put_private(hub, member(encoded(pickle.dumps("[]" + " " * 40, 4))))
    require_said(port.error(ITER, repo_id=LIVECODEBENCH, config_name="v1", split="test"))


@check.each(
    "rows/line-{}-is-an-error[livecodebench]",
    {"that-breaks-off": b'{"question_id": "abc', "that-is-no-row": b"[1, 2]\n", "that-is-no-text": b'"\xff\xfe"\n'},
    kills="broken-lines-end-the-file",
    source=NEVER_FEWER,
)
def test_broken_line(hub: ReplayHub, port: Port, member: bytes) -> None:
    """A line {} in a file of JSON lines is an error, never fewer rows."""
    control_reads(lambda: another_version(port))
    put(hub, LIVECODEBENCH, FILES[0], hub.repo(LIVECODEBENCH).files()[FILES[0]].body + member)
    require_said(port.error(ITER, repo_id=LIVECODEBENCH, config_name="v1", split="test"))
