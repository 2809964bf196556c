"""Looking through a cache: what belongs to it, what is damaged, what it tells."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import scan_cache_dir as official

from reference_client import scan_cache_dir

COMMIT = "a" * 40


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """One repository with one file, two bytes long."""
    repository = tmp_path / "models--o--n"
    for folder in ("blobs", f"snapshots/{COMMIT}", "refs"):
        (repository / folder).mkdir(parents=True)
    (repository / "blobs" / "b").write_text("hi")
    (repository / "snapshots" / COMMIT / "f").symlink_to("../../blobs/b")
    (repository / "refs" / "main").write_text(COMMIT)
    return tmp_path


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", ".DS_Store"])
@pytest.mark.parametrize("folder", [".", "models--o--n/snapshots", "models--o--n/refs"])
def test_what_an_operating_system_makes_is_passed_by(cache: Path, name: str, folder: str) -> None:
    """Neither a warning nor a revision."""
    (cache / folder / name).touch()
    found = scan_cache_dir(cache)
    assert found.warnings == []
    assert [revision.commit_hash for repo in found.repos for revision in repo.revisions] == [COMMIT]


@pytest.mark.parametrize(
    ("path", "content"),
    [("snapshots/stray", ""), ("refs/x", "2" * 40), ("refs/x", "hello")],
    ids=["stray", "ref", "text"],
)
def test_damage_is_one_warning(cache: Path, path: str, content: str) -> None:
    """The repository is left out, as the official client does."""
    (cache / "models--o--n" / path).write_text(content)
    for scanned in (scan_cache_dir(cache), official(cache)):
        assert (len(scanned.repos), len(scanned.warnings)) == (0, 1)


def test_a_file_in_place_of_the_refs_is_damage(cache: Path) -> None:
    """As for the official client."""
    refs = cache / "models--o--n" / "refs"
    (refs / "main").unlink()
    refs.rmdir()
    refs.touch()
    for scanned in (scan_cache_dir(cache), official(cache)):
        assert (len(scanned.repos), len(scanned.warnings)) == (0, 1)


def test_attributes_are_the_official_ones(cache: Path) -> None:
    """All that doesn't depend on the clock, and that deletes nothing."""
    ours, theirs = scan_cache_dir(cache), official(cache)
    (repo,), (their_repo,) = ours.repos, theirs.repos
    (revision,), (their_revision,) = repo.revisions, their_repo.revisions
    (file,), (their_file,) = revision.files, their_revision.files
    same = {
        (repo, their_repo): "cache_id last_accessed last_modified size_on_disk size_on_disk_str nb_files",
        (revision, their_revision): "nb_files last_modified size_on_disk size_on_disk_str commit_hash refs",
        (file, their_file): "blob_last_accessed blob_last_modified size_on_disk_str file_name blob_path",
    }
    for (mine, other), names in same.items():
        for name in names.split():
            assert getattr(mine, name) == getattr(other, name)
    assert repo.refs == {"main": revision}
    assert ours.cache_dir == cache
    assert ours.size_on_disk_str == theirs.size_on_disk_str == "2.0"


@pytest.mark.parametrize("kind", ["link", "pipe", "circle"])
def test_a_ref_that_cannot_be_read_costs_no_other_repository(cache: Path, kind: str) -> None:
    """Neither by an error, as of the official client, nor by waiting for a writer."""
    shutil.copytree(cache / "models--o--n", cache / "models--o--m", symlinks=True)
    ref = cache / "models--o--n" / "refs" / "x"
    if kind == "pipe":
        os.mkfifo(ref)
    else:
        ref.symlink_to("nowhere" if kind == "link" else "x")
    found = scan_cache_dir(cache)
    assert [repo.repo_id for repo in found.repos] == ["o/m"]
    assert len(found.warnings) == 1


def test_a_folder_that_may_not_be_read_costs_no_other(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache may be shared by several users."""
    shutil.copytree(cache / "models--o--n", cache / "models--o--m", symlinks=True)
    iterdir = Path.iterdir

    def guarded(path: Path) -> Iterator[Path]:
        if "models--o--n" in path.parts:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", guarded)
    found = scan_cache_dir(cache)
    assert [repo.repo_id for repo in found.repos] == ["o/m"]
    assert "Permission denied" in str(found.warnings[0])
