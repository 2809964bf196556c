"""From a Python project to what it needs of the Hub."""

from __future__ import annotations

from pathlib import Path

from conformance.trace.needs import Call, Entry
from conformance.trace.python_calls import Calls
from conformance.trace.python_modules import Project
from conformance.trace.python_reach import Reach, reached
from conformance.trace.source import is_test


def trace(root: Path) -> tuple[int, list[Call], list[Entry], dict[str, str]]:
    """The number of files below a path, the calls, the entry points that reach any, and the files that are unread."""
    project = Project.read(root)
    found = Calls(project).all()
    reach = Reach(project)
    places: dict[str, set[str]] = {}
    for one, call in found:
        places.setdefault(reach.symbol_of(one.module, one.node), set()).add(call.place)
    entries = [
        Entry(module.path, tuple(sorted(calls, key=_in_order)))
        for module, calls in reached(reach, places)
        if calls and not is_test(module.path)
    ]
    return len(project.modules) + len(project.unread), [call for _, call in found], entries, project.unread


def _in_order(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return file, int(line)
