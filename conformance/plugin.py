"""The pytest plugin. It does nothing unless `--hub-port` is given.

    pytest --pyargs conformance --hub-port huggingface_hub

It is loaded wherever the distribution is installed, also in projects that have nothing to do with it: all its options
begin with `--hub-`, and without `--hub-port` it adds no marker, no rule for collecting and no hook but those here.

It runs the checks against one port, turns each test into a result (`conformance.run.runner.Runner.judge`), and gives
pytest the verdict: an expected failure is an xfail, a verdict that is not as expected a failure with all of its
evidence.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import ConformanceError
from conformance.run.ending import let_workers_tidy_up

if TYPE_CHECKING:
    from conformance.catalogue.check import Check
    from conformance.checks.support import Dealings
    from conformance.replay import ReplayHub
    from conformance.replay.plain import PlainHub
    from conformance.run.options import Options
    from conformance.run.runner import Runner
    from conformance.verdict.result import CheckResult

_CRASHED = "crashed while running"
"""What pytest-xdist says of a worker that died."""

HUB: pytest.StashKey[ReplayHub] = pytest.StashKey()
"""On an item: the recorded Hub that its check was served from."""

DEALINGS: pytest.StashKey[Dealings] = pytest.StashKey()
"""On an item: what passed between its check and the port."""

RUNNER: pytest.StashKey[Runner] = pytest.StashKey()
"""On the configuration: what measures the port, if one is measured."""

_RESULT = "hub_check_result"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hub-conformance", "conformance of Hugging Face Hub clients")
    group.addoption("--hub-port", metavar="NAME", help="measure this port: a bundled one, or the path of a port.toml")
    group.addoption("--hub-report", metavar="DIR", help="write events.ndjson into this folder")
    group.addoption("--hub-profile", metavar="NAME", help="score by this profile; the newest unless given")
    group.addoption("--hub-expectations", metavar="FILE", help="the port's known failures; its own file unless given")
    group.addoption("--hub-check", action="append", metavar="ID", help="run this check alone; may be repeated")
    group.addoption("--hub-recording", metavar="DIR", help="serve this recording instead of the bundled one")
    group.addoption(
        "--hub-answers",
        choices=["stand-in"],
        help="let this Hub answer instead of a recording, to try the checks of --hub-check; nothing is scored",
    )
    group.addoption("--hub-select", action="append", metavar="ID", help="one of the checks to run; may be repeated")
    group.addoption("--hub-shard", nargs=2, type=int, metavar=("I", "N"), help="what is selected is part I of N")
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
    is_worker = hasattr(config, "workerinput")
    if is_worker:
        let_workers_tidy_up()
    # Imported only now: this plugin is loaded wherever the distribution is installed.
    from conformance.ports.drivers import guard
    from conformance.run.runner import Runner

    if not is_worker:  # a worker that ends is reported
        ending = contextlib.ExitStack()
        ending.callback(guard.not_ended_at_exit)  # only now: what a library registers later would be called before it
        ending.enter_context(guard.not_ended())
        config.add_cleanup(ending.close)
    try:
        runner = Runner(_options(config), is_worker=is_worker)
    except ConformanceError as error:
        raise pytest.UsageError(str(error)) from error
    if getattr(config.option, "update_snapshots", False) and runner.description.name not in (
        "huggingface_hub",
        "datasets",
    ):
        raise pytest.UsageError(
            "--snapshot-update: only a run of an official client (huggingface_hub, datasets) may write snapshots"
        )
    config.stash[RUNNER] = runner
    config.pluginmanager.register(_Measuring(runner), "hub_conformance_measuring")


def _options(config: pytest.Config) -> Options:
    """pytest's options as those of a run."""
    from conformance.run.options import Options

    option = config.option
    return Options(
        port=option.hub_port,
        report=Path(option.hub_report) if option.hub_report else None,
        profile=option.hub_profile,
        expectations=Path(option.hub_expectations) if option.hub_expectations else None,
        checks=tuple(option.hub_check or ()),
        recording=option.hub_recording,
        deadline=option.hub_deadline,
        in_child=option.hub_child,
        memory=option.hub_memory,
        attach=Path(option.hub_attach) if option.hub_attach else None,
        has_workers=_controls_workers(config),
        shard=tuple(option.hub_shard) if option.hub_shard else None,
        hub=option.hub_answers,
    )


