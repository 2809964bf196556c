"""Drift, mirrors, and what a recording says of itself; vcrpy's cassettes, out and in."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
import yaml
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.data import cassettes_dir
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.replay import Replay
from conformance.selftest.imitation import Imitation, Manners, grown
from conformance.selftest.imitation.repositories import with_another_commit
from conformance.traffic.body import with_body
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Request, Response

DATA = "data/train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def hub() -> Iterator[Imitation]:
    with Imitation([grown()]) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(hub: Imitation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("recordings") / "grown"
    session.record(Recipe(hub.url, (Wanted("my-org/grown"),)), target, {}, patience=Patience(lambda _: None))
    return target


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_no_drift(hub: Imitation, folder: Path) -> None:
    """Two requests a repository, and 0."""
    hub.asked.clear()
    result = run("drift", folder)
    assert (result.exit_code, result.output) == (0, "the same as recorded (2 requests)\n")
    assert len(hub.asked) == 2


def test_a_commit_more(folder: Path) -> None:
    """What moved, what changed, and who would notice; 1."""
    with Imitation([with_another_commit(grown())]) as later:
        result = run("drift", folder, "--upstream", later.url)
    assert result.exit_code == 1, result.output
    assert ": 1 commit\n" in result.output
    assert "README.md changed" in result.output
    assert "parquet" not in result.output
    assert "download/" in result.output


def test_a_repository_that_was_closed(folder: Path) -> None:
    with Imitation([grown(private=True)]) as later:
        result = run("drift", folder, "--upstream", later.url)
    assert (result.exit_code, "answered with 401 now" in result.output) == (1, True)


def test_a_hub_that_cannot_be_asked(folder: Path) -> None:
    result = run("drift", folder, "--upstream", "http://127.0.0.1:9")
    assert (result.exit_code, "does not answer" in result.output) == (2, True)


def mirrored(folder: Path, plant: Callable[[Request, Response], Response] | None) -> Result:
    with Imitation([grown()], Manners(plant=plant)) as mirror:
        return run("mirror", mirror.url, "--of", folder)


def test_a_good_mirror(folder: Path) -> None:
    """Another address, other hosts for contents, other counters: no difference that a client would notice."""
    result = mirrored(folder, None)
    assert result.exit_code == 0, result.output
    assert "no difference that a client would notice" in result.output


def shorter(request: Request, response: Response) -> Response:
    """A mirror whose listings lack a folder."""
    if "/tree/" not in request.path or response.status != 200:
        return response
    items = [item for item in json.loads(response.body) if not item["path"].startswith("data")]
    return with_body(response, json.dumps(items, separators=(",", ":")).encode())


def without_codes(_: Request, response: Response) -> Response:
    return response.with_headers({"X-Error-Code": None})


def always_here(_: Request, response: Response) -> Response:
    return response if response.status != 404 else replace(response, status=200)


def without_commits(_: Request, response: Response) -> Response:
    return response.with_headers({"X-Repo-Commit": None})


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (shorter, f"json: {DATA}"),
        (shorter, "a snapshot through this mirror lacks 2 files"),
        (without_codes, "resolve: error"),
        (always_here, "status"),
        (without_commits, "resolve: commit"),
    ],
)
def test_how_a_mirror_differs(plant: Any, said: str, folder: Path) -> None:
    """In what a client would notice, the most frequent first; 1."""
    result = mirrored(folder, plant)
    assert (result.exit_code, said in result.output) == (1, True), result.output


def test_what_a_recording_holds(folder: Path) -> None:
    result = run("recording", folder)
    assert result.exit_code == 0, result.output
    for said in ("stand-in", "callers: anonymous", "15 commits, whole: ", "refs/pr/1", "left out: my-org/grown"):
        assert said in result.output


def test_a_recording_that_must_not_be_published(folder: Path, tmp_path: Path) -> None:
    """Somebody has edited it: the place is named, and 1."""
    target = tmp_path / "x"
    shutil.copytree(folder, target)
    cassette, manifest = target / "my-org--grown.yaml", target / "manifest.json"
    cassette.write_text(cassette.read_text("utf-8").replace("license: mit", f"license: ghp_{'a1B2' * 9}"), "utf-8")
    said = json.loads(manifest.read_text("utf-8"))
    said["files"][cassette.name] = hashlib.sha256(cassette.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(said), "utf-8")
    result = run("recording", target)
    assert result.exit_code == 1, result.output
    assert "must not be published: my-org--grown.yaml: GET" in result.output
    assert "holds a token of GitHub" in result.output


def test_plain_vcr_plays_an_export(folder: Path, tmp_path: Path) -> None:
    """The whole conversation about a file, HEAD first, with the right bytes."""
    file = tmp_path / "out" / "plain.yaml"
    result = run("recording", folder, "--vcr", file)
    assert result.exit_code == 0, result.output
    recording = load(folder)
    truth = Replay(recording)
    sha = next(
        str(path.split("/")[5]) for path in targets(folder) if "/resolve/" in path and path.endswith("README.md")
    )
    url = f"{recording.origins['hub']}/datasets/my-org/grown/resolve/{sha}/"
    with vcr.VCR(record_mode=vcr.mode.NONE).use_cassette(str(file), allow_playback_repeats=True):
        assert requests.head(url + "README.md").status_code == 307
        readme = requests.get(url + "README.md").content
        info = requests.get(f"{recording.origins['hub']}/api/datasets/my-org/grown").json()
    location = truth(Request("GET", url.removeprefix(recording.origins["hub"]) + "README.md")).headers["Location"]
    assert readme == truth(Request("GET", location)).body
    assert readme.startswith(b"---\nlicense: mit")
    assert info["id"] == "my-org/grown"


def targets(folder: Path) -> list[str]:
    return [exchange.request.target for exchange in load(folder).exchanges]


@pytest.mark.parametrize("file", ["my-org--grown.yaml", "common.yaml"])
def test_plain_vcr_loads_a_cassette_of_format_2(file: str, folder: Path) -> None:
    with vcr.VCR(record_mode=vcr.mode.NONE).use_cassette(str(folder / file)) as cassette:
        assert len(cassette) > 0


INFO = b'{"_id":"621ffdd236468d709f181d58","id":"a/b","sha":"%s","private":false,"gated":false}' % (b"1" * 40)


def interaction(response: dict[str, Any], uri: str = "https://huggingface.co/api/datasets/a/b") -> dict[str, Any]:
    sent = {"Authorization": [f"Bearer hf_{'x' * 34}"], "Cookie": ["token=secret"], "User-Agent": ["python"]}
    return {"request": {"method": "GET", "uri": uri, "body": None, "headers": sent}, "response": response}


FORMS = {
    "today": {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json; charset=utf-8"], "Set-Cookie": ["token=secret"]},
        "body": {"string": INFO.decode()},
    },
    "packed": {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"], "Content-Encoding": ["gzip"], "Content-Length": ["9"]},
        "body": {"string": gzip.compress(INFO)},
    },
    "unpacked, with the header left": {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"], "Content-Encoding": ["gzip"]},
        "body": {"string": INFO},
    },
    "httpx of old": {
        "status_code": 200,
        "http_version": "HTTP/1.1",
        "headers": [["Content-Type", "application/json"]],
        "content": INFO.decode(),
    },
    "httpx with texts": {
        "status_code": 200,
        "headers": {"content-type": "application/json"},
        "content": INFO.decode(),
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_cassettes_of_every_form_are_imported(form: str, tmp_path: Path) -> None:
    """Bodies unpacked, tokens and cookies gone, other hosts left out; and it is replayed."""
    file, target = tmp_path / "theirs.yaml", tmp_path / "in"
    elsewhere = interaction(FORMS["today"], "https://telemetry.example/x")
    file.write_text(yaml.safe_dump({"version": 1, "interactions": [interaction(FORMS[form]), elsewhere]}))
    result = run("import", file, "--to", target)
    assert result.exit_code == 0, result.output
    assert "left out: 1 exchanges with telemetry.example" in result.output
    held = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    assert b"secret" not in held
    assert b"hf_x" not in held
    (exchange,) = load(target).exchanges
    assert json.loads(exchange.response.body)["id"] == "a/b"
    assert exchange.response.headers["Content-Length"] == str(len(exchange.response.body))
    assert load(target).provenance == "unknown"


def test_an_export_is_imported(folder: Path, tmp_path: Path) -> None:
    """What goes out comes back in: every GET, with its bytes."""
    run("recording", folder, "--vcr", tmp_path / "x.yaml")
    result = run("import", tmp_path / "x.yaml", "--to", tmp_path / "in")
    assert result.exit_code == 0, result.output
    ours = {one.request.target: one.response.body for one in load(folder).exchanges if one.request.origin == "hub"}
    back = [one for one in load(tmp_path / "in").exchanges if one.request.method == "GET"]
    theirs = {one.request.target: one.response.body for one in back}
    assert {target: theirs.get(target) for target in ours if "/resolve-cache/" in target} == {
        target: body for target, body in ours.items() if "/resolve-cache/" in target
    }


@pytest.mark.parametrize(
    "content", [b"", b"- 1", b"interactions: 5", b"interactions: [{request: 1, response: 2}]", b"\xff"]
)
def test_what_is_no_cassette(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    result = run("import", tmp_path / "x.yaml", "--to", tmp_path / "in")
    assert (result.exit_code, "not a cassette of vcrpy" in result.output) == (2, True), result.output
    assert not (tmp_path / "in").exists()


def test_a_bundled_recording_says_what_it_holds() -> None:
    result = run("recording", cassettes_dir() / "gsm8k")
    assert result.exit_code == 0, result.output
    assert "dataset openai/gsm8k, formerly gsm8k" in result.output
