"""Put a run's reports into a folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import filelock

from conformance.report import badge, junit, parity_json, summary
from conformance.report.events import FILE_NAME, ReportError, Run

RENDERED: Final = ("parity.json", "junit.xml", "summary.md", "badge.json")

_LOCK: Final = ".running"
_claimed: dict[Path, filelock.FileLock] = {}
"""Folders that runs of this process write to."""


def claim(folder: Path) -> None:
    """Keep other processes from writing their reports into a folder, as long as this process lives.

    Raises:
        ReportError: another run is writing there.
    """
    place = folder.resolve()
    if place in _claimed:
        return
    lock = filelock.FileLock(place / _LOCK)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise ReportError(f"{folder} holds the report of a run that has not ended", "give another folder") from None
    except NotImplementedError:  # a file system without locks
        return
    _claimed[place] = lock


def release(folder: Path) -> None:
    """Let others write there."""
    place = folder.resolve()
    lock = _claimed.pop(place, None)
    if lock is not None:
        (place / _LOCK).unlink(missing_ok=True)
        lock.release()


def clear(folder: Path) -> None:
    """Make the folder and take an earlier run's reports out: a run that breaks off leaves no old verdict.

    Raises:
        ReportError: the folder cannot be made or written to, or another run is writing there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim(folder)
        for name in (FILE_NAME, *RENDERED):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(f"{folder} cannot hold the report", str(error)) from error


def write_all(folder: Path, run: Run) -> None:
    """Write `parity.json`, `junit.xml`, `summary.md` and `badge.json`, each whole or not at all.

    Raises:
        ReportError: the folder cannot be written to.
    """
    score = run.score()
    texts = (
        parity_json.render(run, score),
        junit.render(run),
        summary.render(run, score),
        badge.render(run, score),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in zip(RENDERED, texts, strict=True):
            _replace(folder / name, text)
    except OSError as error:
        raise ReportError(f"{folder} cannot hold the report", str(error)) from error


def _replace(path: Path, text: str) -> None:
    with tempfile.TemporaryDirectory(prefix=".report-", dir=path.parent) as scratch:
        whole = Path(scratch) / path.name
        whole.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")  # half a surrogate pair
        whole.replace(path)
