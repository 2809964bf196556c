"""The stand-in's headers, key orders and computed values, beside captures of the real Hub."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
import yaml

from conformance.hub import StandInHub, cdn
from conformance.hub.answers import redirect
from conformance.hub.repository import Commit, Repository, StoredFile, fold, utc
from conformance.hub.tree import cursor
from conformance.selftest.hub.asking import Asking
from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Response
from conformance.traffic.git import pointer

SANDBOX = "OwnerOfTheGatedModel/tiny-gated-model"
SANDBOX_SHA256 = "321019a3b5ea40a247b2cd8db89a7f2dd7bbfe6aeab29c92fc5f58e098cef177"
# Of the connection, and those that single captures have or lack whatever the answer is.
NOT_OURS = {"connection", "server", "alt-svc", "x-hf-warning"}


def captured_headers(capture: Path, block: int = 0) -> list[tuple[str, str]]:
    """The header lines of one answer in a capture of several, names in lower case."""
    blocks = capture.read_text().split("HTTP/2 ")[1:]
    lines: list[tuple[str, str]] = []
    for line in blocks[block].splitlines()[1:]:
        if not line or line.startswith("#"):
            break
        name, _, value = line.partition(": ")
        lines.append((name, value))
    return lines


def names(lines: list[tuple[str, str]]) -> list[str]:
    return [name for name, _ in lines if name not in NOT_OURS]


def our_names(response: Response) -> list[str]:
    return [name.lower() for name in response.headers if name.lower() not in NOT_OURS]


@pytest.mark.parametrize(
    ("capture", "target"),
    [
        ("200-api-model-head.2026-05-23.http", "/api/models/conformance/tiny-model"),
        ("404-entry-not-found.2026-05-23.http", "/conformance/tiny-model/resolve/main/nothing.safetensors"),
        ("401-gated-anonymous.2026-06-10.http", "/datasets/conformance/gated/resolve/main/data.txt"),
    ],
)
def test_a_whole_set_of_headers_in_its_order(ask: Asking, recorded: Path, capture: str, target: str) -> None:
    """Every name of a complete capture, in the order of the wire, and no other; fixed values are the same."""
    theirs = captured_headers(recorded / "live-headers" / capture)
    ours = ask(target, method="HEAD")
    assert our_names(ours) == names(theirs)
    fixed = [name for name in names(theirs) if name.startswith(("access-control", "referrer", "cross", "vary"))]
    fixed += [name for name in names(theirs) if name in ("x-powered-by", "ratelimit-policy", "content-type", "x-cache")]
    assert {name: ours.headers[name] for name in fixed} == {k: v for k, v in theirs if k in fixed}


@pytest.mark.parametrize(
    ("capture", "target"),
    [
        ("307-resolve-cache.2026-04-29.http", "/conformance/tiny-model/resolve/main/README.md"),
        ("401-gated-anonymous.2026-04-28.http", "/datasets/conformance/gated/resolve/main/data.txt"),
        (
            "401-missing-repo-anonymous-resolve.2026-07-01.http",
            "/conformance/missing/resolve/main/config.json",
        ),
    ],
)
def test_the_first_headers_of_a_capture_that_was_cut(ask: Asking, recorded: Path, capture: str, target: str) -> None:
    """The names up to the cut, in order."""
    theirs = names(captured_headers(recorded / "live-headers" / capture))
    assert our_names(ask(target, method="HEAD"))[: len(theirs)] == theirs


@pytest.mark.parametrize(
    "capture", ["302-xet-gpt2-and-cdn-206.2026-09-23.http", "302-xet-gguf-and-cdn-200.2026-09-11.http"]
)
def test_a_redirect_to_the_cdn_has_every_selected_header(ask: Asking, recorded: Path, capture: str) -> None:
    """The captures hold a selection; all of it is there."""
    theirs = names(captured_headers(recorded / "live-headers" / capture))
    ours = our_names(ask("/conformance/tiny-model/resolve/main/model.safetensors", method="HEAD"))
    assert set(theirs) <= set(ours)


def test_the_cdn_has_exactly_the_captured_headers(ask: Asking, recorded: Path) -> None:
    """All headers of a 206, in order, and their values where they do not depend on the file."""
    theirs = captured_headers(recorded / "live-headers" / "cors-302-options-cdn-206.2026-10-02.http", block=4)
    redirected = ask("/conformance/tiny-model/resolve/main/model.safetensors")
    ours = ask.follow(redirected, sent={"Range": "bytes=1000-1999"})
    assert ours.status == 206
    assert our_names(ours) == names(theirs)
    fixed = [name for name in names(theirs) if name.startswith(("access", "vary", "content-length", "content-type"))]
    assert {name: ours.headers[name] for name in fixed} == {k: v for k, v in theirs if k in fixed}


@pytest.mark.parametrize(
    ("capture", "target"),
    [
        ("200-model-info-bert.json", "/api/models/conformance/tiny-model"),
        ("307-legacy-name-with-query.json", "/api/datasets/gsm8k"),
    ],
)
def test_names_have_the_case_of_http_1_1(ask: Asking, recorded: Path, capture: str, target: str) -> None:
    """Title case but for one; the rate limits and the CORS age came after these captures."""
    theirs = json.loads((recorded / "vcr-huggingface_hub" / capture).read_text())["response"]["headers"]
    newer = {"RateLimit", "RateLimit-Policy", "Access-Control-Max-Age"}
    assert set(ask(target).headers) - newer == set(theirs) - {"Connection"}


def recorded_bodies(recorded: Path) -> Iterator[tuple[str, str, str]]:
    """Name, body and ETag of every whole body that was captured with one."""
    for file in sorted((recorded / "vcr-huggingface_hub").glob("*.json")):
        capture = json.loads(file.read_text())
        response = capture["response"]
        if "ETag" in response["headers"] and "note" not in capture:
            yield file.name, response["body"], response["headers"]["ETag"]
    probes = json.loads((recorded / "probes-originator" / "2026-10-06-gated-sandbox.json").read_text())
    for record in probes["records"]:
        if record.get("headers", {}).get("etag", "").startswith("W/") and "body" in record:
            yield record["id"], record["body"], record["headers"]["etag"]


def test_weak_etags_reproduce(recorded: Path) -> None:
    """The formula gives the ETag of every captured body."""
    bodies = list(recorded_bodies(recorded))
    assert len(bodies) >= 10
    assert [(name, weak_etag(body.encode())) for name, body, _ in bodies] == [(name, etag) for name, _, etag in bodies]


@pytest.mark.parametrize("capture", ["307-resolve-cache.2026-04-29.http", "307-resolve-cache.2026-06-30.http"])
def test_the_length_of_a_redirect_reproduces(recorded: Path, capture: str) -> None:
    """Content-Length counts the reason and the location."""
    theirs = dict(captured_headers(recorded / "live-headers" / capture))
    assert len(redirect(307, theirs["location"]).body) == int(theirs["content-length"])


def test_the_location_of_a_cached_copy_reproduces(ask: Asking, recorded: Path) -> None:
    """The captured Location with the repository, commit and etag exchanged for ours."""
    theirs = dict(captured_headers(recorded / "live-headers" / "307-resolve-cache.2026-04-29.http"))
    ours = ask("/conformance/tiny-model/resolve/main/README.md").headers
    expected = (
        theirs["location"]
        .replace("Jackrong/Qwopus3.6-27B-v1-preview", "conformance/tiny-model")
        .replace("Jackrong%2FQwopus3.6-27B-v1-preview", "conformance%2Ftiny-model")
        .replace(theirs["x-repo-commit"], ours["x-repo-commit"])
        .replace("d846bda33340e465507546572d9d955275625944", ours["x-linked-etag"].strip('"'))
    )
    assert ours["location"] == expected


def test_a_signed_url_reproduces(recorded: Path) -> None:
    """All of a captured URL but its key and signature: the parameters and the policy, byte for byte."""
    capture = (recorded / "live-headers" / "cdn-signed-url-dataset.2026-07-11.http").read_text()
    theirs = next(line for line in capture.splitlines() if line.startswith("final-url: ")).removeprefix("final-url: ")
    origin = "https://us.aws.cdn.hf.co"
    ours = cdn.sign(
        origin,
        theirs.partition("?")[0].removeprefix(origin),
        cdn.parameters("ccd/schools_ccd_directory.parquet", "anonymous", download=False),
        expires=int(dict(parse_qsl(theirs))["Expires"]),
        only_range=None,
    )
    assert ours.partition("&Signature=")[0] == theirs.partition("&Signature=")[0]


def test_a_cursor_reproduces(recorded: Path) -> None:
    """Twice base64: the last name and the oid of the listed folder as JSON, then the limit."""
    text = (recorded.parent / "hub-wire.md").read_text()
    theirs = unquote(text.partition("limit=2&cursor=")[2].partition(">")[0])
    inner, _, limit = base64.b64decode(theirs).decode().partition(":")
    last = json.loads(base64.b64decode(inner))
    assert cursor(last["file_name"], last["tree_oid"], int(limit)) == theirs


def test_the_redirect_of_a_converted_file_has_the_captured_length(recorded: Path) -> None:
    """A 416 told the size of a redirect's body: it fits a 302 with an absolute URL, and nothing shorter."""
    theirs = (recorded / "live-headers" / "416-cloudfront.2025-07-16.http").read_text()
    url = (
        "https://huggingface.co/datasets/HuggingFaceTB/smoltalk2/resolve/refs%2Fconvert%2Fparquet"
        "/Mid/Llama_Nemotron_Post_Training_Dataset_reasoning_r1/0000.parquet"
    )
    assert f"content-range: bytes */{len(redirect(302, url).body)}\n" in theirs


