"""The pytest plugin. It does nothing unless `--hub-port` is given.

    pytest --pyargs conformance --hub-port huggingface_hub

It is loaded wherever the distribution is installed, also in projects that have nothing to do with it: all its options
begin with `--hub-`, and without `--hub-port` it adds no marker, no rule for collecting and no hook but those here.

It runs the checks against one port, turns each test into an event (`conformance.measure`), and gives pytest the
verdict: an expected failure is an xfail, a verdict that is not as expected a failure with all of its evidence.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.ending import let_workers_tidy_up
from conformance.errors import ConformanceError

if TYPE_CHECKING:
    from conformance.checks.support import Dealings
    from conformance.replay import ReplayHub
    from conformance.replay.plain import PlainHub
    from conformance.run import Run

HUB: pytest.StashKey[ReplayHub] = pytest.StashKey()
"""On an item: the recorded Hub that its check was served from."""

DEALINGS: pytest.StashKey[Dealings] = pytest.StashKey()
"""On an item: what passed between its check and the port."""

RUN: pytest.StashKey[Run] = pytest.StashKey()
"""On the configuration: the run, if a port is measured."""

_EVENT = "hub_check_event"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hub-conformance", "conformance of Hugging Face Hub clients")
    group.addoption("--hub-port", metavar="NAME", help="measure this port: a bundled one, or the path of a port.toml")
    group.addoption("--hub-report", metavar="DIR", help="write events.ndjson into this folder")
    group.addoption("--hub-profile", metavar="NAME", help="score by this profile; the newest unless given")
    group.addoption("--hub-expectations", metavar="FILE", help="the port's known failures; its own file unless given")
    group.addoption("--hub-check", action="append", metavar="ID", help="run this check alone; may be repeated")
    group.addoption("--hub-recording", metavar="DIR", help="serve this recording instead of the bundled one")
    group.addoption("--hub-select", action="append", metavar="ID", help="one of the checks to run; may be repeated")
    group.addoption("--hub-deadline", type=float, metavar="SECONDS", help="how long one call may take; 60 unless given")
    group.addoption("--hub-shuffle", type=int, metavar="SEED", help="run the checks in another order")
    group.addoption(
        "--hub-child",
        dest="hub_child",
        action="store_const",
        const=True,
        help="drive the port in a separate process",
    )
    group.addoption(
        "--hub-in-process",
        dest="hub_child",
        action="store_const",
        const=False,
        help="drive the port in this process",
    )
    group.addoption(
        "--hub-memory", metavar="SIZE", help="kill the port when its processes hold more main memory: 512M, 2G"
    )
    group.addoption(
        "--hub-attach", metavar="DIR", help="connect to a shim started by hand, by named pipes in this folder; needs -s"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hub-port") is None:
        return
    if hasattr(config, "workerinput"):
        let_workers_tidy_up()
    config.addinivalue_line("markers", "hub_check(check): the check that a test is")
    # Imported only now: this plugin is loaded wherever the distribution is installed.
    from conformance.run import Run

    try:
        run = Run(config.option, is_worker=hasattr(config, "workerinput"))
    except ConformanceError as error:
        raise pytest.UsageError(str(error)) from error
    if getattr(config.option, "update_snapshots", False) and run.description.name not in (
        "huggingface_hub",
        "datasets",
    ):
        raise pytest.UsageError("--snapshot-update: what is on record is written by the official clients alone")
    config.stash[RUN] = run
    config.pluginmanager.register(_Measuring(run), "hub_conformance_measuring")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Below this package: with a port, the checks are collected and nothing else; without, all but the checks.

    Data that comes with an installed package is never collected: a recorded repository may hold its own tests.
    """
    ours = Path(__file__).parent
    if ours not in collection_path.parents:
        return None
    place = collection_path.relative_to(ours).parts[0]
    is_measuring = config.getoption("--hub-port") is not None
    unwanted = collection_path.is_dir() and (place == "_data" or (place == "checks") is not is_measuring)
    return True if unwanted or (place == "checks" and not is_measuring) else None


