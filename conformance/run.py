"""A run: one port, one profile, the port's expectations, and the stream of events that comes of it."""

from __future__ import annotations

import datetime
import functools
import io
import tempfile
from argparse import Namespace
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance import __version__, capabilities, ports
from conformance.catalogue import profiles
from conformance.catalogue.check import Check, all_checks, check_of
from conformance.errors import ConformanceError
from conformance.measure import Settings, event_of, outcome_of
from conformance.plugin import HUB
from conformance.ports import Driver, PortCrashed, PortInfo, PortTimedOut, ProtocolError, Unsupported, xet
from conformance.ports.description import CacheKind
from conformance.record.recording import Recording
from conformance.replay import ReplayHub, load
from conformance.replay.judges import JUDGED_CHECKS
from conformance.replay.xet import XetStore, large_bodies
from conformance.report import events, terminal, write
from conformance.report.events import CheckEvent, EndEvent, EventWriter, StartEvent, ViolationData
from conformance.verdict import expectations
from conformance.verdict.expectations import did_you_mean
from conformance.verdict.outcome import Finding


def asks_by(check: Check, offered: Collection[str]) -> str:
    """The operation by which a check is asked: the first of its operations that is offered."""
    return next((name for name in check.operations if name in offered), check.operation)


def require_offered(check: Check, offered: Collection[str], cache: CacheKind) -> None:
    """Raise `Unsupported` if a port that offers these operations, with a cache of this kind, cannot show the check."""
    lacking = [need for need in check.needs if need not in offered]
    if not any(name in offered for name in check.operations):
        lacking.insert(0, " or ".join(check.operations))
    if lacking:
        raise Unsupported(f"the port does not offer {', '.join(lacking)}", declared=True)
    if check.cache != "none" and cache == "none":
        raise Unsupported("the library has no cache", declared=True)
    if check.cache == "hub" and cache == "own":
        raise Unsupported("the library's cache has a layout of its own", declared=True)


class PortNotStarted(ConformanceError):
    """The port cannot be started at all: one message, not one for each check."""


