"""Drift and mirror on a Hub that has become another one, and on servers that answer as none does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.record import session
from conformance.record.client import Client, Patience
from conformance.record.compare import compared
from conformance.record.proxy import RecordError, RecordingProxy
from conformance.record.recipe import Recipe, Wanted
from conformance.record.upstream import elsewhere
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.selftest.imitation.repositories import with_another_commit
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.route import route_of

Plant = Callable[[Request, Response], Response]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("recordings") / "typical"
    with Imitation([typical()]) as hub:
        session.record(Recipe(hub.url, (Wanted("my-org/typical"),)), target, {})
    return target


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def drift(folder: Path, hub: Imitation) -> Result:
    with hub:
        return run("drift", folder, "--upstream", hub.url)


PAGE = {"Content-Type": "text/html"}


def instead(kind: str, body: bytes, status: int = 200, fields: dict[str, str] | None = None) -> Plant:
    told = {"Content-Type": "application/json", **(fields or {})}
    given = Response(status, headers(told), body)
    return lambda request, response: given if route_of(request).kind == kind else response


def test_more_commits_than_a_page_has(folder: Path) -> None:
    repository = typical()
    for _ in range(60):
        repository = with_another_commit(repository)
    result = drift(folder, Imitation([repository]))
    assert (result.exit_code, ": 60 commits\n" in result.output) == (1, True), result.output


def test_a_history_that_was_rewritten(folder: Path) -> None:
    result = drift(folder, Imitation([replace(typical(), branches={"main": typical("my-org/other").head})]))
    assert (result.exit_code, ": another history\n" in result.output) == (1, True), result.output


def test_a_gate_masks_digests_and_changes_no_file(folder: Path) -> None:
    """The listing of a gated repository has no digests for others; the files' names in git tell that they stayed."""
    result = drift(folder, Imitation([replace(with_another_commit(typical()), gated="auto")]))
    assert result.exit_code == 1, result.output
    assert 'gated: false → "auto"' in result.output
    assert "its history may not be read" in result.output
    assert "README.md changed" in result.output
    assert "parquet" not in result.output
    assert "auth/" in result.output


def test_a_repository_that_was_disabled(folder: Path) -> None:
    result = drift(folder, Imitation([typical(disabled=True)]))
    assert (result.exit_code, "disabled: false → true" in result.output) == (1, True), result.output


@pytest.mark.parametrize(
    "plant",
    [
        instead("info", b"[]"),
        instead("info", b"<html>", 403, fields=PAGE),
        instead("info", b"<html>", 404, fields=PAGE),
        instead("refs", b'{"branches":[5]}'),
        instead("refs", b"<html>", fields=PAGE),
        instead("commits", b'{"error":"x"}'),
        instead("commits", b"[{}]"),
        instead("tree", b'[5,{"type":"file"}]'),
        instead("tree", b"[]", fields={"Link": '<relative>; rel="next"'}),
        lambda request, response: (
            response.with_headers({"Link": f'<http://x{request.target}>; rel="next"'})
            if route_of(request).kind == "tree"
            else response
        ),
    ],
)
def test_what_no_hub_answers_is_no_drift(plant: Plant, folder: Path) -> None:
    """It could not be asked: 2, in one line, and in bounded time."""
    result = drift(folder, Imitation([with_another_commit(typical())], Manners(plant=plant, gzip=False)))
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1), result.output
    assert result.output.startswith("Error: ")


@pytest.mark.parametrize(
    "command", [["drift", "{folder}", "--upstream", "{url}"], ["mirror", "{url}", "--of", "{folder}"]]
)
def test_a_login_in_a_url_is_refused_and_not_repeated(command: list[str], folder: Path) -> None:
    words = [word.format(folder=folder, url="http://jane:s3cr3t@127.0.0.1:9") for word in command]
    result = run(*words)
    assert (result.exit_code, "not a URL of a Hub" in result.output) == (2, True), result.output
    assert "s3cr3t" not in result.output


def test_a_mirror_that_is_not_there(folder: Path) -> None:
    result = run("mirror", "http://127.0.0.1:9", "--of", folder)
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1), result.output


def test_a_mirror_that_answers_nothing_is_not_waited_for_long(folder: Path) -> None:
    """Each kind of question is asked patiently once: with hundreds of files it took hours."""
    waits: list[float] = []
    taken: list[Exchange] = []
    broken = Manners(plant=lambda *_: Response(503, headers({}), b""))
    with Imitation([], broken) as hub, RecordingProxy(elsewhere(hub.url, {})) as proxy:
        client = Client(proxy, (), Patience(waits.append), taken.extend)
        with pytest.raises(RecordError, match="nothing was answered; to the first request: the upstream answered 503"):
            compared(load(folder), client, taken, proxy.origins)
        assert len(hub.asked) < 100
    assert sum(waits) <= 12 * 7
