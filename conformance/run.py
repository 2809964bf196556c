"""A run: one port, one profile, the port's expectations, and the stream of events that comes of it."""

from __future__ import annotations

import datetime
import functools
import io
import math
import tempfile
import traceback
from argparse import Namespace
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance import __version__, capabilities, ports, rules
from conformance.catalogue import profiles
from conformance.catalogue.check import Check, all_checks, check_of
from conformance.catalogue.operations import SAMPLES
from conformance.errors import ConformanceError
from conformance.measure import Settings, event_of, outcome_of, violation_data
from conformance.plugin import DEALINGS, HUB
from conformance.ports import Driver, PortCrashed, PortInfo, PortTimedOut, ProtocolError, Unsupported, xet
from conformance.ports.description import CacheKind
from conformance.ports.patience import DEADLINE, Patience
from conformance.record.recording import Recording
from conformance.recorded import Recorded
from conformance.replay import ReplayHub
from conformance.replay.judges import JUDGED_CHECKS
from conformance.replay.xet import XetStore, large_bodies
from conformance.report import events, terminal, write
from conformance.report.events import CheckEvent, EndEvent, EventWriter, StartEvent
from conformance.rules import Judged, Place
from conformance.verdict import expectations
from conformance.verdict.expectations import did_you_mean
from conformance.verdict.listed import PROBE, Listed
from conformance.verdict.outcome import Finding


