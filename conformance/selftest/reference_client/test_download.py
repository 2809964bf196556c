"""Downloading: what arrives, what it costs, and what stays on disk when things go wrong."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.traffic.exchange import Delivery, Request, Response
from reference_client import _CACHED_NO_EXIST, errors, try_to_load_from_cache

CARD = "README.md"


def blobs(cache: Path) -> list[str]:
    """Everything in every repository's `blobs` folder, half-finished or not."""
    return sorted(path.name for path in cache.glob("*/blobs/*"))


@pytest.mark.parametrize("repo_id", [GSM8K, "conformance/awkward-names", "conformance/old-form"])
def test_every_file_arrives_whatever_its_name(hub: Hub, tmp_path: Path, repo_id: str) -> None:
    """The bytes are right, the blob has the etag's name, and the snapshot links to it relatively."""
    head = hub.commits(repo_id)[0]
    for name, file in hub.files(repo_id).items():
        path = Path(hub.api().hf_hub_download(repo_id, name, repo_type="dataset", cache_dir=tmp_path))

        repository = tmp_path / f"datasets--{repo_id.replace('/', '--')}"
        assert path == repository / "snapshots" / head / name
        assert path.read_bytes() == file.data
        blob = repository / "blobs" / (file.sha256 or file.oid)
        assert str(path.readlink()) == os.path.relpath(blob, path.parent)
    assert (repository / "refs" / "main").read_bytes() == head.encode()
    assert len(blobs(tmp_path)) == len({file.oid for file in hub.files(repo_id).values()})


def test_a_warm_branch_costs_a_head_and_a_commit_nothing(hub: Hub, tmp_path: Path) -> None:
    """What is in the cache isn't fetched again; a commit isn't even asked about."""
    for name in (CARD, TRAIN):
        cold = hub.api().hf_hub_download(GSM8K, name, repo_type="dataset", cache_dir=tmp_path)
        hub.requests()

        warm = hub.api().hf_hub_download(GSM8K, name, repo_type="dataset", cache_dir=tmp_path)
        asked = [(entry.method, entry.request.headers["accept-encoding"]) for entry in hub.requests()]
        assert set(asked) == {("HEAD", "identity")}
        commit = hub.commits(GSM8K)[0]
        pinned = hub.api().hf_hub_download(GSM8K, name, repo_type="dataset", revision=commit, cache_dir=tmp_path)
        assert hub.requests() == []
        assert cold == warm == pinned


def test_a_moved_branch_is_seen_and_a_known_blob_only_linked(hub: Hub, tmp_path: Path) -> None:
    """The ref follows the branch; a file that both commits share is not fetched again."""
    new, old = hub.commits(GSM8K)[:2]
    hub.move(GSM8K, old)
    before = hub.api().hf_hub_download(GSM8K, ".gitattributes", repo_type="dataset", cache_dir=tmp_path)
    hub.move(GSM8K, new)
    hub.requests()

    after = hub.api().hf_hub_download(GSM8K, ".gitattributes", repo_type="dataset", cache_dir=tmp_path)

    assert {entry.method for entry in hub.requests()} == {"HEAD"}
    assert (before, after) == (after.replace(new, old), before.replace(old, new))
    assert Path(after).resolve() == Path(before).resolve()
    assert (tmp_path / "datasets--openai--gsm8k" / "refs" / "main").read_text() == new


def test_a_cut_body_is_resumed_where_it_broke_off(hub: Hub, tmp_path: Path, waits: list[float]) -> None:
    """Each further request asks for the rest, and progress needs no waiting."""
    size = hub.files(GSM8K)[TRAIN].size

    def cut(request: Request, response: Response) -> Response:
        if request.origin != "cdn":
            return response
        offset = int(request.headers.get("range", "bytes=0-")[len("bytes=") : -1])
        stop = {0: 1000, 1000: size - 1100}.get(offset)
        return replace(response, delivery=Delivery(stop_after=stop))

    hub.meddle = cut
    path = hub.api().hf_hub_download(GSM8K, TRAIN, repo_type="dataset", cache_dir=tmp_path)

    assert Path(path).read_bytes() == hub.files(GSM8K)[TRAIN].data
    ranges = [entry.request.headers.get("range") for entry in hub.requests() if entry.origin == "cdn"]
    assert ranges == [None, "bytes=1000-", f"bytes={size - 100}-"]
    assert waits == []