class Run:
    """A run of the suite within pytest.

    Under pytest-xdist there is one in each worker, which judges, and one in the controller, which writes the events.

    Raises:
        ConformanceError: an option is wrong, or the port cannot be started.
    """

    def __init__(self, option: Namespace, *, is_worker: bool) -> None:
        self.is_worker = is_worker
        self.description = ports.find(option.port)
        self._in_child: bool | None = option.port_child
        self._memory_limit = ports.bytes_of(option.port_memory) if option.port_memory else None
        self._attach = Path(option.attach) if option.attach else None
        if self._attach and (is_worker or getattr(option, "numprocesses", None)):
            raise ConformanceError("--attach drives one process", "leave out -n, or give -n 0")
        profile = profiles.load(option.profile) if option.profile else profiles.latest()
        known_failures = Path(option.expectations) if option.expectations else self.description.expectations
        self._settings = Settings(
            port=option.port,
            profile=profile,
            expectations=expectations.read(known_failures) if known_failures else {},
        )
        self._is_of_named_checks = bool(option.check)
        self._folder = Path(option.report) if option.report else None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._stores: dict[str, tuple[tempfile.TemporaryDirectory[str], XetStore]] = {}
        self._writer: EventWriter | None = None
        self._path: Path | None = None
        self._start: StartEvent | None = None
        self._checks: list[CheckEvent] = []
        self._broken: list[str] = []
        self._exit_code: int | None = None
        if not is_worker:
            self._require_known(option.check or ())
            self._info()  # a port that cannot start is found out before anything is collected

    @functools.cached_property
    def driver(self) -> Driver:
        """The port, started when first needed."""
        if self._attach:
            return ports.attach(self.description, self._attach)
        return ports.start(self.description, in_child=self._in_child, memory_limit=self._memory_limit)

    def hub(self, name: str, *, secure: bool = False) -> ReplayHub:
        """A recording on origins of its own, as the port fetches it: over HTTP, or from a Xet store."""
        recording = load(name)
        return ReplayHub(recording, secure=secure, xet=self._xet(recording))

    def _xet(self, recording: Recording) -> XetStore | None:
        """The Xet store that holds a recording's large files, filled when first needed; None for a port over HTTP."""
        if self.description.transfer != "xet":
            return None
        if recording.area not in self._stores:
            folder = tempfile.TemporaryDirectory(prefix="hub-conformance-xet-")
            contents = large_bodies(recording)
            url, hashes = xet.fill(self.description.interpreter, Path(folder.name), list(contents.values()))
            self._stores[recording.area] = (folder, XetStore(url, dict(zip(contents, hashes, strict=True))))
        return self._stores[recording.area][1]

    @functools.cache  # noqa: B019  (a run lives as long as the process)
    def _info(self) -> PortInfo:
        try:
            return self.driver.hello()
        except (PortCrashed, PortTimedOut, ProtocolError, Unsupported) as error:
            self.driver.close()
            raise PortNotStarted(f"port {self.description.name} cannot be started", str(error)) from error

    def _require_known(self, ids: Any) -> None:
        for wrong in sorted(set(ids) - set(all_checks())):
            near = did_you_mean(wrong, all_checks())
            raise ConformanceError(f"no check is called {wrong!r}{near}", "give the id of a check")

    def require_operations(self, check: Check) -> None:
        """Raise `Unsupported` if the port lacks an operation that the check calls, or the cache that it is about."""
        require_offered(check, self._info().operations, self.description.cache)

    def asks_by(self, check: Check) -> str:
        """The operation by which the check is asked: the first of its operations that the port offers."""
        return asks_by(check, self._info().operations)

    def begin(self, selected: int) -> None:
        """Write the header, once, as soon as it is known how many checks were selected."""
        if self.is_worker or self._start is not None:
            return
        folder = self._folder
        if folder is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="hub-conformance-")
            folder = Path(self._scratch.name)
        write.clear(folder)
        self._path = folder / events.FILE_NAME
        self._writer = EventWriter(self._path)
        info = self._info()
        claimed = {*info.operations, *self.description.operations}
        self._start = StartEvent(
            event="start",
            suite=__version__,
            profile=self._settings.profile.name,
            port={"name": info.name, "version": info.version, "language": info.language},
            capabilities=None if self._is_of_named_checks else capabilities.probe(self.driver, claimed, self.hub),
            started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            checks=selected,
            profile_checks=len(self._settings.profile.checks),
        )
        self._writer.write(self._start)

    def judge(self, item: pytest.Item, error: BaseException | None, duration: float) -> CheckEvent | None:
        """The event of a test that has ended; None if it is no check, or broke for a reason of the suite's own."""
        check = check_of(item)
        hub = item.stash.get(HUB, None)
        ended = outcome_of(error, hub)
        if check is None or ended is None:
            return None
        outcome, finding = ended
        return event_of(
            check,
            outcome,
            finding,
            self._settings,
            hub=hub,
            output=self.driver.take_output(),
            duration=duration,
        )

    def add(self, event: CheckEvent) -> None:
        """Take in the event of a check. That of a rule for every request is only final when all others are in."""
        self._checks.append(event)
        if self._writer is not None and event["id"] not in JUDGED_CHECKS:
            self._writer.write(event)

    def _apply_judges(self) -> tuple[list[str], list[str]]:
        """Fail the checks of rules that were broken in any check.

        Returns:
            What broke a rule whose check was not selected: what the gate is to fail for, and what the port's
            expectations say of that check.
        """
        broken: dict[str, tuple[str, ViolationData]] = {}
        for event in self._checks:
            for violation in event["violations"]:
                broken.setdefault(violation["check"], (event["id"], violation))
        for place, event in enumerate(self._checks):
            if event["id"] in JUDGED_CHECKS:
                found = broken.pop(event["id"], None)
                if found is not None and event["outcome"] == "passed":
                    where, violation = found
                    finding = Finding(violation["code"], f"{violation['message']} (seen in {where})")
                    judged = event_of(all_checks()[event["id"]], "failed", finding, self._settings)
                    self._checks[place] = event = {**judged, "duration": event["duration"]}
                if self._writer is not None:
                    self._writer.write(event)
        problems, known = [], []
        for id, (where, violation) in broken.items():
            finding = Finding(violation["code"], violation["message"])
            verdict = event_of(all_checks()[id], "failed", finding, self._settings)["verdict"]
            told = f"{where} breaks the rule of {id}"
            if verdict["as_expected"]:
                known.append(f"{told}: [{finding.code}] {verdict['message']}")
            else:
                problems.append(f"{told}: {finding.message}")
        return problems, known

    def add_broken(self, nodeid: str, text: str) -> None:
        """Take in a test that ended without an event.

        If its process died, that is the port's doing, which ran in it; anything else is a defect of the suite.
        """
        file, _, name = nodeid.partition("::")  # two areas may have a case of the same name
        place = f".{Path(file).stem}::{name}"
        check = next((c for c in all_checks().values() if c.function.endswith(place)), None)
        if check is not None and "crashed while running" in text:
            self.add(event_of(check, "crashed", Finding("crashed", text.strip()), self._settings))
        else:
            self._broken.append(f"the suite itself broke in {nodeid}:\n{text}")

    def finish(self) -> int | None:
        """Write the footer and stop the port. Returns the exit code: 2 if the suite itself broke."""
        if "driver" in self.__dict__:
            self.driver.close()
        for folder, _ in self._stores.values():
            folder.cleanup()
        if self._writer is None or self._start is None:
            return None
        problems = expectations.unknown_ids(self._settings.expectations.values(), all_checks())
        broken, known = self._apply_judges()
        problems += broken
        if self._start["capabilities"] is not None:
            problems += capabilities.problems(self._start["capabilities"])
        score = events.score_of(self._start, self._checks, problems)
        self._exit_code = 2 if self._broken else score.exit_code
        self._writer.write(
            EndEvent(
                event="end",
                gate_problems=[*problems, *self._broken],
                known_violations=known,
                exit_code=self._exit_code,
            )
        )
        self._writer.close()
        if self._folder is not None:
            write.write_all(self._folder, events.read(self._folder / events.FILE_NAME))
        return self._exit_code

    def show(self, terminalreporter: Any) -> None:
        """Print the table below pytest's own output."""
        if self._path is None:
            return
        stream = events.read(self._path)
        text = io.StringIO()
        width = terminalreporter._tw.fullwidth
        terminal.show(stream, stream.score(), Console(file=text, width=max(80, width)))
        terminalreporter.write_line(text.getvalue())
        if self._scratch is not None:
            self._scratch.cleanup()