def sandbox(recorded: Path) -> tuple[Mapping[str, Any], Asking]:
    """The captured gated model, built again from its values: the records by id, and a Hub that has it."""
    probes = json.loads((recorded / "probes-originator" / "2026-10-06-gated-sandbox.json").read_text())
    records = {record["id"]: record for record in probes["records"]}
    root = json.loads(records["tree-main"]["body"])
    folder = json.loads(records["tree-subdir"]["body"])
    readme = records["owner-readme"]["body"].encode()
    files = {"README.md": StoredFile.of(readme, lfs=False)}
    for item in [*root, *folder]:
        if item["type"] == "file" and item["path"] != "README.md":
            sha256 = SANDBOX_SHA256 if "lfs" in item else None
            xet_hash = hashlib.sha256(b"unknown").hexdigest() if sha256 else None
            files[item["path"]] = StoredFile(b" " * item["size"], item["oid"], sha256, xet_hash)
    files = {path: files[path] for path in sorted(files)}
    first = Commit("0" * 40, "initial commit", utc("2026-10-06T13:24:35"), {}, {"": fold({})[""]})
    head = Commit(
        "5bb9fc53add422c252f7351a8e28c438cb98ea21",
        "files",
        utc("2026-10-06T13:24:38"),
        files,
        fold(files),
        first,
    )
    repository = Repository(
        SANDBOX, {"main": head}, repo_type="model", gated="manual", object_id="6ac4f6932fb5557d4ceee81f"
    )
    return records, Asking(StandInHub([repository]))


