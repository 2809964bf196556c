"""Recording a repository of a Hub that behaves as the real one does, and of servers that are no Hub."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.errors import ConformanceError
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.lint import lint, unused_files
from conformance.record.proxy import RecordError, RecordingProxy
from conformance.record.recipe import Recipe, Wanted
from conformance.record.upstream import elsewhere
from conformance.replay import ReplayHub
from conformance.selftest.imitation import Imitation, Manners, grown, typical
from conformance.selftest.imitation.hub import REAL_TOKENS
from conformance.selftest.imitation.repositories import with_another_commit
from conformance.traffic.cassette import load
from conformance.traffic.recording import Recording


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def recorded(hub: Imitation, folder: Path, repo_id: str = "my-org/grown", **settings: Any) -> Recording:
    environment = settings.pop("environment", {})
    waits: list[float] = settings.pop("waits", [])
    recipe = Recipe(hub.url, (Wanted(repo_id),), **settings)
    return session.record(recipe, folder, environment, patience=Patience(waits.append))


def lines_between(old: Path, new: Path) -> int:
    """Lines that git shows as added or removed; a body that is text counts as well."""
    command = ["git", "diff", "--no-index", "--numstat", str(old), str(new)]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    counts = [line.split("\t")[:2] for line in shown.splitlines()]
    return sum(int(number) for pair in counts for number in pair if number != "-")


@contextmanager
def a_server(answer: Any) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def refuses(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(403)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def redirects_to_itself(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(307)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def asks_to_sign_in(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "7")
    handler.end_headers()
    handler.wfile.write(b"<html/>")


def knows_no_post(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(501)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good recording."""
    target = tmp_path_factory.mktemp("recordings") / "grown"
    with Imitation([grown(former_names=("my-org/old",))]) as hub:
        recorded(hub, target, "my-org/old")
    return target


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (refuses, "is not a Hub: it answered 403"),
        (redirects_to_itself, "redirects in a circle"),
        (asks_to_sign_in, "is not a Hub: it answered 200 (text/html)"),
        (knows_no_post, "the upstream answered 501"),
    ],
)
def test_what_is_no_hub_replaces_nothing(server: Any, said: str, folder: Path) -> None:
    """One line that says what is wrong, exit code 2, and the good recording as it was."""
    before = files_of(folder.parent)
    with a_server(server) as url:
        options = ["record", "my-org/grown", "--upstream", url, "--to", str(folder)]
        result = CliRunner().invoke(main, options)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert "Traceback" not in result.output
    after = {name: body for name, body in files_of(folder.parent).items() if ".partial" not in name}
    assert after == before


def test_a_hub_that_breaks_in_the_middle_is_gone_on_from(tmp_path: Path) -> None:
    """An error, no folder; then the rest is asked for, and the result is what it would have been at once."""
    whole, parts = tmp_path / "whole" / "x", tmp_path / "parts" / "x"
    with Imitation([grown()]) as hub:
        recorded(hub, whole)
        asked = len(hub.asked)
        hub.asked.clear()
        hub.manners = Manners(breaks_after=2 * asked - 70)
        with pytest.raises(RecordError, match="does not answer"):
            recorded(hub, parts)
        assert not parts.exists()
        hub.asked.clear()
        hub.manners = Manners()
        recorded(hub, parts)
        assert len(hub.asked) < 90, f"{len(hub.asked)} of {asked} were asked again"
    assert files_of(whole).keys() == files_of(parts).keys()
    assert {name: body for name, body in files_of(whole).items() if name != "manifest.json"} == {
        name: body for name, body in files_of(parts).items() if name != "manifest.json"
    }


def test_a_hub_that_changed_while_it_was_broken_off(tmp_path: Path) -> None:
    """Nothing of the old state stays in the recording."""
    with Imitation([grown()]) as hub:
        hub.manners = Manners(breaks_after=100)
        with pytest.raises(RecordError):
            recorded(hub, tmp_path / "x")
        hub.manners = Manners()
        hub.stand_in = type(hub.stand_in)([with_another_commit(grown())], origins=hub.stand_in.origins)
        recording = recorded(hub, tmp_path / "x")
    with ReplayHub(recording) as served:
        truth = served.repo("my-org/grown")
        assert len(truth.commits) == 16
        assert truth.info()["sha"] == truth.head == truth.commits[0]


def test_it_waits_as_the_hub_asks(tmp_path: Path) -> None:
    """A 429 is waited for as long as its Retry-After says, and leaves no trace in the recording."""
    waits: list[float] = []
    with Imitation([grown()], Manners(limited_every=50)) as hub:
        recording = recorded(hub, tmp_path / "x", waits=waits)
        assert hub.limited >= 2
    assert waits == [7.0] * hub.limited
    assert not [one for one in recording.exchanges if one.response.status == 429]