def test_a_server_that_ignores_ranges_is_read_from_the_start(hub: Hub, tmp_path: Path) -> None:
    """A 200 to a range replaces what was there; it isn't appended."""
    data = hub.files(GSM8K)[TRAIN].data
    answers = iter([Delivery(stop_after=1000), Delivery()])

    def whole(request: Request, response: Response) -> Response:
        return Response(200, body=data, delivery=next(answers)) if request.origin == "cdn" else response

    hub.meddle = whole
    path = hub.api().hf_hub_download(GSM8K, TRAIN, repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == data


def test_a_body_that_never_gets_further_is_given_up(hub: Hub, tmp_path: Path, waits: list[float]) -> None:
    """The attempts are bounded, the waits grow, and nothing is left behind."""
    data = hub.files(GSM8K)[TRAIN].data

    def stuck(request: Request, response: Response) -> Response:
        cut = Response(200, body=data, delivery=Delivery(stop_after=1000))
        return cut if request.origin == "cdn" else response

    hub.meddle = stuck
    with pytest.raises(OSError, match="Consistency check failed: got 1000 of"):
        hub.api().hf_hub_download(GSM8K, TRAIN, repo_type="dataset", cache_dir=tmp_path)

    assert waits == [1, 2, 4, 8, 8]
    assert blobs(tmp_path) == []
    assert try_to_load_from_cache(GSM8K, TRAIN, tmp_path, repo_type="dataset") is None


@pytest.mark.parametrize("name", [CARD, TRAIN])
@pytest.mark.parametrize("fault", ["flipped", "longer", "another part"])
def test_a_wrong_body_never_gets_a_name(hub: Hub, tmp_path: Path, name: str, fault: str) -> None:
    """Content is verified for files in git and in LFS alike; what fails is removed and raised."""

    def spoil(request: Request, response: Response) -> Response:
        if request.method == "HEAD" or response.status not in (200, 206):
            return response
        if fault == "flipped":
            return replace(response, body=bytes([response.body[0] ^ 1]) + response.body[1:])
        if fault == "longer":
            body = response.body + b"!"
            return replace(response, body=body).with_headers({"Content-Length": str(len(body))})
        return replace(response, status=206).with_headers({"Content-Range": "bytes 7-9/10"})

    hub.meddle = spoil
    with pytest.raises(OSError, match="Consistency check failed"):
        hub.api().hf_hub_download(GSM8K, name, repo_type="dataset", cache_dir=tmp_path)
    assert blobs(tmp_path) == []
    assert not list(tmp_path.glob("*/snapshots/*/*"))


def test_a_missing_file_is_remembered(hub: Hub, tmp_path: Path) -> None:
    """The commit is known not to have it, without asking again."""
    with pytest.raises(errors.RemoteEntryNotFoundError) as caught:
        hub.api().hf_hub_download(GSM8K, "no/such.txt", repo_type="dataset", cache_dir=tmp_path)

    assert caught.value.server_message == "Entry not found"
    assert str(caught.value.request_id) in str(caught.value)
    head = hub.commits(GSM8K)[0]
    assert (tmp_path / "datasets--openai--gsm8k" / ".no_exist" / head / "no/such.txt").read_bytes() == b""
    found = try_to_load_from_cache(GSM8K, "no/such.txt", tmp_path, repo_type="dataset")
    assert found is _CACHED_NO_EXIST


@pytest.mark.parametrize(
    "name", ["../up.txt", "a/../../up.txt", "/etc/up.txt", "a\\..\\up.txt", "C:up.txt", "a//b", ""]
)
def test_a_name_that_leads_out_is_refused_before_anything_happens(hub: Hub, tmp_path: Path, name: str) -> None:
    """Nothing is asked, nothing is written."""
    with pytest.raises(ValueError, match="Invalid filename"):
        hub.api().hf_hub_download(GSM8K, name, repo_type="dataset", cache_dir=tmp_path / "cache")
    assert hub.requests() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "header", [{"x-repo-commit": "../../../evil"}, {"etag": '"../../evil"', "x-linked-etag": None}]
)
def test_a_server_cannot_name_files_outside_the_cache(hub: Hub, tmp_path: Path, header: dict[str, str | None]) -> None:
    """A commit hash or etag that is a path is taken for what it is: not a Hub's answer."""
    hub.meddle = lambda request, response: response.with_headers(header)
    with pytest.raises(errors.LocalEntryNotFoundError):
        hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []


