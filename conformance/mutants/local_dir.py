"""Clients that get a folder of the user's own wrong, or their notes on it."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import download, local_dir, transfer
from reference_client.download import WantedFile
from reference_client.local_dir import LocalFile, LocalFileMetadata
from reference_client.session import Session


def _size_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(download, "is_file", lambda path, size=None: path.is_file())


@mutant
def local_dir_ignored(patch: pytest.MonkeyPatch) -> None:
    """Downloads into the cache, whatever the folder."""
    change_arguments(patch, download, "hf_hub_download", local_dir=None)


def _rename(patch: pytest.MonkeyPatch, rename: Any) -> None:
    """Put files under other names."""

    class Renamed:
        @staticmethod
        def of(folder: str | Path, filename: str) -> LocalFile:
            return LocalFile.of(folder, rename(filename))

    patch.setattr(download, "LocalFile", Renamed)


@mutant
def local_dir_flattened(patch: pytest.MonkeyPatch) -> None:
    """Puts every file into the folder itself, whatever its path."""
    _rename(patch, lambda filename: filename.rpartition("/")[2])


@mutant
def local_names_shorn(patch: pytest.MonkeyPatch) -> None:
    """Makes other names of the files' names."""
    _rename(patch, lambda filename: quote(filename.replace("empty", "void"), safe=""))


@mutant
def local_dir_links(patch: pytest.MonkeyPatch) -> None:
    """Keeps the content elsewhere, and puts a link to it into the folder."""

    def linked(path: Path) -> Path:
        content = path.with_name(f".{path.name}.content")
        path.rename(content)
        path.symlink_to(content.name)
        return path

    change_result(patch, download, "into_local_dir", linked)


@mutant
def local_dir_fills_the_cache(patch: pytest.MonkeyPatch) -> None:
    """Downloads into the cache first, and copies from there."""

    def by_the_cache(original: Any, file: WantedFile, local: LocalFile) -> Path:
        download.into_cache(file)
        path: Path = original(file, local)
        return path

    wrap(patch, download, "into_local_dir", by_the_cache)


@mutant
def local_dir_passes_the_cache_by(patch: pytest.MonkeyPatch) -> None:
    """Fetches what the cache has."""

    def elsewhere(original: Any, file: WantedFile, local: LocalFile) -> Path:
        cache = dataclasses.replace(file.cache, root=file.cache.root / "nothing")
        path: Path = original(dataclasses.replace(file, cache=cache), local)
        return path

    wrap(patch, download, "into_local_dir", elsewhere)


@mutant
def local_dir_grows_in_place(patch: pytest.MonkeyPatch) -> None:
    """Lets the body grow under the file's own name, and gives up when it is cut."""

    def in_place(_: Any, caller: Session, file: Any, incomplete: Path, destination: Path) -> None:
        response = caller.request("GET", file.location, stream=True)
        with contextlib.closing(response), destination.open("wb") as body:
            shutil.copyfileobj(response.raw, body)

    wrap(patch, download, "fetch", in_place)


@mutant
def local_dir_writes_in_place(patch: pytest.MonkeyPatch) -> None:
    """Writes the whole body into whatever has the file's name."""

    def written(source: Path, destination: Path) -> None:
        destination.write_bytes(source.read_bytes())
        source.unlink()

    patch.setattr(transfer, "move", written)


@mutant
def local_notes_swapped(patch: pytest.MonkeyPatch) -> None:
    """Notes the etag first and the commit second."""
    wrap(
        patch,
        LocalFile,
        "write_metadata",
        lambda original, local, commit_hash, etag: original(local, etag, commit_hash),
    )


@mutant
def local_notes_missing(patch: pytest.MonkeyPatch) -> None:
    """Notes nothing."""
    patch.setattr(LocalFile, "write_metadata", lambda local, commit_hash, etag: None)


@mutant
def local_note_stays(patch: pytest.MonkeyPatch) -> None:
    """Writes a note once, and never again."""

    def once(original: Any, local: LocalFile, commit_hash: str, etag: str) -> None:
        if not local.metadata_path.exists():
            original(local, commit_hash, etag)

    wrap(patch, LocalFile, "write_metadata", once)


@mutant
def local_notes_unread(patch: pytest.MonkeyPatch) -> None:
    """Doesn't look at its notes."""
    patch.setattr(LocalFile, "read_metadata", lambda local: None)


@mutant
def local_note_trusted(patch: pytest.MonkeyPatch) -> None:
    """Takes any note for the right one."""
    patch.setattr(
        LocalFile,
        "read_metadata",
        lambda local: local.metadata_path.exists() and LocalFileMetadata("", ""),
    )
    patch.setattr(LocalFile, "has", lambda local, etag, known: bool(known))
    _size_not_looked_at(patch)


@mutant
def local_changes_unseen(patch: pytest.MonkeyPatch) -> None:
    """Believes its note also of a file that was changed since."""
    patch.setattr(local_dir, "_CLOCK_TOLERANCE", 1e9)
    _size_not_looked_at(patch)


@mutant
def local_presence_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Takes any file of the right name for the right one."""
    patch.setattr(LocalFile, "has", lambda local, etag, known: True)
    _size_not_looked_at(patch)


@mutant
def local_size_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Takes a file of the right size for the right one."""

    def alike(original: Any, file: WantedFile, local: LocalFile) -> Path:
        found = download.look_up(file, None)
        if not isinstance(found, Path) and local.path.is_file() and local.path.stat().st_size == found.size:
            return local.path
        path: Path = original(file, local)
        return path

    wrap(patch, download, "into_local_dir", alike)


@mutant
def local_digest_not_compared(patch: pytest.MonkeyPatch) -> None:
    """Fetches a file that has no note, without a look at the existing file."""
    patch.setattr(LocalFile, "has", lambda local, etag, known: bool(known) and known.etag == etag)


@mutant
def local_notes_not_hidden(patch: pytest.MonkeyPatch) -> None:
    """Leaves the folder of its notes without `.gitignore` and `CACHEDIR.TAG`."""

    def unless_hiding(original: Any, path: Path, text: str) -> None:
        if path.name not in (".gitignore", "CACHEDIR.TAG"):
            original(path, text)

    wrap(patch, local_dir, "write", unless_hiding)


@mutant
def local_dir_clears_the_way(patch: pytest.MonkeyPatch) -> None:
    """Removes whatever has the file's name, a folder with all that is in it as well."""

    def cleared(original: Any, local: LocalFile) -> None:
        if local.path.is_dir():
            shutil.rmtree(local.path)
        original(local)

    wrap(patch, LocalFile, "make_room", cleared)


@mutant
def local_dir_without_a_lock(patch: pytest.MonkeyPatch) -> None:
    """Goes on from what there is of a file for the user's folder, and takes no lock for it."""

    def fetch(original: Any, session: Any, file: Any, incomplete: Path, destination: Path, **options: Any) -> None:
        if "blobs" not in destination.parts:
            incomplete, options = incomplete.with_name(f"{destination.name}.incomplete"), {"resume": True}
        original(session, file, incomplete, destination, **options)

    wrap(patch, download, "fetch", fetch)
    patch.setattr(download, "lock", lambda path, check: contextlib.nullcontext())
