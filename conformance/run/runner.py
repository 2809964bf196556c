"""A run: one port, one profile, the port's expectations, and the stream of events that it writes.

Nothing here knows pytest: `conformance.plugin` runs the check functions and calls a `Runner` with what became of them.
"""

from __future__ import annotations

import datetime
import functools
import io
import tempfile
import traceback
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from conformance import __version__, ports
from conformance.catalogue import profiles
from conformance.catalogue.check import Check, all_checks
from conformance.catalogue.operations import SAMPLES
from conformance.catalogue.profiles import Profile
from conformance.errors import ConformanceError
from conformance.ports import Driver, PortCrashed, PortInfo, PortTimedOut, ProtocolError, Unsupported, xet
from conformance.ports.commit import commit_of
from conformance.ports.description import BUNDLED, CacheKind
from conformance.ports.drivers.patience import Patience
from conformance.replay import ReplayHub
from conformance.replay.xet import XetStore, large_bodies
from conformance.report import events, terminal, write
from conformance.report.events import EndEvent, EventWriter, ReportError, StartEvent
from conformance.run import capabilities, rules
from conformance.run.measure import Settings, judged_violation, outcome_of, result_of
from conformance.run.options import Options
from conformance.run.recorded import Recorded
from conformance.run.rules import Judged, Place
from conformance.traffic.recording import Recording
from conformance.verdict import expectations
from conformance.verdict.expectations import did_you_mean
from conformance.verdict.judges import JUDGED_CHECKS
from conformance.verdict.listed import PROBE, Listed
from conformance.verdict.outcome import Finding
from conformance.verdict.result import CheckResult

if TYPE_CHECKING:
    from conformance.checks.support import Dealings


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


