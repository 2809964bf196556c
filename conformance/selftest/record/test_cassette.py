"""Cassettes are vcrpy's own files; what is saved is what is loaded, and damage is named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.data import cassettes_dir
from conformance.traffic.cassette import LARGEST_INLINE, load, save
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.manifest import CassetteError
from conformance.traffic.recording import COMMON, RecordedRepository, Recording

BIG = b"\x00\xff" * LARGEST_INLINE
HUB = "https://hub.test"


def exchange(target: str, body: bytes, *, origin: str = "hub", **fields: str) -> Exchange:
    sent = {name.replace("_", "-"): value for name, value in fields.items()}
    request = Request("GET", target, headers=headers({"Authorization": "Bearer <reader>"}))
    request = replace(request, origin="cdn" if origin == "cdn" else "hub")
    answered = Response(200, headers({"Content-Length": str(len(body)), **sent}), body, source="recorded")
    return Exchange(request, answered)


def small_recording() -> Recording:
    return Recording(
        area="small",
        suite="0",
        upstream="stand-in",
        recorded="Sun, 01 Nov 2026 00:00:00 GMT",
        synthetic=True,
        origins={"hub": HUB, "cdn": "https://cdn.test"},
        repositories=(RecordedRepository("a/b", "dataset", "listing", "old/b"),),
        cassettes={
            COMMON: (exchange("/api/text?a=&b=1", "naïve 🙂\r\n\t".encode(), ETag='"1"'),),
            "a--b": (exchange("/binary", b"\xff\x00"), exchange("/big?x=%2F", BIG, origin="cdn")),
        },
    )


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save(small_recording(), tmp_path / "small")
    return tmp_path / "small"


def test_what_is_saved_is_loaded(saved: Path) -> None:
    """Every field of the recording and every byte of its exchanges comes back."""
    before, after = small_recording(), load(saved)
    assert dict(after.cassettes) == dict(before.cassettes)
    assert vars(after) | {"cassettes": None} == vars(before) | {"cassettes": None}


def test_a_recording_is_loaded_once(saved: Path) -> None:
    """A process that asks twice gets the same recording."""
    assert load(saved) is load(saved)


def test_big_bodies_are_blobs(saved: Path) -> None:
    """A body above the limit is a file named by its sha256; the YAML names it and stays small."""
    (blob,) = (saved / "blobs").iterdir()
    assert blob.read_bytes() == BIG
    assert blob.name in (saved / "a--b.yaml").read_text()
    assert (saved / "a--b.yaml").stat().st_size < 2000


def test_plain_vcr_plays_a_cassette(saved: Path) -> None:
    """vcrpy, told nothing of us, answers a request from the file."""
    recorder = vcr.VCR(record_mode=vcr.mode.NONE)
    with recorder.use_cassette(str(saved / f"{COMMON}.yaml")):
        answer = requests.get(f"{HUB}/api/text?a=&b=1")
    assert (answer.status_code, answer.text, answer.headers["ETag"]) == (200, "naïve 🙂\r\n\t", '"1"')


@pytest.mark.parametrize("file", sorted(cassettes_dir().glob("*/*.yaml")), ids=lambda path: path.stem)
def test_plain_vcr_loads_the_committed_cassettes(file: Path) -> None:
    """Every committed YAML file is a cassette to vcrpy."""
    with vcr.VCR(record_mode=vcr.mode.NONE).use_cassette(str(file)) as cassette:
        assert len(cassette) > 0


def damage_manifest(folder: Path) -> str:
    (folder / "manifest.json").write_text("{")
    return "manifest.json: not JSON"


def damage_format(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    return "manifest.json: format 99, this version reads 1 and 2"


def damage_entry(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["origins"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return "'origins' is a required property"


def damage_blob(folder: Path) -> str:
    (blob,) = (folder / "blobs").iterdir()
    blob.write_bytes(b"other")
    return f"{blob.name}: its sha256 is not the one in the manifest"


def damage_yaml(folder: Path) -> str:
    (folder / "a--b.yaml").unlink()
    return "a--b.yaml: the manifest names it, but it does not exist"


@pytest.mark.parametrize("damage", [damage_manifest, damage_format, damage_entry, damage_blob, damage_yaml])
def test_damage_is_named_with_its_cure(saved: Path, damage: object) -> None:
    """The error names the file, what is wrong with it, and what to do."""
    assert callable(damage)
    problem = damage(saved)
    with pytest.raises(CassetteError) as caught:
        [exchange.response for exchange in load(saved).exchanges]
    assert problem in str(caught.value)
    assert "record its area again" in str(caught.value)


def test_a_missing_area_is_named(tmp_path: Path) -> None:
    """The error says what areas there are, and how to record one."""
    save(small_recording(), tmp_path / "small")
    with pytest.raises(CassetteError, match=r"areas beside it: small.*hub-conformance record OWNER/NAME --to .*other"):
        load(tmp_path / "other")
    with pytest.raises(CassetteError, match=r"areas beside it: .*gsm8k.*hub-conformance record nothing"):
        load("nothing")


def test_nothing_half_written(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save that fails on the way leaves the old files as they were, and no rubbish beside them."""
    before = {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("conformance.traffic.cassette._manifest_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save(small_recording(), saved)
    assert {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()} == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_save_replaces_what_was_there(saved: Path) -> None:
    """Files of an earlier recording do not stay behind."""
    recording = small_recording()
    save(replace(recording, cassettes={COMMON: recording.cassettes[COMMON]}), saved)
    names = sorted(path.name for path in saved.rglob("*") if path.is_file())
    assert names == ["common.yaml", "manifest.json"]


def change(saved: Path, **values: Any) -> None:
    manifest = saved / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text("utf-8")), **values}), "utf-8")


