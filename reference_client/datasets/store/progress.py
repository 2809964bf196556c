"""Telling how far a download is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What wants to know how far a download is. All sizes are in bytes.

    `planned` is called once, then for each file `started`, any number of `advanced`, and `finished`: from several
    threads, for several files at the same time, but never two calls for one file at once. A file that fails has no
    `finished`.
    """

    def planned(self, files: int, size: int) -> None:
        """The dataset has this many files and bytes, those that are on disk already included."""

    def started(self, path: str, size: int, present: int) -> None:
        """A file begins. `present` bytes need no fetching: all of a file that is there, or what was left of one."""

    def advanced(self, path: str, count: int) -> None:
        """More bytes of a file came in; fewer than 0 if the server made it start again."""

    def finished(self, path: str) -> None:
        """A file is complete, verified and in its place."""


class Silent:
    """Reports nothing."""

    def planned(self, files: int, size: int) -> None: ...

    def started(self, path: str, size: int, present: int) -> None: ...

    def advanced(self, path: str, count: int) -> None: ...

    def finished(self, path: str) -> None: ...
