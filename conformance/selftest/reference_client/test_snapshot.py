"""Downloading whole commits."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub.utils._paths import filter_repo_objects

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.traffic.exchange import Request, Response
from reference_client import errors, snapshot_download
from reference_client.snapshot import Patterns, _globs


def contents(folder: str) -> dict[str, bytes]:
    """Path to bytes of all files of a folder, notes left out."""
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in named.items() if not name.startswith(".cache/")}


def download(hub: Hub, cache: Path, **options: object) -> str:
    return snapshot_download(
        GSM8K,
        repo_type="dataset",
        cache_dir=cache,
        endpoint=hub.endpoint,
        token=False,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("local", [False, True])
def test_all_files_arrive_and_a_commit_that_is_there_costs_nothing(hub: Hub, tmp_path: Path, local: bool) -> None:
    """No HEAD for any file: the tree has told everything."""
    place = {"local_dir": tmp_path / "here"} if local else {}
    folder = download(hub, tmp_path, **place)
    assert contents(folder) == {name: file.data for name, file in hub.files(GSM8K).items()}
    assert {entry.method for entry in hub.requests()} == {"GET"}

    assert download(hub, tmp_path, revision=hub.commits(GSM8K)[0], **place) == folder
    assert hub.requests() == []


def test_all_files_are_of_one_commit_even_if_the_branch_moves(hub: Hub, tmp_path: Path) -> None:
    """The branch moves after it was resolved; nothing of the other commit comes in."""
    new, old = hub.commits(GSM8K)[:2]
    expected = {name: file.data for name, file in hub.files(GSM8K).items()}

    def move(request: Request, response: Response) -> Response:
        if "/tree/" in request.path:
            hub.move(GSM8K, old)
        return response

    hub.meddle = move
    folder = download(hub, tmp_path)
    assert Path(folder).name == new
    assert contents(folder) == expected


def test_patterns_choose_files(hub: Hub, tmp_path: Path) -> None:
    """Allowed and not ignored; a folder's name with a slash means all that is in it."""
    folder = download(hub, tmp_path, allow_patterns=["main/", "*.md"], ignore_patterns="*test*")
    assert set(contents(folder)) == {"README.md", TRAIN}


def test_without_the_hub_a_complete_snapshot_serves_and_another_does_not(hub: Hub, tmp_path: Path) -> None:
    """The kept listing tells which files are lacking."""
    folder = download(hub, tmp_path, allow_patterns="*.md")
    assert download(hub, tmp_path, allow_patterns="*.md", local_files_only=True) == folder
    with pytest.raises(errors.IncompleteSnapshotError) as caught:
        download(hub, tmp_path, local_files_only=True)
    assert caught.value.snapshot_path == folder
    assert pickle.loads(pickle.dumps(caught.value)).snapshot_path == folder  # as a pool of processes sends it
    with pytest.raises(errors.LocalEntryNotFoundError):
        download(hub, tmp_path, revision="v9", local_files_only=True)


def test_a_tree_with_a_path_that_leads_out_is_refused_whole(hub: Hub, tmp_path: Path) -> None:
    """Not even the good files of such a listing are fetched."""

    def poison(request: Request, response: Response) -> Response:
        if "/tree/" not in request.path:
            return response
        items = json.loads(response.body)
        items[-1]["path"] = "../../../../evil.txt"
        body = json.dumps(items).encode()
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    hub.meddle = poison
    with pytest.raises(OSError, match="cannot be right: Invalid filename"):
        download(hub, tmp_path / "cache")
    assert not list(tmp_path.glob("cache/*/snapshots"))


def test_a_gated_repository_says_so(hub: Hub, tmp_path: Path) -> None:
    """Its tree can be read, with hashes masked; its files can't."""
    with pytest.raises(errors.GatedRepoError):
        hub.api().snapshot_download("conformance/gated", repo_type="dataset", cache_dir=tmp_path)


@pytest.mark.parametrize("pattern", ["x\\y", "x/y", "x\\*", "*/", "x/"])
def test_a_path_with_a_backslash_is_chosen_as_one_with_a_slash(pattern: str) -> None:
    """By either argument, as the official client does."""
    paths = ["x\\y", "a.json"]
    assert list(filter_repo_objects(paths, allow_patterns=pattern)) == ["x\\y"]
    assert [path for path in paths if Patterns(_globs(pattern), []).want(path)] == ["x\\y"]
    assert [path for path in paths if Patterns(None, _globs([pattern])).want(path)] == ["a.json"]
