"""What a port says of itself, and what it writes, is text in every report; a report has one run."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance.report import events, junit, parity_json, summary, terminal, write
from conformance.report.events import ReportError, Run
from conformance.report.merge import Measured
from conformance.report.site import build
from conformance.selftest.report.conftest import check_event, make_run

DOT = "![x](http://evil.invalid/x.png)"
HOSTILE = (
    f"a\n\n\n# X\n\r\r## Y\n{DOT}\n<b>&lt;\x1b[2J\x1b]0;x\x07\x00"
    "\x85\u061c\u200b\u2028\u202e\U000e0041\ud800 www.evil.invalid"
)


def hostile() -> Run:
    """A run whose port says this wherever it can."""
    run = make_run(
        [
            check_event("info/a[b]", "failed", output=HOSTILE, wire=[HOSTILE], curl=[HOSTILE],
                        requirement=HOSTILE, source=HOSTILE, mutants=[HOSTILE]),
            check_event("info/b[b]", "crashed", finding={"code": HOSTILE, "message": HOSTILE, "expected": HOSTILE,
                                                         "seen": HOSTILE}),
            check_event("info/c[b]", "unsupported", finding={"code": "unsupported", "message": HOSTILE,
                                                             "expected": None, "seen": None}),
        ],
        gate_problems=[HOSTILE],
        known_violations=[HOSTILE],
    )  # fmt: skip
    start: Any = {**run.start, "port": {"name": HOSTILE, "version": HOSTILE, "language": HOSTILE}}
    start["capabilities"] = {"claimed": [], "missing": {}, "unclaimed": [HOSTILE]}
    return Run(start, run.checks, run.end)


def shown(run: Run) -> str:
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    terminal.show(run, run.score(), console)
    return console.export_text()


def site(run: Run) -> str:
    """All pages of its site."""
    with tempfile.TemporaryDirectory() as folder:
        pages = build([Measured(run)], Path(folder), {}).parent.glob("*.html")
        return "".join(page.read_text("utf-8") for page in sorted(pages))


@pytest.mark.parametrize("render", [shown, junit.render, lambda run: summary.render(run, run.score()), site])
def test_no_control_characters_and_no_marks_of_direction(render: Any) -> None:
    """Nothing of a port moves the cursor, or shows a text in another order than it has."""
    text = render(hostile())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert not re.search("[\u061c\u200b\ufeff\U000e0000-\U000e007f]", text)


def test_the_summary_shows_markup_as_text() -> None:
    """No blank line ends an HTML block, and outside of one no line is a heading, a link or an image."""
    text = summary.render(hostile(), hostile().score())
    assert "Y" in text
    evidence = r"<details><summary>[^\n]*</summary>\n?<pre>.*?</pre>\n</details>"
    blocks = re.findall(evidence, text, re.DOTALL)
    assert blocks
    for block in blocks:
        assert "\n\n" not in block
        assert "<b>" not in block
    rest = re.sub(evidence, "", text, flags=re.DOTALL)  # Markdown, the folded lists included
    assert not re.search(r"(?<!\\)!\[|(?<!\\)<b>|(?<!\\)\]\(|http:|www\.", rest)
    assert [line for line in rest.splitlines() if line.startswith("#") and re.search("X|Y", line)] == [
        line for line in rest.splitlines() if line.startswith("## ")
    ]  # the title alone
    assert len([line for line in rest.splitlines() if line.startswith("## ")]) == 1


def test_all_reports_are_written(tmp_path: Path) -> None:
    """Half a surrogate pair, which JSON can hold and UTF-8 cannot, costs no report."""
    write.write_all(tmp_path, hostile())
    assert {path.name for path in tmp_path.iterdir()} == set(write.RENDERED)
    assert parity_json.render(hostile(), hostile().score())


def test_a_folder_has_one_run(tmp_path: Path) -> None:
    """The report of a run that another process still writes is left to it."""
    program = (
        "import sys; from pathlib import Path; from conformance.report import write\n"
        f"write.clear(Path({str(tmp_path)!r})); print('claimed', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "claimed\n"
        with pytest.raises(ReportError, match="holds the report of a run that has not ended: give another folder"):
            write.clear(tmp_path)
        other.communicate()
    write.clear(tmp_path)
    write.clear(tmp_path)  # the same run, which begins its stream
    write.release(tmp_path)
    assert list(tmp_path.iterdir()) == []


def measure(*words: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "conformance", "run", "--port", "reference", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_a_full_disk(tmp_path: Path, processes: tuple[str, ...]) -> None:
    """One line that says so, soon, and exit code 2. No file of more than 60 kB can be written here."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    words = ("-k", "gsm8k and errors", "--report", str(tmp_path / "report"), *processes)
    with measure(*words, preexec_fn=small) as run:
        out, err = run.communicate(timeout=120)
    assert run.returncode == 2
    assert err.splitlines() == [f"Error: {tmp_path / 'report'} cannot hold the report: File too large"]
    assert out == ""


@pytest.mark.slow(seconds=6)
@pytest.mark.parametrize(
    ("number", "code", "processes"),
    [("SIGTERM", 143, ("-n", "2", "--child")), ("SIGHUP", 129, ("-n", "0")), ("SIGINT", 130, ("-n", "2"))],
)
def test_signals(tmp_path: Path, number: str, code: int, processes: tuple[str, ...]) -> None:
    """A run that is ended says so, with a code that no verdict has, and leaves nothing behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    with measure(*processes, "--report", str(tmp_path / "report"), env=environment) as run:
        stream = tmp_path / "report" / events.FILE_NAME
        while run.poll() is None and not (stream.exists() and stream.read_text("utf-8").count("\n") > 20):
            time.sleep(0.05)
        run.send_signal(getattr(signal, number))
        threading.Timer(0.2, run.send_signal, [getattr(signal, number)]).start()  # a second one changes nothing
        _, err = run.communicate(timeout=120)
    assert run.returncode == code
    said = re.fullmatch(
        rf"ended by {number} after (\d+) of \d{{4}} checks; what they showed is in .*", err.splitlines()[-1]
    )
    assert said is not None, err
    assert int(said[1]) > 10
    assert events.read(stream).end["interrupted"]
    assert list(temporary.iterdir()) == []


def test_nothing_stays_of_a_run(tmp_path: Path) -> None:
    """Neither folders of the checks nor of the port."""
    with measure("info/sha-is-the-head[gsm8k]", env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}) as run:
        run.communicate(timeout=120)
    assert run.returncode == 0
    assert list(tmp_path.iterdir()) == []