@pytest.mark.parametrize("record", ["model-info-anon", "model-info-expand", "tree-main", "tree-subdir"])
def test_the_captured_sandbox_reproduces_byte_for_byte(recorded: Path, record: str) -> None:
    """Body, length and ETag of the information and the masked listings of a real gated model."""
    records, ask = sandbox(recorded)
    theirs = records[record]
    ours = ask(theirs["request"].removeprefix("GET "))
    assert ours.body.decode() == theirs["body"]
    assert {name: ours.headers[name] for name in theirs["headers"]} == theirs["headers"]


@pytest.mark.parametrize(
    ("record", "caller"),
    [
        ("whoami-anon", "anonymous"),
        ("whoami-bad-token", "invalid"),
        ("owner-readme", "owner"),
        ("anon-readme", "anonymous"),
        ("owner-head-gitattributes", "owner"),
        ("requester-resolve-not-granted", "reader"),
        ("requester-resolve-pending", "pending"),
        ("requester-auth-check-rejected", "rejected"),
        ("auth-check-granted", "granted"),
        ("raw-missing", "owner"),
    ],
)
def test_the_captured_access_reproduces(recorded: Path, record: str, caller: str) -> None:
    """Status and headers for callers without, with pending, with rejected and with granted access."""
    records, ask = sandbox(recorded)
    theirs = records[record]
    ours = ask(theirs["request"].rpartition(" ")[2], caller)
    assert ours.status == theirs["status"]
    captured = theirs.get("headers", {})
    assert {name: ours.headers[name] for name in captured} == captured


