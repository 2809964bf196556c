"""Every report says which recording was measured on, where it comes from, and how much of it was thinned."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from conformance.cli.main import main
from conformance.report import events, junit, parity_json, summary, terminal, text
from conformance.report.events import RecordingData, Run
from conformance.report.merge import arranged, merged
from conformance.report.site.model import ports_of
from conformance.selftest.report.conftest import check_event, make_run, write_stream

RECORDING: RecordingData = {
    "name": "my-data",
    "upstream": "https://hub.example",
    "provenance": "mirror",
    "recorded": "Sat, 28 Nov 2026 03:17:22 GMT",
    "thinned": 2,
}
SAID = (
    "measured on recording my-data of https://hub.example (a mirror of the Hub) on Sat, 28 Nov 2026 03:17:22 GMT, "
    "2 bodies thinned: sizes and digests of these are not the Hub's"
)


def run_on(recording: Any = RECORDING) -> Run:
    run = make_run([check_event("info/passes[my-data]", "passed")])
    run.start["recording"] = recording
    return run


def shown(run: Run) -> str:
    console = Console(file=io.StringIO(), width=1000)
    terminal.show(run, run.score(), console)
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_every_report_says_it() -> None:
    run = run_on()
    assert SAID in shown(run)
    assert SAID.partition(" of ")[0] in summary.render(run, run.score())
    assert "2 bodies thinned" in summary.render(run, run.score())
    assert SAID in junit.render(run).replace("&apos;", "'")
    assert json.loads(parity_json.render(run, run.score()))["recording"] == RECORDING
    (page,) = ports_of(arranged([run]), {})
    assert page.recording == SAID


def test_the_site_shows_it(tmp_path: Path) -> None:
    """On the page of the port, and as text whatever it holds."""
    write_stream(tmp_path / "report", run_on({**RECORDING, "upstream": "https://<b>hub"}))
    result = CliRunner().invoke(main, ["report", str(tmp_path / "report"), "--html", str(tmp_path / "site")])
    assert result.exit_code == 0, result.output
    (page,) = (tmp_path / "site").glob("port-*.html")
    assert "measured on recording my-data of https://&lt;b&gt;hub (a mirror" in page.read_text("utf-8")


def test_it_is_in_the_stream(tmp_path: Path) -> None:
    """It is read again as it was written, and shards keep it."""
    read = events.read(write_stream(tmp_path, run_on()) / events.FILE_NAME)
    assert read.start.get("recording") == RECORDING
    other = run_on()
    other = Run(other.start, (check_event("info/second[my-data]", "passed"),), other.end)
    assert text.recording_line(merged([read, other])) == SAID


def test_nothing_is_said_of_the_bundled_ones() -> None:
    run = make_run([check_event("info/passes[gsm8k]", "passed")])
    assert text.recording_line(run) == ""
    assert "measured on" not in shown(run) + summary.render(run, run.score()) + junit.render(run)
    assert "recording" not in json.loads(parity_json.render(run, run.score()))


@pytest.mark.parametrize(
    ("thinned", "said"), [(0, "on Sat, 28 Nov 2026 03:17:22 GMT"), (1, "1 body thinned: sizes and digests")]
)
def test_the_number_of_bodies(thinned: int, said: str) -> None:
    line = text.recording_line(run_on({**RECORDING, "thinned": thinned}))
    assert said in line
    assert ("thinned" in line) is bool(thinned)


@pytest.mark.parametrize(
    "recording",
    [None, [], "x", {}, {"name": "\x1b[31mred\x07\n# two", "upstream": 5, "thinned": []}, {"name": "x" * 9999}],
)
def test_a_stream_of_another_form(recording: Any) -> None:
    """What it says is one line of bounded length, and no control character."""
    run = run_on(recording)
    line = text.recording_line(run)
    assert len(line) <= 500
    assert line.isprintable()
    for report in (shown(run), summary.render(run, run.score()), junit.render(run)):
        assert "\x1b" not in report
