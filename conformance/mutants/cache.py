"""Clients that lay the cache out otherwise, or make no use of it."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import cache, download, settings
from reference_client.cache import RepoCache
from reference_client.download import WantedFile
from reference_client.metadata import HfFileMetadata
from reference_client.validate import is_commit_hash


@mutant
def blob_names_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """Names a blob by another digest."""
    change_result(
        patch,
        RepoCache,
        "blob",
        lambda path: path.with_name(hashlib.sha256(path.name.encode()).hexdigest()),
    )


@mutant
def absolute_links(patch: pytest.MonkeyPatch) -> None:
    """Links to blobs by their absolute paths."""
    wrap(
        patch,
        cache,
        "_symlink",
        lambda original, target, link: original((link.parent / target).resolve(), link),
    )


@mutant
def ref_with_newline(patch: pytest.MonkeyPatch) -> None:
    """Ends a ref with a newline."""

    def with_newline(original: Any, path: Path, text: str) -> None:
        original(path, f"{text}\n" if "refs" in path.parts else text)

    wrap(patch, cache, "write", with_newline)


@mutant
def ref_name_flattened(patch: pytest.MonkeyPatch) -> None:
    """Puts every ref into one folder, hyphens for the slashes of its name."""
    wrap(
        patch,
        RepoCache,
        "remember_commit",
        lambda original, self, revision, commit: original(self, revision.replace("/", "--"), commit),
    )


@mutant
def ref_for_a_commit(patch: pytest.MonkeyPatch) -> None:
    """Writes a ref for a commit hash."""

    def always(_: Any, self: RepoCache, revision: str, commit_hash: str) -> None:
        cache.write(self.folder / "refs" / revision, commit_hash)

    wrap(patch, RepoCache, "remember_commit", always)


@mutant
def copies_instead_of_links(patch: pytest.MonkeyPatch) -> None:
    """Moves files into the snapshot where links are possible."""
    wrap(patch, settings, "flag", lambda original, name: True if name == "HF_HUB_DISABLE_SYMLINKS" else original(name))


@mutant
def folder_without_type(patch: pytest.MonkeyPatch) -> None:
    """Names a repository's folder without its type."""
    patch.setattr(RepoCache, "folder", property(lambda self: self.root / self.repo_id.replace("/", "--")))


@mutant
def always_fetches(patch: pytest.MonkeyPatch) -> None:
    """Fetches a file again, even if its ETag is unchanged."""
    wrap(patch, download, "into_cache", lambda original, file: original(replace(file, force=True)))