@pytest.fixture
def recorded_hub() -> Iterator[Callable[..., PlainHub]]:
    """Serve recordings to a program under test: `hub = recorded_hub("recordings/my-data")`, and then `hub.endpoint`.

    The folders are those of `hub-conformance record`; `faults` are words as `hub-conformance replay --fault` has them.
    Every Hub is closed when the test ends. `hub.unrecorded` is what was asked for and is not recorded.

        from huggingface_hub import hf_hub_download

        def test_my_program_survives_an_overload(recorded_hub, tmp_path):
            hub = recorded_hub("recordings/my-data", faults=["503"])
            path = hf_hub_download(
                "my-org/my-data", "README.md", repo_type="dataset", endpoint=hub.endpoint, cache_dir=tmp_path
            )
            assert open(path).read().startswith("---")
            assert hub.unfired == []  # the 503 was answered, and got over
            assert hub.unrecorded == []
    """
    from conformance.replay.plain import PlainHub

    with contextlib.ExitStack() as stack:

        def served(*folders: str | Path, faults: Iterable[str] = ()) -> PlainHub:
            return stack.enter_context(PlainHub.of(*folders, faults=faults))

        yield served


class _Measuring:
    """The hooks of a run with a port."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        from conformance.catalogue.check import check_of

        named = {*(config.getoption("--hub-check") or ()), *(config.getoption("--hub-select") or ())}
        wanted = set(map(self._run.recorded.id_of, named))
        chosen = []
        for item in items:
            check = check_of(item)
            if check is not None and self._run.recorded.has(check) and (not wanted or check.id in wanted):
                item.extra_keyword_matches |= {check.id, self._run.recorded.name_of(check.id)}
                chosen.append(item)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        seed = config.getoption("--hub-shuffle")
        if seed is not None:  # every worker must come to the same order
            random.Random(seed).shuffle(chosen)
        items[:] = chosen

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not session.config.getoption("collectonly") and not _controls_workers(session.config):
            with _ending_the_run():
                self._run.begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        with _ending_the_run():
            self._run.begin(len(ids))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        from conformance.catalogue.check import check_of

        check = check_of(item)
        if check is not None:
            self._run.require_operations(check)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        from conformance.measure import require_faults_fired

        result = yield
        if HUB in pyfuncitem.stash:
            require_faults_fired(pyfuncitem.stash[HUB])
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        ended = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
        if not ended:
            return report
        event = self._run.judge(item, call.excinfo.value if call.excinfo else None, call.duration)
        if event is not None:
            report.user_properties.append((_EVENT, json.dumps(event, default=repr)))
            _show_verdict(report, event)
        elif broken := self._run.errors_of(item):  # whatever the port has made of it
            report.outcome = "failed"
            report.longrepr = broken
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._run.is_worker:
            return
        event = dict(report.user_properties).get(_EVENT)
        with _ending_the_run():
            if event is not None:
                self._run.add(json.loads(str(event)))
            elif report.failed:
                self._run.add_broken(report.nodeid, report.longreprtext)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        with _ending_the_run():
            stopped = exitstatus == pytest.ExitCode.INTERRUPTED or bool(session.shouldfail)
            code = self._run.finish(interrupted=stopped)
        if code is not None and exitstatus == pytest.ExitCode.OK and code != 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._run.show(terminalreporter)


@contextlib.contextmanager
def _ending_the_run() -> Iterator[None]:
    """A report that cannot be written ends the run, and its workers: nothing would come of it."""
    from conformance.report.events import ReportError

    try:
        yield
    except ReportError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)


def _controls_workers(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "numprocesses", None)) or bool(getattr(config.option, "tx", None))


def _show_verdict(report: pytest.TestReport, event: Any) -> None:
    """Make pytest's own report agree with the verdict."""
    from conformance.report.text import failure_text

    verdict = event["verdict"]
    if verdict["label"] == "passed":
        report.outcome = "passed"
    elif not verdict["as_expected"]:
        report.outcome = "failed"
        report.longrepr = failure_text(event)
    elif event["outcome"] in ("unsupported", "not_applicable") and event["expected"] is None:
        report.outcome = "skipped"
        report.longrepr = (report.nodeid, 0, f"Skipped: {verdict['label']}")
    else:
        report.outcome = "skipped"
        report.wasxfail = verdict["message"]