class Runner:
    """Measures one port.

    Where several processes run the checks there is one in each, which judges, and one in the process that controls
    them, which writes the events.

    Args:
        is_worker: whether this is one of several processes that run checks.

    Raises:
        ConformanceError: an option is wrong, or the port cannot be started.
    """

    def __init__(self, options: Options, *, is_worker: bool = False) -> None:
        self.is_worker = is_worker
        self.description = ports.find(options.port)
        self._options = options
        self._memory_limit = ports.bytes_of(options.memory) if options.memory else None
        if options.attach and (is_worker or options.has_workers):
            raise ConformanceError("--attach drives one process", "leave out -n, or give -n 0")
        self.recorded = Recorded.at(options.recording)
        options.require_trial(self.description)
        self._profile = self._profile_of(options)
        self._expectations = options.expectations or self.description.expectations
        self._blocks = expectations.read(self._expectations) if self._expectations else []
        self.patience = Patience(options.seconds())
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._stores: dict[str, tuple[tempfile.TemporaryDirectory[str], XetStore]] = {}
        self._writer: EventWriter | None = None
        self._start: StartEvent | None = None
        self._results: list[CheckResult] = []
        self._elsewhere: list[Place] = []
        self._broken: list[str] = []
        self.run: events.Run | None = None
        """The whole run, once it is finished."""
        if not is_worker:
            self._require_known(options.checks)
            self._info()  # a port that cannot start is found out before any check is run

    def _profile_of(self, options: Options) -> Profile:
        if options.hub is not None:
            return Profile(f"none, {options.hub} Hub", frozenset())  # so that nothing is scored
        profile = profiles.load(options.profile) if options.profile else profiles.latest()
        return self.recorded.profile(profile)

    @functools.cached_property
    def _settings(self) -> Settings:
        """What the verdicts depend on. The expectations are those of the version that the port reports."""
        info = self._info()
        entries = expectations.entries_for(self._blocks, info.version)
        listed = Listed.of(entries, all_checks())
        return Settings(self._options.port, info.name, self._profile, listed, self.recorded, self._options.hub)

    @functools.cached_property
    def driver(self) -> Driver:
        """The port, started when first needed."""
        if self._options.attach:
            return ports.attach(self.description, self._options.attach)
        return ports.start(self.description, in_child=self._options.in_child, memory_limit=self._memory_limit)

    def hub(self, name: str, *, secure: bool = False) -> ReplayHub:
        """A recording on separate origins, as the port fetches it: over HTTP, or from a Xet store.

        With another Hub than a recorded one, that Hub instead.
        """
        if self._options.hub is not None:
            from conformance.run.stand_in import StandIn  # a run of a recording needs neither stand-in nor recorder

            return ReplayHub(StandIn(name), secure=secure)
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

    def _require_known(self, ids: Iterable[str]) -> None:
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
        folder = self._options.report
        if folder is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="hub-conformance-")
            folder = Path(self._scratch.name)
        write.clear(folder)
        self._writer = EventWriter(folder / events.FILE_NAME)
        info = self._info()
        claimed = self._offered
        found = None
        if not self._options.checks:
            found, violations = capabilities.probe(self.driver, claimed, self.hub, self._probe_deadline(), info.name)
            today = datetime.date.today()
            self._elsewhere = [
                Place(PROBE, judged_violation(broken, PROBE, self._settings, today)) for broken in violations
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
        if self.description.folder.parent != BUNDLED.resolve() and (commit := commit_of(self.description.folder)):
            self._start["commit"] = commit
        if self._options.hub is not None:
            self._start["hub"] = self._options.hub
        if recording := self.recorded.data:
            self._start["recording"] = recording
        if self._options.shard is not None:
            part, of = self._options.shard
            self._start["shard"] = {"parts": [part], "of": of}
        self._writer.write(self._start)

    def judge(
        self,
        check: Check,
        error: BaseException | None,
        duration: float,
        *,
        hub: ReplayHub | None = None,
        dealings: Dealings | None = None,
        folder: Path | None = None,
    ) -> CheckResult | None:
        """The result of a check whose function has ended.

        Args:
            error: what the function raised; None if it returned.
            duration: in seconds.
            hub: the Hub that the check was served from, if it came to that.
            dealings: what passed between the check and the port, if it was given one.
            folder: the check's own folder on disk.

        Returns:
            None if the suite itself broke: then nothing was learned of the port; see `errors_of`.
        """
        ended = outcome_of(error, hub, has_answered=dealings is not None and dealings.answered > 0)
        if ended is None:
            return None
        outcome, finding = ended
        return result_of(
            check,
            outcome,
            finding,
            self._settings,
            hub=hub,
            folder=str(folder or ""),
            output="".join(dealings.output if dealings else ()) + self.driver.take_output(),
            asked_by=self.asks_by(check),
            duration=duration,
        )

    def add(self, result: CheckResult) -> None:
        """Take in the result of a check. That of a rule for every request is only final when all others are in."""
        self._results.append(result)
        if self._writer is not None and result.id not in JUDGED_CHECKS:
            self._writer.write(self.recorded.renamed(result))

    def add_crash(self, check: Check, text: str) -> None:
        """Take in a check whose process died, which is the doing of the port that ran in it."""
        self.add(result_of(check, "crashed", Finding("crashed", text.strip()), self._settings))

    def add_broken(self, text: str) -> None:
        """Take in a defect of the suite, which makes the exit code 2."""
        self._broken.append(text)

    def _apply_rules(self) -> Judged:
        judged = rules.apply(self._results, self._elsewhere, self._settings)
        self._results = judged.checks
        if self._writer is not None:
            for result in self._results:
                if result.id in JUDGED_CHECKS:
                    self._writer.write(self.recorded.renamed(result))
        return judged

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
        problems = self._problems(judged) if self._options.hub is None else []
        end = EndEvent(
            event="end",
            gate_problems=list(map(self.recorded.name_of, [*problems, *self._broken])),
            known_violations=list(map(self.recorded.name_of, judged.known)),
            exit_code=self._exit_code(problems),
        )
        if interrupted:
            end["interrupted"] = True
        self._writer.write(end)
        self._writer.close()
        results = {result.id: self.recorded.renamed(result) for result in self._results}
        if len(results) < len(self._results):
            raise ReportError("a check has two verdicts", "leave out plugins of pytest that run a test again")
        self.run = events.Run(self._start, tuple(results[id] for id in sorted(results)), end)
        if self._options.report is not None and self._options.hub is None:
            write.write_all(self._options.report, self.run)
        return end["exit_code"]

    def _problems(self, judged: Judged) -> list[str]:
        """What is wrong beside the checks, a message each."""
        found = self._start["capabilities"] if self._start is not None else None
        return [
            *expectations.unfitting(self._blocks, self._info().version, str(self._expectations)),
            *self._settings.expected.problems(all_checks(), JUDGED_CHECKS),
            *judged.problems,
            *(capabilities.problems(found) if found is not None else ()),
        ]

    def _exit_code(self, problems: list[str]) -> int:
        """The score's, or 2 if the suite itself broke. Where no recording answered there is no score: 0."""
        if self._broken:
            return 2
        if self._options.hub is not None or self._start is None:
            return 0
        return events.score_of(self._start, self._results, problems).exit_code

    def table(self, width: int) -> str | None:
        """The table of the finished run as text; None without a run.

        Args:
            width: the columns of the terminal.
        """
        if self.run is None:
            return None
        text = io.StringIO()
        terminal.show(self.run, self.run.score(), Console(file=text, width=max(80, width)))
        return text.getvalue()


def errors_of(hub: ReplayHub | None) -> str:
    """What broke in the suite while a check was served, as text; empty if nothing did."""
    raised = hub.errors if hub is not None else []
    return "\n".join("".join(traceback.format_exception(error)) for error in raised)