@mutant
def commit_asks_again(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub for a file of a commit, though it cannot have changed."""
    patch.setattr(download, "is_commit_hash", lambda revision: False)


@mutant
def branch_never_refreshes(patch: pytest.MonkeyPatch) -> None:
    """Takes a cached file of a branch for the newest for ever."""

    def stuck(original: Any, file: WantedFile) -> Any:
        return file.cache.find(file.revision, file.filename) or original(file)

    wrap(patch, download, "into_cache", stuck)


@mutant
def blobs_not_shared(patch: pytest.MonkeyPatch) -> None:
    """Fetches an existing blob again for each commit."""

    def anew(original: Any, file: WantedFile) -> Any:
        found = download.look_up(file, None)
        assert isinstance(found, HfFileMetadata)
        fresh = not file.cache.pointer(found.commit_hash, file.filename).exists()
        return original(replace(file, metadata=found, force=fresh))

    wrap(patch, download, "into_cache", anew)


@mutant
def error_leaves_a_file(patch: pytest.MonkeyPatch) -> None:
    """Makes a file before it asks whether there is one, and leaves it there."""

    def early(original: Any, file: WantedFile) -> Any:
        file.cache.prepare()
        file.cache.blob("incomplete").touch()
        return original(file)

    wrap(patch, download, "into_cache", early)


@mutant
def no_exist_not_written(patch: pytest.MonkeyPatch) -> None:
    """Forgets that a file is missing."""
    patch.setattr(RepoCache, "remember_absence", lambda self, commit_hash, filename: None)


@mutant
def look_up_always_misses(patch: pytest.MonkeyPatch) -> None:
    """Finds nothing in the cache."""
    change_result(patch, cache, "try_to_load_from_cache", lambda path: None)


@mutant
def look_up_invents_paths(patch: pytest.MonkeyPatch) -> None:
    """Returns where a file would lie, without a look whether it exists."""
    change_result(patch, cache, "try_to_load_from_cache", lambda path: path or str(Path("snapshots/file").absolute()))


@mutant
def no_fallback_to_the_cache(patch: pytest.MonkeyPatch) -> None:
    """Reports an error when the Hub is away, though the file is cached."""
    wrap(patch, download, "look_up", lambda original, file, present: original(file, None))


@mutant
def local_files_only_ignored(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub though the caller forbade it."""
    change_arguments(patch, download, "hf_hub_download", local_files_only=False)


@mutant
def ref_of_main_only(patch: pytest.MonkeyPatch) -> None:
    """Notes the commit of `main` and of no other revision."""

    def main_only(original: Any, self: RepoCache, revision: str, commit_hash: str) -> None:
        if revision == "main":
            original(self, revision, commit_hash)

    wrap(patch, RepoCache, "remember_commit", main_only)


@mutant
def awkward_names_encoded(patch: pytest.MonkeyPatch) -> None:
    """Names a file on disk as its URL does."""
    wrap(
        patch,
        RepoCache,
        "pointer",
        lambda original, self, commit_hash, name: original(self, commit_hash, name.replace(" ", "%20")),
    )


@mutant
def blob_for_its_owner_alone(patch: pytest.MonkeyPatch) -> None:
    """Leaves a blob with the permissions of a temporary file."""

    def private(original: Any, session: Any, file: Any, incomplete: Path, destination: Path) -> None:
        original(session, file, incomplete, destination)
        destination.chmod(0o600)

    wrap(patch, download, "fetch", private)


@mutant
def cache_not_marked(patch: pytest.MonkeyPatch) -> None:
    """Writes no CACHEDIR.TAG."""
    patch.setattr(RepoCache, "prepare", lambda self: (self.folder / "blobs").mkdir(parents=True, exist_ok=True))


@mutant
def cache_cleaned_of_foreign_files(patch: pytest.MonkeyPatch) -> None:
    """Removes from `blobs` what it does not know."""

    def clean(original: Any, self: RepoCache) -> None:
        shutil.rmtree(self.folder / "blobs", ignore_errors=True)
        original(self)

    wrap(patch, RepoCache, "prepare", clean)


@mutant
def symlink_switch_ignored(patch: pytest.MonkeyPatch) -> None:
    """Makes links though they were switched off."""
    wrap(patch, settings, "flag", lambda original, name: False if name == "HF_HUB_DISABLE_SYMLINKS" else original(name))


@mutant
def no_lock(patch: pytest.MonkeyPatch) -> None:
    """Lets several downloads fetch the same blob at the same time."""
    patch.setattr(RepoCache, "lock", lambda self, etag, check: contextlib.nullcontext())


@mutant
def one_name_for_all_temporary_files(patch: pytest.MonkeyPatch) -> None:
    """Fetches every file to the same temporary file."""
    wrap(
        patch,
        download,
        "fetch",
        lambda original, session, file, incomplete, destination: original(
            session, file, destination.with_name("download.tmp"), destination
        ),
    )


@mutant
def absence_is_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Takes a file that was missing once for missing in every commit."""
    missing: set[str] = set()

    def remember(original: Any, file: WantedFile) -> Any:
        if file.filename in missing:
            raise FileNotFoundError(file.filename)
        try:
            return original(file)
        except Exception:
            missing.add(file.filename)
            raise

    wrap(patch, download, "into_cache", remember)


@mutant
def absence_noted_its_own_way(patch: pytest.MonkeyPatch) -> None:
    """Notes missing files where no other library looks."""
    patch.setattr(
        RepoCache,
        "no_exist",
        lambda self, commit_hash, filename: self.folder / "missing" / commit_hash / filename,
    )


@mutant
def dangling_link_trusted(patch: pytest.MonkeyPatch) -> None:
    """Takes a link for a file."""

    def trusting(original: Any, self: RepoCache, revision: str, filename: str) -> Path | None:
        commit_hash = self.resolve(revision)
        pointer = self.pointer(commit_hash, filename) if commit_hash else None
        return pointer if pointer and pointer.is_symlink() else None

    def without_asking(original: Any, file: WantedFile) -> Any:
        return file.cache.find(file.revision, file.filename) or original(file)

    wrap(patch, RepoCache, "find", trusting)
    wrap(patch, download, "into_cache", without_asking)


@mutant
def rest_of_a_killed_process_trusted(patch: pytest.MonkeyPatch) -> None:
    """Takes what a killed process has left for the whole file."""

    def trusting(original: Any, session: Any, file: Any, incomplete: Path, destination: Path) -> None:
        left = destination.with_name(f"{destination.name}.incomplete")
        if left.exists():
            left.replace(destination)
        else:
            original(session, file, incomplete, destination)

    wrap(patch, download, "fetch", trusting)


@mutant
def lock_file_means_locked(patch: pytest.MonkeyPatch) -> None:
    """Takes a lock file for a lock."""

    @contextlib.contextmanager
    def exclusive(path: Path, check: Any) -> Iterator[None]:
        if path.exists():
            raise OSError("another process is fetching this file")
        yield

    patch.setattr(cache, "lock", exclusive)


@mutant
def ref_never_rewritten(patch: pytest.MonkeyPatch) -> None:
    """Writes a ref only where none exists."""

    def once(original: Any, self: RepoCache, revision: str, commit_hash: str) -> None:
        if not (self.folder / "refs" / revision).exists():
            original(self, revision, commit_hash)

    wrap(patch, RepoCache, "remember_commit", once)


@mutant
def ref_must_be_text(patch: pytest.MonkeyPatch) -> None:
    """Cannot go on when a ref holds bytes that are not text."""

    def strict(original: Any, self: RepoCache, revision: str) -> str:
        path = self.folder / "refs" / revision
        return path.read_text("utf-8") if path.is_file() else ""

    wrap(patch, RepoCache, "_read_ref", strict)


@mutant
def ref_read_to_the_letter(patch: pytest.MonkeyPatch) -> None:
    """Takes a commit hash with a newline for another commit."""
    wrap(
        patch,
        RepoCache,
        "resolve",
        lambda original, self, revision: (
            original(self, revision) if is_commit_hash(revision) else self._read_ref(revision) or None
        ),
    )


@mutant
def ref_must_be_written(patch: pytest.MonkeyPatch) -> None:
    """Reports an error when it cannot note the commit of a file that is there."""

    @contextlib.contextmanager
    def strict(*kinds: type[BaseException]) -> Iterator[None]:
        yield

    patch.setattr(cache, "contextlib", SimpleNamespace(suppress=strict))


@mutant
def size_on_disk_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Takes a file on disk for whole, whatever its size."""
    wrap(patch, download, "is_file", lambda original, path, size=None: original(path))


@mutant
def asks_twice(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub about a file once more than it must."""

    def twice(original: Any, file: WantedFile, *rest: Any) -> Any:
        original(file, *rest)
        return original(file, *rest)

    wrap(patch, download, "look_up", twice)


@mutant
def blobs_copied_to_new_commits(patch: pytest.MonkeyPatch) -> None:
    """Makes a copy of a blob that it has for each commit, where a link is possible."""

    def copy(original: Any, target: str, link: Path) -> bool:
        snapshots = next(folder for folder in link.parents if folder.name == "snapshots")
        return len(list(snapshots.glob("*"))) == 1 and bool(original(target, link))

    wrap(patch, cache, "_symlink", copy)


@mutant
def cache_cleaned_of_foreign_folders(patch: pytest.MonkeyPatch) -> None:
    """Removes from the cache directory what it does not know."""

    def clean(original: Any, self: RepoCache) -> None:
        for path in self.folder.parent.glob("*"):
            if path.is_file() and path.name != "CACHEDIR.TAG":
                path.unlink()
        original(self)

    wrap(patch, RepoCache, "prepare", clean)
