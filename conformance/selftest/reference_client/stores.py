"""What is in a store, what was asked of the Hub for it, and what its progress was told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from conformance.selftest.reference_client.conftest import GSM8K, Hub
from conformance.traffic.exchange import Delivery, Request, Response
from reference_client.datasets.globs import matches


class Watcher:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total = (0, 0)
        self.present: dict[str, int] = {}
        self.fetched: dict[str, int] = {}
        self.complete: set[str] = set()

    def planned(self, files: int, size: int) -> None:
        self.total = (files, size)

    def started(self, path: str, size: int, present: int) -> None:
        self.present[path] = present
        self.fetched[path] = 0

    def advanced(self, path: str, count: int) -> None:
        self.fetched[path] += count

    def finished(self, path: str) -> None:
        self.complete.add(path)


def contents(folder: Path) -> dict[str, bytes]:
    """Path to bytes of all files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bodies(hub: Hub) -> list[str]:
    """The names of files whose bodies were asked for since the last time, one for each request."""
    asked = [entry.request for entry in hub.requests()]
    return [
        request.path.rpartition("/")[2] for request in asked if request.origin == "hub" and "/resolve/" in request.path
    ]


def of(hub: Hub, *globs: str) -> dict[str, bytes]:
    """Path to bytes of the files that the Hub has for these globs."""
    files = hub.files(GSM8K)
    return {path: file.data for path, file in files.items() if any(matches(glob, path) for glob in globs)}


def cut(path: str, after: int) -> Callable[[Request, Response], Response]:
    """Break off the body of one file, and send nothing of the rest."""

    def meddle(request: Request, response: Response) -> Response:
        named = request.origin == "cdn" and path.rpartition("/")[2] in request.target
        stop = 0 if "range" in request.headers else after
        return replace(response, delivery=Delivery(stop_after=stop)) if named else response

    return meddle
