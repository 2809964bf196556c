"""What `run --write-expectations` writes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.verdict.expectations import Block, Expectation, ExpectationError, read
from conformance.verdict.write_expectations import Ended, text_of, updated, write


def test_a_new_entry_shows_one_line_of_what_was_seen_and_codes_keep_their_order() -> None:
    """A library's message may go on with a backtrace; what stood in the file stays as it is."""
    new = Ended("info/a[x]", "failed", "b-code", "What it must do.", "the library said\n0: <unknown>\n1: main")
    text = text_of(updated([], "1", [new], ran={"info/a[x]"}, known={"info/a[x]"}))
    assert "# Seen: the library said\n- check" in text
    entry = Expectation(("info/*",), ("z-code", "a-code"), "known", "somewhere")
    ended = [Ended(f"info/{name}[x]", "failed", code, "") for name, code in (("a", "a-code"), ("b", "z-code"))]
    ids = {one.check for one in ended}
    (draft,) = updated([Block("", (entry,))], "1", ended, ran=ids, known=ids)
    assert draft.codes == ["z-code", "a-code"]


FILE = """\
# The head.

# Ours: see the ticket
#   of last week.
- check: info/a[x]
  code: late
  reason: it waits
  source: lib.py

# It is early.
# Seen: too late
- check: info/b[x]
  code: late
  reason: it waits
  source: lib.py

# The rest.
- check: info/c[x]
  code: wrong
  reason: it errs
  source: lib.py
"""


def test_comments_above_entries_stay(tmp_path: Path) -> None:
    """An author's notes outlive the next run. Where entries become one, what runs have written above them goes."""
    path = tmp_path / "expectations.yaml"
    path.write_text(FILE, "utf-8")
    ended = [Ended(f"info/{name}[x]", "failed", code, "r", "m") for name, code in zip("abcd", "llwn", strict=True)]
    codes = {"l": "late", "w": "wrong", "n": "new"}
    ended = [replace(one, code=codes[one.code]) for one in ended]
    known = {one.check for one in ended}
    for _ in range(2):  # the second time changes nothing
        blocks = read(path)
        write(path, updated(blocks, "1", ended, ran=known, known=known), blocks)
        text = path.read_text("utf-8")
        assert text.startswith("# The head.\n\n# Ours: see the ticket\n#   of last week.\n- checks:\n  - info/a[x]\n")
        assert "# The rest.\n- check: info/c[x]\n" in text
        assert "# r\n# Seen: m\n- check: info/d[x]\n" in text
        assert text.count("Seen") == 1


WITH_COMMENTS = """\
# The head.

# Downloads

- check: info/a[x]  # since 1.2
  code: late  # not "wrong"
  # Ask again in spring.
  reason: "it # waits"
  source: |
    lib.py
    # no comment, but text
  # The end of a.
# About b
- check: info/b[x]
  code: wrong
  reason: it errs
  source: lib.py#L3

# - check: info/c[x]
#   code: left out for now
"""


@pytest.mark.parametrize("versions", [False, True], ids=["plain", "with versions"])
def test_comments_within_entries_and_at_the_end_stay(tmp_path: Path, versions: bool) -> None:
    """They come to stand above their entry; a heading goes with the entry after it, and text is no comment."""
    path = tmp_path / "expectations.yaml"
    head, rest = WITH_COMMENTS.split("\n\n", 1)
    indented = "".join(f"  {line}" if line.strip() else line for line in rest.splitlines(keepends=True))
    path.write_text(f'{head}\n\nversions: ">=1"\nentries:\n{indented}' if versions else WITH_COMMENTS, "utf-8")
    ended = [Ended("info/a[x]", "failed", "late", "r", "m"), Ended("info/b[x]", "failed", "wrong", "r", "m")]
    known = {one.check for one in ended}
    for _ in range(2):  # the second time changes nothing
        blocks = read(path)
        write(path, updated(blocks, "1", ended, ran=known, known=known), blocks)
        lines = [line.strip() for line in path.read_text("utf-8").splitlines() if "#" in line or "check:" in line]
        assert lines == [
            "# The head.",
            "# Downloads",
            "# since 1.2",
            '# not "wrong"',
            "# Ask again in spring.",
            "# The end of a.",
            "- check: info/a[x]",
            "reason: 'it # waits'",
            "# no comment, but text'",
            "# About b",
            "- check: info/b[x]",
            "source: lib.py#L3",
            "# - check: info/c[x]",
            "#   code: left out for now",
        ]


def test_a_link_stays_and_only_a_file_is_replaced(tmp_path: Path) -> None:
    """A file beside the port may be a link into a checkout; a device or a pipe is never replaced by a file."""
    real, link, pipe = tmp_path / "real.yaml", tmp_path / "link.yaml", tmp_path / "pipe"
    real.write_text(FILE, "utf-8")
    link.symlink_to("real.yaml")
    write(link, [], read(link))
    assert link.is_symlink()
    assert real.read_text("utf-8") == "# The head.\n\n[]\n"
    os.mkfifo(pipe)
    with pytest.raises(ExpectationError, match="pipe is not a file: give a file to write to"):
        write(pipe, [], [])
    assert pipe.is_fifo()
    with pytest.raises(ExpectationError, match="there is no folder"):
        write(tmp_path / "nowhere" / "x.yaml", [], [])