def test_recorded_twice_there_is_no_difference(tmp_path: Path, folder: Path) -> None:
    """Neither chance nor the time of day is in the files."""
    with Imitation([grown()], Manners(limited_every=41)) as hub:
        recorded(hub, tmp_path / "x")
        before = files_of(tmp_path)
        recorded(hub, tmp_path / "x")
    assert files_of(tmp_path) == before
    assert unused_files(tmp_path / "x") == ["recipe.toml"]


def test_one_new_commit_is_a_small_difference(tmp_path: Path) -> None:
    """Less than a hundred lines for a person to review."""
    target = tmp_path / "x"
    with Imitation([grown()]) as hub:
        recorded(hub, target)
        before = tmp_path / "before"
        shutil.copytree(target, before)
        hub.stand_in = type(hub.stand_in)([with_another_commit(grown())], origins=hub.stand_in.origins)
        recorded(hub, target)
    assert 0 < lines_between(before, target) < 100


def test_a_damaged_recording_is_mended(tmp_path: Path) -> None:
    """An exchange that somebody deleted is named by its file, with the cure, and the cure works."""
    target = tmp_path / "x"
    with Imitation([typical()]) as hub:
        recorded(hub, target, "my-org/typical")
        before = files_of(target)
        cassette = target / "my-org--typical.yaml"
        cassette.write_text(cassette.read_text("utf-8").replace("- request:", "- requests:", 1), "utf-8")
        with pytest.raises(ConformanceError, match=rf"my-org--typical\.yaml: .* record --again {target}"):
            list(load(target).exchanges)
        result = CliRunner().invoke(main, ["record", "--again", str(target)])
    assert result.exit_code == 0, result.output
    after = files_of(target)
    assert {**after, "manifest.json": b""} == {**before, "manifest.json": b""}


def test_what_a_recording_holds(folder: Path) -> None:
    """The newest, the next and the oldest commit, three pull requests, the converted branch, and what was left out."""
    recording = load(folder)
    assert not lint(recording)
    with ReplayHub(recording) as hub:
        truth = hub.repo("my-org/grown")
        whole = [sha for sha in truth.commits if any(file.content for file in listed(truth, sha).values())]
        assert len(truth.commits) == 15
        assert {truth.commits[0], truth.commits[1], truth.commits[-1]} <= set(whole)
        assert len(whole) == 5
        old, new = next(
            pair
            for pair in truth.pairs_of_commits()
            if truth.changed_between(*pair) and ".parquet" in str(pair) + str(truth.changed_between(*pair))
        )
        assert truth.files(old) != truth.files(new)
    assert [(note.what, note.why) for note in recording.left_out] == [
        ("pullRequests", "3 of 6"),
        ("commits", "10 of 15 commits of main"),
    ]
    (repository,) = recording.repositories
    assert (repository.repo_id, repository.former_name) == ("my-org/grown", "my-org/old")


def listed(truth: Any, sha: str) -> dict[str, Any]:
    try:
        return dict(truth.files(sha))
    except LookupError:
        return {}


@pytest.mark.parametrize(
    ("settings", "caller", "private"),
    [({"gated": "manual"}, "granted", False), ({"private": True}, "owner", True), ({"gated": "auto"}, "owner", False)],
)
def test_gated_and_private_repositories(settings: Any, caller: str, private: bool, tmp_path: Path) -> None:
    """By a caller with a token, who is named in the recording while the token is not."""
    with Imitation([typical(**settings)]) as hub:
        with pytest.raises(ConformanceError):
            recorded(hub, tmp_path / "without", "my-org/typical", callers={caller: "TOKEN"})
        environment = {"TOKEN": REAL_TOKENS[caller]}
        recording = recorded(hub, tmp_path / "x", "my-org/typical", callers={caller: "TOKEN"}, environment=environment)
    assert (recording.callers, recording.private) == ((caller,), private)
    held = b"".join(files_of(tmp_path).values())
    assert REAL_TOKENS[caller].encode() not in held
    assert b'reader = "TOKEN"'.replace(b"reader", caller.encode()) in held
    with ReplayHub(recording) as served:
        assert served.repo("my-org/typical").large_file() is not None


def test_who_may_not_read_a_gated_repository(tmp_path: Path) -> None:
    """Whoever may is the walker, whatever their rank; where nobody may, the recording says so."""
    tokens = {name.upper(): REAL_TOKENS[name] for name in ("reader", "pending", "granted")}
    with Imitation([typical(gated="manual")]) as hub:
        callers = {"pending": "PENDING", "reader": "READER"}
        poor = recorded(hub, tmp_path / "poor", "my-org/typical", callers=callers, environment=tokens)
        callers = {**callers, "granted": "GRANTED"}
        rich = recorded(hub, tmp_path / "rich", "my-org/typical", callers=callers, environment=tokens)
    assert [note.what for note in poor.left_out] == ["contents"]
    assert rich.left_out == ()
    with ReplayHub(rich) as served:
        assert served.repo("my-org/typical").large_file() is not None