def check_of(item: pytest.Item) -> Check | None:
    """The check that a collected test is, or None for any other test."""
    from conformance.catalogue.check import members_of

    callspec = getattr(item, "callspec", None)
    member = members_of(getattr(item, "function", None)).get(callspec.id if callspec is not None else "")
    return member.check if member is not None else None


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

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        from conformance.catalogue.check import members_of

        members = members_of(metafunc.function)
        if members and "" not in members:
            metafunc.parametrize("member", [one.value for one in members.values()], ids=list(members))

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        named = {*(config.getoption("--hub-check") or ()), *(config.getoption("--hub-select") or ())}
        wanted = set(map(self._runner.recorded.id_of, named))
        chosen = []
        for item in items:
            check = check_of(item)
            if check is not None and self._runner.recorded.has(check) and (not wanted or check.id in wanted):
                item.extra_keyword_matches |= {check.id, self._runner.recorded.name_of(check.id)}
                chosen.append(item)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        seed = config.getoption("--hub-shuffle")
        if seed is not None:  # every worker must come to the same order
            random.Random(seed).shuffle(chosen)
        items[:] = chosen

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not session.config.getoption("collectonly") and not _controls_workers(session.config):
            with _ending_the_run():
                self._runner.begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        with _ending_the_run():
            self._runner.begin(len(ids))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        check = check_of(item)
        if check is not None:
            self._runner.require_operations(check)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        from conformance.run.measure import require_faults_fired

        result = yield
        if HUB in pyfuncitem.stash:
            require_faults_fired(pyfuncitem.stash[HUB])
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        from conformance.report.events import line_of
        from conformance.run.runner import errors_of

        report = yield
        ended = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
        if not ended:
            return report
        check, hub = check_of(item), item.stash.get(HUB, None)
        result = None
        if check is not None:
            result = self._runner.judge(
                check,
                call.excinfo.value if call.excinfo else None,
                call.duration,
                hub=hub,
                dealings=item.stash.get(DEALINGS, None),
                folder=getattr(item, "funcargs", {}).get("tmp_path"),
            )
        if result is not None:
            # As text: half a surrogate pair, which a port may write, does not pass to another process otherwise.
            report.user_properties.append((_RESULT, line_of(result)))
            _show_verdict(report, result)
        elif broken := errors_of(hub):  # whatever the port has made of it
            report.outcome = "failed"
            report.longrepr = broken
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        from conformance.verdict.result import CheckResult

        if self._runner.is_worker:
            return
        result = dict(report.user_properties).get(_RESULT)
        with _ending_the_run():
            if result is not None:
                self._runner.add(CheckResult.from_json(json.loads(str(result))))
            elif report.failed:
                self._add_broken(report.nodeid, report.longreprtext)

    def _add_broken(self, nodeid: str, text: str) -> None:
        """A test ended without a result: the port took its process down, or the suite is broken."""
        from conformance.catalogue.check import all_checks

        file, _, name = nodeid.partition("::")  # two areas may have a check function of the same name
        place = f".{Path(file).stem}::{name}"
        check = next((c for c in all_checks().values() if c.function.endswith(place)), None)
        if check is not None and _CRASHED in text:
            self._runner.add_crash(check, text)
        else:
            self._runner.add_broken(f"the suite itself broke in {nodeid}:\n{text}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        with _ending_the_run():
            stopped = exitstatus == pytest.ExitCode.INTERRUPTED or bool(session.shouldfail)
            code = self._runner.finish(interrupted=stopped)
        if code is not None and exitstatus == pytest.ExitCode.OK and code != 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        table = self._runner.table(terminalreporter._tw.fullwidth)
        if table is not None:
            terminalreporter.write_line(table)


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


def _show_verdict(report: pytest.TestReport, result: CheckResult) -> None:
    """Make pytest's own report agree with the verdict."""
    from conformance.report.text import failure_text

    verdict = result.verdict
    if verdict.label == "passed":
        report.outcome = "passed"
    elif not verdict.as_expected:
        report.outcome = "failed"
        report.longrepr = failure_text(result)
    elif result.outcome in ("unsupported", "not_applicable") and result.expected is None:
        report.outcome = "skipped"
        report.longrepr = (report.nodeid, 0, f"Skipped: {verdict.label}")
    else:
        report.outcome = "skipped"
        report.wasxfail = verdict.message
