"""The grammar of an expectations file, and what a person is told who breaks it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from conformance.verdict.expectations import ExpectationError, read, unknown_ids

ENTRY = """\
- check: info/sha[gsm8k]
  code: wrong-sha
  reason: it caches too long
  source: issue 7
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "expectations.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_are_read_with_their_line(tmp_path: Path) -> None:
    """Two entries, one with an end, each knows where it stands."""
    path = write(tmp_path, f"# known failures\n{ENTRY}{ENTRY.replace('sha[', 'etag[')}  expires: 2027-03-01\n")

    first, second = read(path).values()

    assert (first.check, first.code, first.reason, first.source) == (
        "info/sha[gsm8k]",
        "wrong-sha",
        "it caches too long",
        "issue 7",
    )
    assert (first.expires, first.where) == (None, f"{path}:2")
    assert (second.expires, second.where) == (datetime.date(2027, 3, 1), f"{path}:6")
    assert second.to_json()["expires"] == "2027-03-01"


@pytest.mark.parametrize("text", ["", "# nothing is known to fail\n", "[]\n"])
def test_an_empty_file_expects_nothing(tmp_path: Path, text: str) -> None:
    """No entry, only a comment, or an empty list."""
    assert read(write(tmp_path, text)) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("check: a\n", ["is not a list", "- check:"]),
        ("- info/sha[gsm8k]\n", [":1:", "is not an entry", "check, code, reason, source"]),
        (ENTRY + "  expire: 2027-03-01\n", [":5:", "unknown key 'expire'", "did you mean expires?"]),
        (ENTRY + "  code: no-sha\n", [":5:", "'code' stands twice"]),
        (
            ENTRY.replace("  reason: it caches too long\n", ""),
            [":1:", "info/sha[gsm8k]", "no 'reason'", "`reason: …`"],
        ),
        (ENTRY.replace("it caches too long", "''"), [":1:", "info/sha[gsm8k]", "not empty"]),
        (ENTRY.replace("wrong-sha", "404"), [":1:", "code: 404", "a text"]),
        (ENTRY + "  expires: soon\n", [":1:", "expires: 'soon'", "expires: 2027-03-01"]),
        (ENTRY + "  expires: 2027-02-30\n", [":5:", "2027-02-30"]),
        (ENTRY + ENTRY, [":5:", "info/sha[gsm8k]", "already has an entry", ":1"]),
        ("- check: [\n", ["is not YAML"]),
        ("- check: !!python/name:os.system x\n", [":1:", "cannot be read"]),
    ],
)
def test_a_broken_file_is_refused_with_its_line_and_the_cure(tmp_path: Path, text: str, says: list[str]) -> None:
    """The message names the file and has each of these parts, on one line."""
    path = write(tmp_path, text)

    with pytest.raises(ExpectationError) as caught:
        read(path)

    message = str(caught.value)
    assert str(path) in message
    assert all(part in message for part in says), message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(ExpectationError, match=r"none\.yaml cannot be read"):
        read(tmp_path / "none.yaml")


def test_an_unknown_check_is_named_with_its_nearest(tmp_path: Path) -> None:
    """A slip in an id gives its line and the id that was meant; a right id gives nothing."""
    path = write(tmp_path, ENTRY)
    entries = read(path).values()

    (message,) = unknown_ids(entries, ["info/shas[gsm8k]", "tree/pages[gsm8k]"])

    assert f"{path}:1: no check is called 'info/sha[gsm8k]' (did you mean info/shas[gsm8k]?)" in message
    assert unknown_ids(entries, ["info/sha[gsm8k]"]) == []
