"""Run one check without pytest, against any driver."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.catalogue.asked import function_of, member_of
from conformance.catalogue.check import Check, all_checks
from conformance.data import fixtures_dir
from conformance.errors import ConformanceError
from conformance.ports import Context, Driver
from conformance.ports.description import CacheKind
from conformance.replay import ReplayHub
from conformance.run.harness import make_disk, make_port
from conformance.run.recorded import Recorded
from conformance.verdict.expectations import did_you_mean


def named(id: str) -> Check:
    """The check with this id.

    Raises:
        ConformanceError: no check has this id; the text has the nearest ids.
    """
    known = all_checks()
    if id not in known:
        raise ConformanceError(f"no check is called {id!r}{did_you_mean(id, known)}", "give the id of a check")
    return known[id]


@contextmanager
def opened(check: Check, recorded: Recorded | None = None) -> Iterator[ReplayHub]:
    """The recorded Hub of a check, on fresh origins.

    Args:
        recorded: where its exchanges come from; the bundled recordings unless given.
    """
    with ReplayHub((recorded or Recorded()).load(check.cassette), secure=check.secure) as hub:
        yield hub


def run(
    check: Check,
    hub: ReplayHub,
    driver: Driver,
    folder: Path,
    *,
    cache: CacheKind = "hub",
    asks_by: str | None = None,
) -> None:
    """Run a check in an empty folder; it raises what the check raises.

    Args:
        cache: the kind of cache that the port has.
        asks_by: which of the check's operations to ask by; the preferred one unless given.
    """
    function = function_of(check)
    disk = make_disk(folder, hub, cache)
    fixtures: dict[str, Any] = {
        "hub": hub,
        "disk": disk,
        "port": make_port(check, hub, disk, driver, asks_by=asks_by),
        "member": member_of(check),
        "snapshot": _on_record,
    }
    with _current_directory(folder):
        function(**{name: fixtures[name] for name in inspect.signature(function).parameters})


@contextmanager
def _current_directory(folder: Path) -> Iterator[None]:
    """What a library in this process writes to a relative path goes to the check's own folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _on_record(*, name: str) -> Any:
    """Replaces syrupy's fixture."""
    return json.loads((fixtures_dir() / "snapshots" / f"{name}.json").read_text("utf-8"))


class Recorder:
    """A `Driver` that notes every call and passes it on to another driver."""

    def __init__(self, inner: Driver) -> None:
        self.inner = inner
        self.calls: list[tuple[str, dict[str, Any], Context]] = []
        self.hello = inner.hello
        self.take_output = inner.take_output
        self.close = inner.close

    def call(self, operation: str, arguments: Any, context: Context, deadline: float) -> Any:
        self.note(operation, arguments, context)
        return self.inner.call(operation, arguments, context, deadline)

    def at_once(self, operations: Any, context: Context, deadline: float) -> list[Any]:
        for operation, arguments in operations:
            self.note(operation, arguments, context)
        return self.inner.at_once(operations, context, deadline)

    def note(self, operation: str, arguments: Any, context: Context) -> None:
        """A call is about to be made. The context is copied: the check may change what it holds."""
        self.calls.append((operation, dict(arguments), replace(context, env=dict(context.env))))
