"""How the commands show things: bars, tables, JSON, sizes."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest

from reference_client.datasets.cli.output import readable_size, table, to_json, write_lines
from reference_client.datasets.cli.progress import shown


def test_a_bar_begins_with_what_is_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole files count as already there, the beginnings of others don't."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shown(quiet=False) as bar:
        assert bar is not None
        bar.planned(2, 100)
        bar.started("begun", 60, 30)
        bar.started("whole", 40, 40)
        bar.finished("whole")
        assert re.search(r"1/2 files:  70%.* 70.0/100 .*1 already there\]$", capsys.readouterr().err)
        bar.advanced("begun", 30)
        bar.finished("begun")
    *_, last = capsys.readouterr().err.split("\r")
    assert re.fullmatch(r"2/2 files: 100%.* 100/100 .*, 1 already there\]\n", last)


def test_an_empty_file_is_not_said_to_be_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None of its bytes needs fetching, but that says nothing."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shown(quiet=False) as bar:
        assert bar is not None
        bar.planned(1, 0)
        bar.started("empty", 0, 0)
        bar.finished("empty")
    assert "already there" not in capsys.readouterr().err


def test_no_speed_is_negative(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even when a file that was begun has to begin anew."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shown(quiet=False) as bar:
        assert bar is not None
        bar.planned(2, 100)
        bar.started("begun", 60, 30)
        bar.advanced("begun", -30)
        bar.started("other", 40, 0)
        bar.advanced("other", 10)
    assert re.fullmatch(r"0/2 files:  10%.* 10.0/100 \[[^-]+\]\n", capsys.readouterr().err.rpartition("\r")[2])


def test_a_table_leaves_out_what_its_terminal_is_too_narrow_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first column stays whole. A pipe gets everything."""
    cells = (["REPO", "SIZE", "COMMIT"], [["openai/gsm8k", "1 B", "abc"]])
    full = ["REPO          SIZE  COMMIT", "openai/gsm8k  1 B   abc"]
    assert table(*cells) == full
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for columns, lines in {
        26: full,
        25: ["REPO          SIZE", "openai/gsm8k  1 B"],
        5: ["REPO", "openai/gsm8k"],
    }.items():
        monkeypatch.setenv("COLUMNS", str(columns))
        assert table(*cells) == lines


def test_nothing_plays_tricks_on_the_terminal() -> None:
    """Control characters of names and texts come as escapes, in tables and in JSON, which stays what it was."""
    tricky = "\x1b[2J\x9b1m\udc80ü"
    assert table(["A"], [[tricky]])[1] == r"\x1b[2J\x9b1m\udc80ü"
    assert to_json([tricky]) == '[\n  "\\u001b[2J\\u009b1m\\udc80ü"\n]'
    assert json.loads(to_json([tricky])) == [tricky]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (109_100_000, "109.1 MB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    """Powers of 1000, with one digit."""
    assert readable_size(count) == text


@pytest.mark.parametrize("terminal", [True, False])
def test_lines_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    """Control characters are escaped there, and nowhere else; line ends stay."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    write_lines(["a\x1b[2Jb\nc"])
    assert capsys.readouterr().out == ("a\\x1b[2Jb\nc\n" if terminal else "a\x1b[2Jb\nc\n")


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("ascii", "é🙂x", b"\\u00e9\\ud83d\\ude42x\n"),
        ("latin-1", "é🙂x", b"\xe9\\ud83d\\ude42x\n"),
        ("utf-8", "é", b"\xc3\xa9\n"),
        ("utf-8", "/a\udcff/b", b"/a\xff/b\n"),  # as Python reads a path that is not UTF-8
        ("ascii", "/a\udcff/é", b"/a\xff/\\u00e9\n"),
        ("utf-8", "\ud800", b"\\ud800\n"),
    ],
)
def test_output_in_any_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str, text: str, written: bytes) -> None:
    """JSON stays JSON, and a path stays the path. It ended as bad usage."""
    stream = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(stream, encoding))
    write_lines([text])
    assert stream.getvalue() == written


def test_json_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(stream, "ascii"))
    write_lines([to_json({"naïve": "🙂\u2028"})])
    assert json.loads(stream.getvalue().decode("ascii")) == {"naïve": "🙂\u2028"}
