"""Cassettes of clients' traffic: HEAD alone, parts, tries that failed, callers; each replays as it was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.record.vcr_import import Imported, ImportProblem, imported
from conformance.replay.answer import Replay
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.identity import TOKENS

HUB = "https://huggingface.co"
SHA = "0c14ad74222fd13bc2b768196169ee7285f2f1c0"
FILE = f"/api/resolve-cache/models/a/b/{SHA}/config.json"
INFO = "/api/models/a/b"
WHOAMI = "/api/whoami-v2"
MINE, OTHER = (f"hf_{letter * 30}" for letter in "AB")


def took(method: str, path: str, status: int, body: bytes = b"", sent: Any = None, **told: str) -> dict[str, Any]:
    fields = {name.replace("_", "-"): [value] for name, value in told.items()}
    return {
        "request": {"method": method, "uri": HUB + path, "body": None, "headers": sent or {}},
        "response": {"status": {"code": status, "message": ""}, "headers": fields, "body": {"string": body}},
    }


def as_(token: str) -> dict[str, list[str]]:
    return {"Authorization": [f"Bearer {token}"]}


def recording(folder: Path, *interactions: dict[str, Any]) -> Imported:
    file = folder / "c.yaml"
    file.write_text(yaml.dump({"interactions": list(interactions), "version": 1}))
    return imported([file], "theirs")


def asked(of: Imported, method: str, path: str, **sent: str) -> Response:
    fields = headers((name.replace("_", "-"), value) for name, value in sent.items())
    return Replay(of.recording)(Request(method, path, headers=fields))


def test_what_was_asked_with_head_alone(tmp_path: Path) -> None:
    found = recording(tmp_path, took("HEAD", FILE, 200, ETag=f'"{SHA}"', Content_Length="665", X_Repo_Commit=SHA))
    for sent in ({}, {"Range": "bytes=0-0"}):
        answer = asked(found, "HEAD", FILE, **sent)
        assert (answer.status, answer.headers["Content-Length"], answer.source) == (200, "665", "recorded")
    assert asked(found, "GET", FILE).headers["X-Conformance"] == "unrecorded"


def test_a_part_answers_its_own_range_alone(tmp_path: Path) -> None:
    part = took("GET", FILE, 206, b"{", {"Range": ["bytes=0-0"]}, Content_Range="bytes 0-0/3")
    found = recording(tmp_path, part)
    assert asked(found, "GET", FILE, Range="bytes=0-0").body == b"{"
    assert asked(found, "GET", FILE, Range="bytes=1-1").headers["X-Conformance"] == "unrecorded"
    assert asked(found, "GET", FILE).headers["X-Conformance"] == "unrecorded"
    found = recording(tmp_path, part, took("GET", FILE, 200, b"{}\n"))
    assert (asked(found, "GET", FILE).status, asked(found, "GET", FILE).body) == (200, b"{}\n")
    assert asked(found, "GET", FILE, Range="bytes=1-1").body == b"}"


def test_unchanged_is_no_answer_without_a_condition(tmp_path: Path) -> None:
    tag = f'"{SHA}"'
    found = recording(tmp_path, took("GET", FILE, 304, b"", {"If-None-Match": [tag]}, ETag=tag))
    assert asked(found, "GET", FILE, If_None_Match=tag).status == 304
    assert asked(found, "GET", FILE).headers["X-Conformance"] == "unrecorded"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_try_that_failed_is_not_what_the_hub_has(status: int, tmp_path: Path) -> None:
    found = recording(tmp_path, took("GET", INFO, status, b"later"), took("GET", INFO, 200, b'{"id":"a/b"}'))
    assert asked(found, "GET", INFO).body == b'{"id":"a/b"}'
    assert asked(recording(tmp_path, took("GET", INFO, status, b"later")), "GET", INFO).status == status


@pytest.mark.parametrize("token", [MINE, "hf_x", "<TOKEN>", "REDACTED"])
def test_whoever_has_a_token_is_a_caller_of_the_recording(token: str, tmp_path: Path) -> None:
    found = recording(tmp_path, took("GET", INFO, 200, b'{"id":"a/b","private":true}', as_(token)))
    assert found.recording.callers == ("reader",)
    assert asked(found, "GET", INFO, Authorization=f"Bearer {TOKENS['reader']}").status == 200
    assert asked(found, "GET", INFO).headers["X-Conformance"] == "unrecorded"
    assert not any(token in value for one in found.recording.exchanges for value in one.request.headers.values())


def test_several_tokens_are_several_callers_and_an_unknown_one_is_a_strangers(tmp_path: Path) -> None:
    said = [took("GET", INFO, status, b"{}", as_(token)) for token, status in ((MINE, 200), (OTHER, 403))]
    found = recording(tmp_path, *said, took("GET", WHOAMI, 401, b"{}", as_("hf_none")))
    assert found.recording.callers == ("owner", "reader")
    answers = {name: asked(found, "GET", INFO, Authorization=f"Bearer {TOKENS[name]}") for name in ("reader", "owner")}
    assert {name: answer.status for name, answer in answers.items()} == {"reader": 200, "owner": 403}
    assert asked(found, "GET", WHOAMI, Authorization="Bearer hf_other").status == 401


def test_more_tokens_than_callers(tmp_path: Path) -> None:
    said = [took("GET", INFO, 200, b"{}", as_(f"hf_{number}")) for number in range(6)]
    with pytest.raises(ImportProblem, match="hold 6 tokens, and a recording knows 5 callers"):
        recording(tmp_path, *said)


@pytest.mark.parametrize("path", ["/api/repos/create", "/api/spaces/a/b/runtime", "/api/models/a/b/preupload/main"])
def test_a_hub_is_known_by_its_name_too(path: str, tmp_path: Path) -> None:
    found = recording(tmp_path, took("POST", path, 409, b'{"error":"exists"}', X_Powered_By="huggingface-moon"))
    assert asked(found, "POST", path).body == b'{"error":"exists"}'


def test_counters_are_evidence(tmp_path: Path) -> None:
    said = json.dumps({"id": "a/b", "downloads": 7, "likes": 0}, separators=(",", ":")).encode()
    assert asked(recording(tmp_path, took("GET", INFO, 200, said)), "GET", INFO).body == said


def test_a_token_of_the_cassette_in_a_file_is_refused(tmp_path: Path) -> None:
    token = "my.mirror.token." + "Zq7" * 5
    file = took("GET", FILE, 200, f"password = {token}".encode(), as_(token), Content_Type="text/plain")
    recording(tmp_path, file)
    said = CliRunner().invoke(main, ["import", str(tmp_path / "c.yaml"), "--to", str(tmp_path / "out")])
    assert (said.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert "holds a token of the recorder's own" in said.output
    assert token not in said.output


@pytest.mark.parametrize("words", [["run", "--port", "reference", "--recording"], ["recording", "--sharp"]])
def test_no_check_is_measured_on_what_one_client_asked_for(words: list[str], tmp_path: Path) -> None:
    """The reference client failed there, for what the cassettes did not hold, and the suite itself broke."""
    recording(tmp_path, took("GET", INFO, 200, b'{"id":"a/b"}'))
    CliRunner().invoke(main, ["import", str(tmp_path / "c.yaml"), "--to", str(tmp_path / "out")])
    said = CliRunner().invoke(main, [*words, str(tmp_path / "out")])
    assert (said.exit_code, "was imported: it holds only the requests of one client" in said.output) == (2, True)
    told = CliRunner().invoke(main, ["recording", str(tmp_path / "out")]).output
    assert told.startswith(f"imported from cassettes of {HUB} (unknown)\n")


@pytest.mark.parametrize(
    "change",
    [
        {"headers": as_(f"{MINE}\r\nX: y")},
        {"uri": f"ftp://jane:{MINE}@huggingface.co/api/models/a/b"},
        {"uri": f"mailto:{MINE}"},
    ],
    ids=["header", "login", "URL"],
)
def test_what_cannot_be_imported_is_told_without_a_secret(change: dict[str, Any], tmp_path: Path) -> None:
    one = took("GET", INFO, 200, b"{}")
    (tmp_path / "c.yaml").write_text(yaml.dump({"interactions": [{**one, "request": {**one["request"], **change}}]}))
    said = CliRunner().invoke(main, ["import", str(tmp_path / "c.yaml"), "--to", str(tmp_path / "out")])
    assert (said.exit_code, said.output.count("\n"), MINE in said.output) == (2, 1, False)
