"""The processes of a port: the one that was started, and all that it started in turn.

A child may leave its parent's process group and outlive its parent. What it keeps is its environment, so a port is
started with a mark in there, by which all its processes are found.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import psutil

VARIABLE: Final = "HUB_CONFORMANCE_PROCESS"
"""The environment variable that holds a port's mark."""

T = TypeVar("T")


def kill(mark: str) -> None:
    """Kill every process that has the mark."""
    _visit(mark, lambda process: process.kill())


def memory(mark: str) -> int:
    """Bytes of main memory that the processes with the mark hold (RSS); what several share counts for each."""
    return sum(_visit(mark, lambda process: process.memory_info().rss))


def _visit(mark: str, visit: Callable[[psutil.Process], T]) -> list[T]:
    # Imported here: a child in a separate environment imports this module, and has no psutil.
    import psutil

    found = []
    for process in psutil.process_iter():
        # A process that has ended, or is another user's, was not left by a port.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(VARIABLE) == mark:
                found.append(visit(process))
    return found