def test_without_the_hub_the_cache_serves(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, or with a Hub that fails: what is there is used; what isn't is a LocalEntryNotFoundError."""
    path = hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path)
    hub.requests()
    hub.meddle = lambda request, response: Response(500)
    assert hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path) == path
    assert len(hub.requests()) == 1

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path) == path
    with pytest.raises(errors.LocalEntryNotFoundError, match="HF_HUB_OFFLINE"):
        hub.api().hf_hub_download(GSM8K, TRAIN, repo_type="dataset", cache_dir=tmp_path)
    with pytest.raises(errors.OfflineModeIsEnabled):
        hub.api().dataset_info(GSM8K)
    assert hub.requests() == []


def test_without_links_the_file_itself_is_in_the_snapshot(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new blob is moved, so that nothing is stored twice."""
    monkeypatch.setenv("HF_HUB_DISABLE_SYMLINKS", "1")
    path = Path(hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path))
    assert not path.is_symlink()
    assert path.read_bytes() == hub.files(GSM8K)[CARD].data
    assert blobs(tmp_path) == []


def test_force_download_fetches_again(hub: Hub, tmp_path: Path) -> None:
    """A file that was damaged on disk is whole again."""
    path = Path(hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path))
    path.write_bytes(b"damaged")
    commit = hub.commits(GSM8K)[0]
    hub.api().hf_hub_download(
        GSM8K, CARD, repo_type="dataset", revision=commit, cache_dir=tmp_path, force_download=True
    )
    assert path.read_bytes() == hub.files(GSM8K)[CARD].data


def test_local_dir_holds_the_file_and_knows_what_it_is(hub: Hub, tmp_path: Path) -> None:
    """Up to date: HEAD only. Without its note: known by its sha256. Changed by the user: fetched again."""

    def download() -> list[str]:
        path = hub.api().hf_hub_download(
            GSM8K, TRAIN, repo_type="dataset", local_dir=tmp_path / "here", cache_dir=tmp_path / "cache"
        )
        assert path == str(tmp_path / "here" / TRAIN)
        assert Path(path).read_bytes() == hub.files(GSM8K)[TRAIN].data
        return [entry.method for entry in hub.requests() if entry.origin == "cdn" or entry.method == "HEAD"]

    assert download() == ["HEAD", "GET"]
    assert download() == ["HEAD"]
    note = tmp_path / "here" / ".cache" / "huggingface" / "download" / f"{TRAIN}.metadata"
    commit, etag, _ = note.read_text().splitlines()
    assert (commit, etag) == (hub.commits(GSM8K)[0], hub.files(GSM8K)[TRAIN].sha256)
    note.unlink()
    assert download() == ["HEAD"]
    (tmp_path / "here" / TRAIN).write_bytes(b"changed")
    os.utime(tmp_path / "here" / TRAIN, (2e9, 2e9))
    assert download() == ["HEAD", "GET"]
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("unit", ["bytes", "Bytes", "BYTES"])
def test_the_unit_of_a_range_has_any_letter_case(hub: Hub, tmp_path: Path, unit: str) -> None:
    """RFC 9110, section 14.1."""

    def whole(request: Request, response: Response) -> Response:
        if request.method == "HEAD" or response.status != 200:
            return response
        end = len(response.body)
        return replace(response, status=206).with_headers({"Content-Range": f"{unit} 0-{end - 1}/{end}"})

    hub.meddle = whole
    found = hub.api().hf_hub_download(GSM8K, CARD, repo_type="dataset", cache_dir=tmp_path)
    assert Path(found).read_bytes() == hub.files(GSM8K)[CARD].data