def test_the_captured_pointer_reproduces(recorded: Path) -> None:
    """`/raw/` of an LFS file is its pointer, whose blob name the listing shows."""
    records, ask = sandbox(recorded)
    theirs = records["raw-lfs"]
    ours = ask(theirs["request"].removeprefix("GET "), "owner").body
    assert ours.decode().startswith(theirs["body_starts"])
    assert ours == pointer(SANDBOX_SHA256, 691784)


def test_whoami_has_the_captured_keys(ask: Asking, recorded: Path) -> None:
    """In order, and those of the token too."""
    theirs = json.loads(sandbox(recorded)[0]["whoami-owner"]["body"])
    ours = ask.json("/api/whoami-v2", "owner")
    assert list(ours) == list(theirs)
    assert list(ours["auth"]["accessToken"]) == list(theirs["auth"]["accessToken"])


def test_a_dataset_has_the_captured_keys_and_tags(recorded: Path) -> None:
    """Built from the values of a captured body: its keys in order, its tags, card and siblings."""
    capture = recorded / "live-json" / "200-dataset-info-nvidia-OpenMathInstruct-2.json"
    theirs = json.loads(json.loads(capture.read_text())["response"]["body"])
    front = yaml.safe_dump(theirs["cardData"], sort_keys=False)
    readme = f"---\n{front}---\n# OpenMathInstruct-2\n\nSee https://arxiv.org/abs/2410.01560.\n"
    files = {sibling["rfilename"]: b"" for sibling in theirs["siblings"]} | {"README.md": readme.encode()}
    head = Commit.of(files, title="files", date=utc("2024-11-25T20:07:28"))
    computed = tuple(tag for tag in theirs["tags"] if tag.startswith(("format:", "modality:", "library:")))
    repository = Repository(theirs["id"], {"main": head}, computed_tags=computed, object_id=theirs["_id"])
    ours = Asking(StandInHub([repository])).json(f"/api/datasets/{theirs['id']}")
    assert list(ours) == list(theirs)
    same = (
        "_id",
        "id",
        "author",
        "lastModified",
        "private",
        "gated",
        "disabled",
        "tags",
        "cardData",
        "siblings",
    )
    assert {key: ours[key] for key in same} == {key: theirs[key] for key in same}
    assert ours["description"].startswith(theirs["description"].partition("OpenMath")[0])
    assert ours["description"].endswith(theirs["description"].partition("…")[2])


def test_a_model_has_its_keys_in_the_captured_order(ask: Asking, recorded: Path) -> None:
    """Ours are a part of the captured ones, in the same order."""
    capture = json.loads((recorded / "vcr-huggingface_hub" / "200-model-info-bert.json").read_text())
    theirs = list(json.loads(capture["response"]["body"]))
    ours = list(ask.json("/api/models/conformance/tiny-model"))
    assert ours == [key for key in theirs if key in ours]
    assert {"pipeline_tag", "library_name", "safetensors", "cardData"} <= set(ours)