@pytest.mark.parametrize(
    "name", ["../other.yaml", "/etc/passwd", "blobs/../../../x", "blobs/abc", "a/b.yaml", ".x.yaml"]
)
def test_a_manifest_names_files_of_its_folder(saved: Path, name: str) -> None:
    """Whatever else it names is not read, though its digest is right."""
    (saved.parent / "other.yaml").write_bytes(b"x")
    change(saved, files={name: hashlib.sha256(b"x").hexdigest()})
    with pytest.raises(CassetteError, match=r"manifest\.json"):
        dict(load(saved).cassettes)


def test_a_cassette_names_blobs_alone(saved: Path) -> None:
    file = saved / "a--b.yaml"
    text = file.read_text("utf-8")
    digest = next(line.split()[1] for line in text.splitlines() if line.strip().startswith("blob:"))
    file.write_text(text.replace(f"blob: {digest}", "blob: ../../other"), "utf-8")
    files = json.loads((saved / "manifest.json").read_text("utf-8"))["files"]
    change(saved, files={**files, "a--b.yaml": hashlib.sha256(file.read_bytes()).hexdigest()})
    with pytest.raises(CassetteError, match=r"does not name 'blobs/\.\./\.\./other'"):
        load(saved).cassettes["a--b"]


def test_a_link_to_another_place(saved: Path) -> None:
    """A recording holds its files itself."""
    (blob,) = (saved / "blobs").iterdir()
    blob.rename(saved.parent / "elsewhere")
    blob.symlink_to(saved.parent / "elsewhere")
    with pytest.raises(CassetteError, match="a link to another place"):
        load(saved).cassettes["a--b"]