def test_a_worse_recording_does_not_replace_a_good_one(tmp_path: Path) -> None:
    """It is kept unless that is asked for."""
    with Imitation([grown(), typical()]) as hub:
        recorded(hub, tmp_path / "x")
        before = files_of(tmp_path / "x")
        with pytest.raises(session.Refused, match="the recording there holds my-org/grown as well"):
            recorded(hub, tmp_path / "x", "my-org/typical")
    assert files_of(tmp_path / "x") == before


def test_a_content_that_is_not_what_the_listing_says(tmp_path: Path) -> None:
    """It is not written."""

    def spoilt(request: Any, response: Any) -> Any:
        if request.origin != "cdn" or response.status != 200:
            return response
        return type(response)(200, response.headers, response.body[:-1] + b"!")

    with (
        Imitation([typical()], Manners(plant=spoilt)) as hub,
        pytest.raises(session.Refused, match="not the file that"),
    ):
        recorded(hub, tmp_path / "x", "my-org/typical")
    assert not (tmp_path / "x").exists()


def test_provenance(folder: Path) -> None:
    """The stand-in behind a URL is not the real Hub, and the recording says so."""
    recording = load(folder)
    assert (recording.provenance, recording.synthetic) == ("stand-in", True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["a/b"], "--to DIR is missing"),
        ([], "nothing to record"),
        (["gsm8k", "--upstream", "https://hub.invalid"], "--to DIR is missing"),
        (["a/b", "--to", "x", "--as", "reader"], "--as takes a caller"),
        (["a/b", "--to", "x", "--as", "jane=HF_TOKEN"], "not a caller that the suite knows"),
        (["a/b", "--to", "x", "--as", "reader=hf_secret-secret"], "never give a token itself"),
        (["a/b", "--to", "x", "--largest", "huge"], "not a size"),
        (["a/../b", "--to", "x"], "not a repository name"),
        (["a/b", "--to", "x", "--upstream", "https://me:pw@hub.invalid"], "not a URL of a Hub"),
        (["--again", "/nowhere/at/all"], "not there"),
        (["a/b", "--to", "x", "--as", "reader=NO_SUCH_VARIABLE_HERE"], "set the environment variable"),
        (["nothing-known", "--to", "x"], "give OWNER/NAME"),
    ],
)
def test_wrong_options(options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what to do; a token that was given by mistake is not repeated."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["record", *options])
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert "hf_secret" not in result.output


def test_dry_run(tmp_path: Path) -> None:
    """Requests by bucket, bytes and minutes; nothing is written."""
    with Imitation([grown()]) as hub:
        options = ["record", "my-org/grown", "--upstream", hub.url, "--to", str(tmp_path / "x"), "--dry-run"]
        result = CliRunner().invoke(main, options)
        asked = len(hub.asked)
    assert result.exit_code == 0, result.output
    for word in ("requests api: about", "requests resolvers: about", "MB", "minutes", "6 pullRequests"):
        assert word in result.output
    assert asked < 15
    assert list(tmp_path.iterdir()) == []


def json_of(value: object) -> Any:
    """A server that answers everything with one JSON value."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps(value).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "is not a Hub"),
        (5, "is not a Hub"),
        ({"id": "a/b"}, "is not a Hub"),
        ({"id": "../../x", "sha": "0"}, "names a repository '../../x'"),
        ({"id": "a/b", "sha": "0"}, "in a form that no Hub has"),
        ({"id": "a/b", "sha": "0", "branches": [5]}, "in a form that no Hub has"),
        ({"id": "a/b", "sha": "0", "branches": [{"name": "main", "targetCommit": 5}]}, "in a form that no Hub has"),
    ],
)
def test_answers_of_another_form(value: object, said: str, tmp_path: Path) -> None:
    """One line, and nothing written."""
    with a_server(json_of(value)) as url:
        result = CliRunner().invoke(main, ["record", "a/b", "--upstream", url, "--to", str(tmp_path / "x")])
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("hub", "other", "may"),
    [
        ("https://huggingface.co", "https://us.aws.cdn.hf.co", True),
        ("https://huggingface.co", "http://us.aws.cdn.hf.co", False),
        ("https://huggingface.co", "https://127.0.0.1:80", False),
        ("https://huggingface.co", "https://169.254.169.254", False),
        ("https://huggingface.co", "https://[::1]", False),
        ("https://huggingface.co", "https://localhost", False),
        ("https://huggingface.co", "https://10.1.2.3", False),
        ("http://127.0.0.1:5000", "http://localhost:5001", True),
        ("http://127.0.0.1:5000", "file://x", False),
    ],
)
def test_where_a_hub_may_lead(hub: str, other: str, may: bool) -> None:
    """A Hub on the internet does not make the recorder ask in its own network."""
    assert RecordingProxy(elsewhere(hub, {}))._may_be_asked(other) is may
