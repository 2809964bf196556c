"""A check is tried with the stand-in Hub before its exchange is recorded; such a run measures nothing."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.errors import ConformanceError
from conformance.replay import ReplayHub, Status, load
from conformance.report import events
from conformance.roles import ROLES
from conformance.run.stand_in import StandIn
from conformance.selftest.run.test_run import hub_conformance

UNRECORDED = "/api/datasets/openai/gsm8k/revision/main?blobs=true&securityStatus=true"
"""A request that no cassette has, and that nothing recorded answers."""


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(StandIn("gsm8k")) as hub:
        yield hub


def ask(hub: ReplayHub, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(hub.endpoint + path, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_what_is_not_recorded_is_answered(hub: ReplayHub) -> None:
    """The recording refuses the same request, and says so in the wire log."""
    status, body = ask(hub, UNRECORDED)
    assert (status, json.loads(body)["sha"]) == (200, hub.subject.head)
    assert hub.unrecorded == []
    with ReplayHub(load("gsm8k")) as recorded:
        assert ask(recorded, UNRECORDED)[0] == 404
        assert len(recorded.unrecorded) == 1


def test_a_page_that_the_stand_in_lacks_proves_nothing(hub: ReplayHub) -> None:
    """It is answered with 404, and shows as unrecorded, so that no check passes or fails by it."""
    assert ask(hub, "/api/datasets/openai/gsm8k/no-such-page")[0] == 404
    assert len(hub.unrecorded) == 1


def test_it_offers_what_the_recording_offers(hub: ReplayHub) -> None:
    """The roles find the same in both: the recording was made of the stand-in."""
    with ReplayHub(load("gsm8k")) as recorded:
        for name, role in ROLES.items():
            assert (role.offered(hub.subject) is None) == (role.offered(recorded.subject) is None), name
        assert hub.subject.refs == recorded.subject.refs
        assert hub.subject.commits == recorded.subject.commits
        assert hub.subject.files("main") == recorded.subject.files("main")


def test_a_branch_moves_there_and_back(hub: ReplayHub) -> None:
    """Truth and answers follow, and another Hub of the same area does not."""
    newest, older = hub.subject.commits[0], hub.subject.commits[-1]
    for sha in (older, newest, older):
        hub.move("main", to=sha, repo="openai/gsm8k")
        assert hub.subject.head == sha
        assert json.loads(ask(hub, "/api/datasets/openai/gsm8k")[1])["sha"] == sha
    with ReplayHub(StandIn("gsm8k")) as other:
        assert json.loads(ask(other, "/api/datasets/openai/gsm8k")[1])["sha"] == newest
    with pytest.raises(LookupError, match="has no commit"):
        hub.move("main", to="0" * 40, repo="openai/gsm8k")


def test_faults_strike(hub: ReplayHub) -> None:
    """A fault is planned as on a recording."""
    planned = hub.fault(Status(503), answer="info")
    assert ask(hub, "/api/datasets/openai/gsm8k")[0] == 503
    assert planned.is_spent


def test_an_unknown_area() -> None:
    """The message names the areas that there are."""
    with pytest.raises(ConformanceError, match=r"no repositories of 'nowhere'.*gsm8k"):
        StandIn("nowhere")


@pytest.mark.slow(seconds=10)
def test_such_a_run_measures_nothing(tmp_path: Path) -> None:
    """It is marked; a failure that nothing expects neither scores nor gates; no report takes it for a measurement."""
    none = tmp_path / "none.yaml"
    none.write_text("[]\n")
    report = tmp_path / "report"
    words = ("--hub", "stand-in", "download/git-file[gsm8k]", "download/cut-git-file[gsm8k]")
    ended = hub_conformance("run", "--port", "curl", "--expectations", str(none), "--report", str(report), *words)
    assert ended.returncode == 0, ended.stderr
    assert "not scored: " in ended.stdout
    run = events.read(report / events.FILE_NAME)
    assert run.start["hub"] == "stand-in"
    assert {check.id: (check.outcome, check.scored) for check in run.checks} == {
        "download/git-file[gsm8k]": ("passed", False),
        "download/cut-git-file[gsm8k]": ("failed", False),
    }
    assert run.end["gate_problems"] == []
    assert all(" --hub stand-in " in check.command for check in run.checks)
    assert not (report / "parity.json").exists()
    for command in (("compare", str(report), str(report)), ("report", str(report), "--merge", str(tmp_path / "m"))):
        refused = hub_conformance(*command)
        assert refused.returncode == 2
        assert "not a measurement" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("cache/*",),
        ("cache",),
        ("download/git-file[gsm8k]", "--area", "cache"),
        ("download/git-file[gsm8k]", "--write-expectations"),
    ],
)
def test_only_checks_given_by_id_are_tried(words: tuple[str, ...]) -> None:
    """Anything else is refused with one line that says what to do."""
    ended = hub_conformance("run", "--port", "reference", "--hub", "stand-in", *words)
    assert ended.returncode == 2
    assert "--hub stand-in" in ended.stderr
    assert "Traceback" not in ended.stderr
