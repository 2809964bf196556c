"""Where an upstream leads to, how much it sends, and what a person gives: each ends with one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.hub.repository import StoredFile
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.proxy import LARGEST_WORDS, RecordError
from conformance.record.recipe import Recipe, Wanted
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.selftest.imitation.hub import REAL_TOKENS
from conformance.selftest.imitation.repositories import huge
from conformance.traffic.exchange import Request, Response, headers

NAME = "my-org/typical"
INFO = f"/api/datasets/{NAME}"


class Endless:
    """What a server sends without an end, in pieces that are made while they are sent."""

    def __len__(self) -> int:
        return 4 * LARGEST_WORDS

    def __getitem__(self, part: slice) -> bytes:
        return bytes(int(part.stop) - int(part.start))


def run(*words: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), env=env)


@pytest.mark.parametrize(
    "location", ["http://[::1/x", "http://h.test:99999/x", "http://jane:s3cret@127.0.0.2/x", "//x/y"]
)
def test_contents_somewhere_odd(location: str, tmp_path: Path) -> None:
    """Whoever records or compares is told, without the login of a URL."""

    def plant(_: Request, response: Response) -> Response:
        return response.with_headers({"Location": location}) if "X-Linked-Size" in response.headers else response

    with Imitation([typical()]) as hub:
        assert run("record", NAME, "--upstream", hub.url, "--to", tmp_path / "x").exit_code == 0
    with Imitation([typical()], Manners(plant=plant)) as hub:
        recorded = run("record", NAME, "--upstream", hub.url, "--to", tmp_path / "y")
        mirrored = run("mirror", hub.url, "--of", tmp_path / "x")
    assert (recorded.exit_code, mirrored.exit_code) == (2, 1)
    assert recorded.output.startswith(f"Error: {hub.url} redirects to ")
    assert f"status: 200 → {hub.url} redirects to " in mirrored.output
    assert "s3cret" not in recorded.output + mirrored.output


def endless(where: str, status: int) -> Callable[[Request, Response], Response]:
    def plant(request: Request, response: Response) -> Response:
        if request.path == where or (where == "cdn" and request.origin == "cdn"):
            fields = headers({"Content-Type": "text/plain", "Location": "/api/other"})
            return Response(status, fields, Endless())  # type: ignore[arg-type]
        return response

    return plant


@pytest.mark.parametrize("status", [200, 307, 404])
def test_words_without_an_end(status: int, tmp_path: Path) -> None:
    with Imitation([typical()], Manners(plant=endless(INFO, status), gzip=False)) as hub:
        recipe = Recipe(hub.url, (Wanted(NAME),))
        with pytest.raises(RecordError, match="answered more than 64 MB to a request"):
            session.record(recipe, tmp_path / "x", {})


@pytest.mark.parametrize("large", ["keep", "drop"])
def test_a_content_without_an_end(large: Any, tmp_path: Path) -> None:
    """No more is taken than the Hub says that there is, and a small file is not left out as a large one."""
    with Imitation([typical()], Manners(plant=endless("cdn", 200), gzip=False)) as hub:
        recipe = Recipe(hub.url, (Wanted(NAME),), large=large)
        with pytest.raises(RecordError, match=r"more than the \d+ bytes that it says came of /xet-bridge-us/"):
            session.record(recipe, tmp_path / "x", {})
    assert list(tmp_path.iterdir()) == []


def test_a_git_file_that_is_larger_than_it_is_listed(tmp_path: Path) -> None:
    """It is dropped while it comes; the listing says that it is a small one, so the recording would be hollow."""

    def plant(request: Request, response: Response) -> Response:
        is_it = request.path.endswith("README.md") and response.status == 200
        return Response(200, headers({"Content-Type": "text/plain"}), Endless()) if is_it else response  # type: ignore[arg-type]

    larger = pytest.raises(session.Refused, match=r"README\.md at [0-9a-f]{40} is larger than the listing says")
    with Imitation([typical()], Manners(plant=plant, gzip=False)) as hub, larger:
        session.record(Recipe(hub.url, (Wanted(NAME),)), tmp_path / "x", {})


@pytest.mark.parametrize("value", ["9" * 5000, "-1", ""])
def test_a_size_that_is_none(value: str, tmp_path: Path) -> None:
    """It promises nothing, and ends in no traceback."""

    def plant(_: Request, response: Response) -> Response:
        return response.with_headers({"X-Linked-Size": value}) if "X-Linked-Size" in response.headers else response

    with Imitation([typical()], Manners(plant=plant)) as hub:
        assert session.record(Recipe(hub.url, (Wanted(NAME),)), tmp_path / "x", {}).repositories


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999", "http://a..b", "http://127.0.0.1:0"])
def test_what_is_no_url(url: str, tmp_path: Path) -> None:
    result = run("record", NAME, "--upstream", url, "--to", tmp_path / "x")
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {url}: not a URL of a Hub")


@pytest.mark.parametrize("token", ["hf_abc\ndef", "hf_abc def", "hf_\u00e4bc", "Bearer hf_abc"])
def test_what_is_no_token(token: str, tmp_path: Path) -> None:
    """It is refused before anything is asked, and never shown."""
    to = ("--to", tmp_path / "x", "--as", "reader=MINE")
    result = run("record", NAME, "--upstream", "http://127.0.0.1:9", *to, env={"MINE": token})
    assert result.exit_code == 2
    assert result.output.startswith("Error: the token of the caller reader holds a blank, a line break or another")
    assert "abc" not in result.output


def test_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("x")
    for command in (["record", NAME, "--upstream", "http://127.0.0.1:9"], ["record", "gsm8k"], ["import", "a.yaml"]):
        result = run(*command, "--to", tmp_path / "x")
        assert (result.exit_code, result.output) == (
            2,
            f"Error: {tmp_path / 'x'}: its links lead in a circle: give another folder\n",
        )


def test_what_a_refused_recording_leaves(tmp_path: Path) -> None:
    """Nothing: what must not be published is not kept beside it, and the next time all is asked for again."""
    holding = huge(NAME, {"notes.txt": StoredFile.of(f"hf_{'a' * 30}".encode(), lfs=False)})
    with Imitation([holding]) as hub:
        recipe = Recipe(hub.url, (Wanted(NAME),))
        with pytest.raises(session.Refused, match="must not be published"):
            session.record(recipe, tmp_path / "x", {})
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_the_upstream_does_not_know(tmp_path: Path) -> None:
    """A person hears of it: the recording holds what nobody is told."""
    said: list[str] = []
    with Imitation([typical()]) as hub:
        recipe = Recipe(hub.url, (Wanted(NAME),), callers={"reader": "MINE"})
        session.record(recipe, tmp_path / "x", {"MINE": "hf_" + "a" * 30}, patience=Patience(say=said.append))
        assert said == ["the upstream does not know the token of reader: the answer is the one for an unknown token"]
        said.clear()
        session.record(recipe, tmp_path / "y", {"MINE": REAL_TOKENS["reader"]}, patience=Patience(say=said.append))
    assert said == []
