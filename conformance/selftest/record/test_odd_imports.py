"""Cassettes of others: packed bodies, URLs that people write, secrets in what was sent, and what is no cassette."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.record import vcr_import
from conformance.traffic.cassette import load

INFO = json.dumps({"id": "a/b", "sha": "0" * 40}, separators=(",", ":")).encode()
URL = "https://huggingface.co/api/datasets/a/b"
TOKEN = f"hf_{'Zq7Kp2Xw9L' * 3}"


def exchange(uri: str = URL, body: Any = INFO, encoding: str = "", sent: Any = None, **more: Any) -> dict[str, Any]:
    told = {"Content-Type": ["application/json"], **({"Content-Encoding": [encoding]} if encoding else {})}
    request = {"method": "POST" if sent else "GET", "uri": uri, "body": sent, "headers": {}}
    status = {"code": more.get("status", 200), "message": "OK"}
    return {"request": request, "response": {"status": status, "headers": told, "body": {"string": body}}}


def imported(folder: Path, *interactions: dict[str, Any]) -> Result:
    (folder / "c.yaml").write_text(yaml.dump({"interactions": list(interactions), "version": 1}))
    return CliRunner().invoke(main, ["import", str(folder / "c.yaml"), "--to", str(folder / "out")])


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(INFO), "gzip"),
        (gzip.compress(INFO), "GZIP"),
        (gzip.compress(gzip.compress(INFO)), "gzip, gzip"),
        (zlib.compress(INFO), "deflate"),
        (zlib.compress(INFO)[2:-4], "deflate"),
        (INFO, "gzip"),
        (INFO, "br"),
    ],
    ids=["gzip", "capitals", "twice", "deflate", "deflate without a head", "not packed", "not packed any more"],
)
def test_a_body_is_unpacked(body: bytes, encoding: str, tmp_path: Path) -> None:
    assert imported(tmp_path, exchange(body=body, encoding=encoding)).exit_code == 0
    (kept,) = load(tmp_path / "out").exchanges
    assert kept.response.body == INFO


@pytest.mark.parametrize(
    ("interaction", "said"),
    [
        (exchange(body=gzip.compress(INFO)[:-9], encoding="gzip"), "a packed body was cut off"),
        (exchange(body=b"\x0b\x02\x80\xff", encoding="br"), "a body is packed with br"),
        (exchange("https://[bad/api/datasets/a/b"), "Invalid IPv6 URL"),
        (exchange("https://huggingface.co:99999/api/datasets/a/b"), "Port out of range"),
        (exchange(status=9999), "a status of 9999"),
        (exchange(status=100), "a status of 100"),
    ],
    ids=["cut off", "br", "no address", "no port", "9999", "100"],
)
def test_what_cannot_be_imported(interaction: dict[str, Any], said: str, tmp_path: Path) -> None:
    result = imported(tmp_path, interaction)
    assert (result.exit_code, said in result.output, len(result.output.splitlines())) == (2, True, 1), result.output
    assert not (tmp_path / "out").exists()


def test_a_body_that_is_packed_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes can be packed of gigabytes: only so many are unpacked."""
    monkeypatch.setattr(vcr_import, "_LARGEST", 1 << 20)
    result = imported(tmp_path, exchange(body=gzip.compress(bytes(2 << 20)), encoding="gzip"))
    assert (result.exit_code, "has more than 1 MB" in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    "uri",
    [
        URL.replace("://", "://jane:s3cr3t@"),
        URL.replace("https://huggingface.co", "HTTPS://HuggingFace.co:443"),
        f"{URL}#readme",
    ],
)
def test_urls_are_plain(uri: str, tmp_path: Path) -> None:
    """A login is no part of what is kept, and one Hub is one, however it is spelled."""
    result = imported(tmp_path, exchange(f"{URL}/refs"), exchange(uri))
    assert (result.exit_code, result.output) == (0, f"{tmp_path}/out: 2 exchanges with https://huggingface.co\n")
    found = load(tmp_path / "out")
    assert [one.request.target for one in found.exchanges if one.request.target.endswith("b")] == ["/api/datasets/a/b"]
    assert not [path for path in (tmp_path / "out").rglob("*.*") if b"s3cr3t" in path.read_bytes()]


@pytest.mark.parametrize("name", ["../..", "a/b%2Fc%00", "\u00e9/\u00fc", "a/b?x=%23"])
def test_a_name_that_is_none_names_no_file(name: str, tmp_path: Path) -> None:
    assert imported(tmp_path, exchange(f"https://huggingface.co/api/datasets/{name}")).exit_code == 0
    assert CliRunner().invoke(main, ["recording", str(tmp_path / "out")]).exit_code == 0


@pytest.mark.parametrize(
    "sent",
    [f"token={TOKEN}", f"paths=a&password={TOKEN[5:]}", json.dumps({"a": TOKEN, "client_secret": TOKEN[5:]}).encode()],
)
def test_secrets_in_what_was_sent(sent: Any, tmp_path: Path) -> None:
    assert imported(tmp_path, exchange(f"{URL}/paths-info/main", sent=sent)).exit_code == 0
    held = b"".join(path.read_bytes() for path in (tmp_path / "out").glob("*.*"))
    assert TOKEN[5:].encode() not in held


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff\xfe" + TOKEN[5:].encode(),
        f'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n{TOKEN[5:]}\r\n--x--\r\n',
        f'{{"key":"header"}}\n{{"key":"file","value":{{"content":"{TOKEN[5:]}"}}}}\n',
    ],
    ids=["bytes", "multipart", "lines of JSON"],
)
def test_an_upload_is_left_out(sent: Any, tmp_path: Path) -> None:
    """What was sent is kept where it is a form or JSON; an upload has somebody's files, and no replay needs it."""
    uploaded = exchange(f"{URL}/commit/main", "{}", sent=sent)
    assert imported(tmp_path, exchange(), uploaded).exit_code == 0
    held = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert TOKEN[5:].encode() not in held
    assert len(list(load(tmp_path / "out").exchanges)) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"request": {"method": "GET\r\nX: y", "uri": URL}},
        {"request": {"method": None, "uri": URL}},
        {"request": {"method": "GET", "uri": "/api/datasets/a/b"}},
        {"response": {"status_code": 200, "headers": {"ETag": ["a\r\nSet-Cookie: x=y"]}, "content": "{}"}},
        {"response": {"status_code": 200, "headers": {"E\nTag": ["x"]}, "content": "{}"}},
        {"response": {"status_code": 200, "headers": {}, "content": ["{}"]}},
    ],
    ids=str,
)
def test_what_http_cannot_have_is_not_imported(change: dict[str, Any], tmp_path: Path) -> None:
    """A recording of it could not be read again."""
    result = imported(tmp_path, {**exchange(), **change})
    assert (result.exit_code, "not a cassette of vcrpy" in result.output) == (2, True), result.output
    assert not (tmp_path / "out").exists()