def _deadline(seconds: float | None) -> float:
    if seconds is None:
        return DEADLINE
    if not 0 < seconds < math.inf:
        raise ConformanceError(f"--deadline {seconds:g} is not a duration", "give a number of seconds above 0")
    return seconds


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
        raise Unsupported("the library's cache has its own layout", declared=True)


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
        self.description = ports.find(option.hub_port)
        self._in_child: bool | None = option.hub_child
        self._memory_limit = ports.bytes_of(option.hub_memory) if option.hub_memory else None
        self._attach = Path(option.hub_attach) if option.hub_attach else None
        if self._attach and (is_worker or getattr(option, "numprocesses", None)):
            raise ConformanceError("--attach drives one process", "leave out -n, or give -n 0")
        self.recorded = Recorded.at(option.hub_recording)
        profile = profiles.load(option.hub_profile) if option.hub_profile else profiles.latest()
        profile = self.recorded.profile(profile)
        known = Path(option.hub_expectations) if option.hub_expectations else self.description.expectations
        self._expectations = known
        self._blocks = expectations.read(known) if known else []
        self._port_as_written = option.hub_port
        self._profile = profile
        self.patience = Patience(_deadline(option.hub_deadline))
        self._is_of_named_checks = bool(option.hub_check)
        self._folder = Path(option.hub_report) if option.hub_report else None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._stores: dict[str, tuple[tempfile.TemporaryDirectory[str], XetStore]] = {}
        self._writer: EventWriter | None = None
        self._path: Path | None = None
        self._start: StartEvent | None = None
        self._checks: list[CheckEvent] = []
        self._elsewhere: list[Place] = []
        self._broken: list[str] = []
        self._exit_code: int | None = None
        if not is_worker:
            self._require_known(option.hub_check or ())
            self._info()  # a port that cannot start is found out before anything is collected

    @functools.cached_property
    def _settings(self) -> Settings:
        """What the verdicts depend on. The expectations are those of the version that the port reports."""
        info = self._info()
        entries = expectations.entries_for(self._blocks, info.version)
        listed = Listed.of(entries, all_checks())
        return Settings(self._port_as_written, info.name, self._profile, listed, self.recorded)

    @functools.cached_property
    def driver(self) -> Driver:
        """The port, started when first needed."""
        if self._attach:
            return ports.attach(self.description, self._attach)
        return ports.start(self.description, in_child=self._in_child, memory_limit=self._memory_limit)

    def hub(self, name: str, *, secure: bool = False) -> ReplayHub:
        """A recording on separate origins, as the port fetches it: over HTTP, or from a Xet store."""
        recording = self.recorded.load(name)
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
        known = self.recorded.checks()
        for wrong in sorted(set(ids) - set(known)):
            near = did_you_mean(wrong, known)
            raise ConformanceError(f"no check is called {wrong!r}{near}", "give the id of a check")

    def require_operations(self, check: Check) -> None:
        """Raise `Unsupported` if the port lacks an operation that the check calls, or the cache that it is about."""
        require_offered(check, self._offered, self.description.cache)

    def asks_by(self, check: Check) -> str:
        """The operation by which the check is asked: the first of its operations that the port offers."""
        return asks_by(check, self._offered)

    @property
    def _offered(self) -> frozenset[str]:
        """The operations that the port offers, by its welcome or by its file.

        A welcome that leaves out what the file offers, in one process or in all, takes no check out of the base.
        """
        return frozenset({*self._info().operations, *self.description.operations})

    def _probe_deadline(self) -> float:
        return min(capabilities.DEADLINE, self.patience.deadline)

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
        claimed = self._offered
        found = None
        if not self._is_of_named_checks:
            found, violations = capabilities.probe(self.driver, claimed, self.hub, self._probe_deadline(), info.name)
            today = datetime.date.today()
            self._elsewhere = [
                Place(PROBE, violation_data(broken, PROBE, self._settings, today)) for broken in violations
            ]
        self._start = StartEvent(
            event="start",
            suite=__version__,
            profile=self._profile.name,
            port={"name": info.name, "version": info.version, "language": info.language},
            capabilities=found,
            started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            checks=selected,
            profile_checks=len(self._profile.checks),
            operations=sorted(SAMPLES.keys() & claimed),
            operations_of=len(SAMPLES),
        )
        if recording := self.recorded.data:
            self._start["recording"] = recording
        self._writer.write(self._start)

    def judge(self, item: pytest.Item, error: BaseException | None, duration: float) -> CheckEvent | None:
        """The event of a test that has ended; None if it is not a check, or failed by an error in the suite."""
        check = check_of(item)
        hub, dealings = item.stash.get(HUB, None), item.stash.get(DEALINGS, None)
        ended = outcome_of(error, hub, has_answered=dealings is not None and dealings.answered > 0)
        if check is None or ended is None:
            return None
        outcome, finding = ended
        return event_of(
            check,
            outcome,
            finding,
            self._settings,
            hub=hub,
            folder=str(getattr(item, "funcargs", {}).get("tmp_path", "")),
            output="".join(dealings.output if dealings else ()) + self.driver.take_output(),
            asked_by=self.asks_by(check),
            duration=duration,
        )

    def errors_of(self, item: pytest.Item) -> str:
        """What broke while the test was served, as text."""
        hub = item.stash.get(HUB, None)
        raised = hub.errors if hub is not None else []
        return "\n".join("".join(traceback.format_exception(error)) for error in raised)

    def add(self, event: CheckEvent) -> None:
        """Take in the event of a check. That of a rule for every request is only final when all others are in."""
        self._checks.append(event)
        if self._writer is not None and event["id"] not in JUDGED_CHECKS:
            self._writer.write(self.recorded.renamed(event))

    def _apply_rules(self) -> Judged:
        judged = rules.apply(self._checks, self._elsewhere, self._settings)
        self._checks = judged.checks
        if self._writer is not None:
            for event in self._checks:
                if event["id"] in JUDGED_CHECKS:
                    self._writer.write(self.recorded.renamed(event))
        return judged

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

    def finish(self, *, interrupted: bool = False) -> int | None:
        """Write the footer and stop the port. Returns the exit code: 2 if the suite itself broke.

        Args:
            interrupted: whether the run was ended before all checks had their turn.
        """
        if "driver" in self.__dict__:
            self.driver.close()
        for folder, _ in self._stores.values():
            folder.cleanup()
        if self._writer is None or self._start is None or self._writer.failed:
            return None
        judged = self._apply_rules()
        version = self._info().version
        problems = [
            *expectations.unfitting(self._blocks, version, str(self._expectations)),
            *self._settings.expected.problems(all_checks(), JUDGED_CHECKS),
            *judged.problems,
        ]
        if self._start["capabilities"] is not None:
            problems += capabilities.problems(self._start["capabilities"])
        score = events.score_of(self._start, self._checks, problems)
        self._exit_code = 2 if self._broken else score.exit_code
        end = EndEvent(
            event="end",
            gate_problems=[*problems, *self._broken],
            known_violations=judged.known,
            exit_code=self._exit_code,
        )
        if interrupted:
            end["interrupted"] = True
        self._writer.write(self.recorded.renamed(end))
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
