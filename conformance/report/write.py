"""Put a run's reports into a folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from conformance.report import junit, parity_json, summary
from conformance.report.events import FILE_NAME, ReportError, Run

RENDERED: Final = ("parity.json", "junit.xml", "summary.md")


def clear(folder: Path) -> None:
    """Make the folder and take an earlier run's reports out: a run that breaks off leaves no old verdict.

    Raises:
        ReportError: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (FILE_NAME, *RENDERED):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(f"{folder} cannot hold the report", str(error)) from error


def write_all(folder: Path, run: Run) -> None:
    """Write `parity.json`, `junit.xml` and `summary.md`, each whole or not at all.

    Raises:
        ReportError: the folder cannot be written to.
    """
    score = run.score()
    texts = (parity_json.render(run, score), junit.render(run), summary.render(run, score))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in zip(RENDERED, texts, strict=True):
            _replace(folder / name, text)
    except OSError as error:
        raise ReportError(f"{folder} cannot hold the report", str(error)) from error


def _replace(path: Path, text: str) -> None:
    with tempfile.TemporaryDirectory(prefix=".report-", dir=path.parent) as scratch:
        whole = Path(scratch) / path.name
        whole.write_text(text, encoding="utf-8", newline="\n")
        whole.replace(path)