@pytest.mark.parametrize(
    "values",
    [
        {"files": None},
        {"files": []},
        {"files": {"a.yaml": 5}},
        {"origins": []},
        {"origins": {}},
        {"origins": {"hub": 1}},
        {"repositories": {}},
        {"repositories": [5]},
        {"synthetic": "no"},
        {"format": [[1]] * 99},
        {"area": None},
    ],
)
def test_a_manifest_of_another_form(saved: Path, values: dict[str, Any]) -> None:
    change(saved, **values)
    with pytest.raises(CassetteError) as raised:
        load(saved)
    assert len(str(raised.value)) < 500 + len(str(saved))


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"interactions: 5",
        b"- 1",
        b"interactions: [{request: 1, response: 2}]",
        b"x: &a [1]\ninteractions:\n- request: {method: GET, uri: *a, headers: {}, body: ''}\n"
        b"  response: {status: {code: 200, message: OK}, headers: {}, body: {string: ''}}\n",
        b"[" * 3000,
    ],
)
def test_a_damaged_cassette(saved: Path, content: bytes) -> None:
    (saved / "a--b.yaml").write_bytes(content)
    files = json.loads((saved / "manifest.json").read_text("utf-8"))["files"]
    change(saved, files={**files, "a--b.yaml": hashlib.sha256(content).hexdigest()})
    with pytest.raises(CassetteError, match=r"a--b\.yaml: not a cassette"):
        load(saved).cassettes["a--b"]


def test_a_folder_in_place_of_a_blob(saved: Path) -> None:
    (blob,) = (saved / "blobs").iterdir()
    blob.unlink()
    blob.mkdir()
    with pytest.raises(CassetteError, match="cannot be read"):
        load(saved).cassettes["a--b"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("code: 200", "code: two"),
        ("code: 200", "code: null"),
        ("code: 200", "code: true"),
        ("code: 200", "code: 1000"),
        ("method: GET", 'method: "GET\\r\\nX: y"'),
        ("ETag:", '"E\\nTag":'),
        ("- '\"1\"'", '- "a\\r\\nSet-Cookie: x=y"'),
    ],
)
def test_an_exchange_that_http_cannot_have(saved: Path, old: str, new: str) -> None:
    """A cassette that was edited by hand is named, and nothing of it is sent."""
    path = saved / "common.yaml"
    assert old in path.read_text("utf-8")
    content = path.read_text("utf-8").replace(old, new).encode()
    path.write_bytes(content)
    change(saved, files={**files_in(saved), path.name: hashlib.sha256(content).hexdigest()})
    with pytest.raises(CassetteError, match=rf"{path.name}: not a cassette \(ValueError: a (status|method|header)"):
        list(load(saved).exchanges)


def files_in(saved: Path) -> dict[str, str]:
    files: dict[str, str] = json.loads((saved / "manifest.json").read_bytes())["files"]
    return files


@pytest.mark.parametrize("name", ["manifest.json", "yaml", "blob"])
def test_a_pipe_in_place_of_a_file(saved: Path, name: str) -> None:
    """It is not read: it may have no end."""
    found = {"manifest.json": "manifest.json", "yaml": "*.yaml", "blob": "blobs/*"}[name]
    path = sorted(saved.glob(found))[0]
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CassetteError, match="cannot be read"):
        [one.response for one in load(saved).exchanges]


def test_a_replay_of_a_damaged_recording_is_refused(tmp_path: Path) -> None:
    """Before the program starts; and where a body is found to be damaged later on, when it has ended."""
    held = exchange("/api/big", BIG)
    anonymous = Exchange(Request("GET", "/api/big"), held.response)
    save(replace(small_recording(), cassettes={COMMON: (anonymous,)}), tmp_path / "x")
    words = ["replay", str(tmp_path / "x"), "--quiet", "--", sys.executable, "-c"]
    asks = "import os, urllib.request as u; u.urlopen(os.environ['HF_ENDPOINT'] + '/api/big')"
    next((tmp_path / "x" / "blobs").iterdir()).write_bytes(b"x")
    result = CliRunner().invoke(main, [*words, asks])
    assert (result.exit_code, "its sha256 is not the one in the manifest" in result.output) == (2, True)
    shutil.move(tmp_path / "x", tmp_path / "y")
    (tmp_path / "y" / "common.yaml").write_bytes(b"")
    result = CliRunner().invoke(main, ["replay", str(tmp_path / "y"), "--", sys.executable, "-c", "print('started')"])
    assert (result.exit_code, "started" in result.output) == (2, False)
