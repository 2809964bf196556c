"""Where a client keeps files: whole clients with a cache of their own layout."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import reference_client
from conformance.mutants.mutant import wrap
from conformance.selftest.zoo.variants.variant import fails, keeps, variant
from reference_client import cache, download, locks
from reference_client.cache import RepoCache

SCANS = (
    "cache/scan-keeps-the-letter-case[contract]",
    "cache/scan-lists-what-is-there[gsm8k]",
    "cache/scan-names-the-refs[gsm8k]",
    "cache/scan-of-a-model[contract]",
    "cache/scan-of-a-space[gsm8k]",
    "offline/scan[gsm8k]",
)
OFFICIAL = "its scan looks for the official layout"


def _layout(patch: pytest.MonkeyPatch) -> None:
    """Contents by digest in `objects`, one folder a commit beside them, and the refs of all in one place."""

    def folder(self: RepoCache) -> Path:
        return self.root.joinpath(self.repo_type, *self.repo_id.split("/"), "_")

    patch.setattr(RepoCache, "folder", property(folder))
    patch.setattr(RepoCache, "blob", lambda self, etag: self.root / "objects" / etag[:2] / etag)
    patch.setattr(RepoCache, "snapshot", lambda self, commit: self.folder / "commits" / commit)
    patch.setattr(RepoCache, "pointer", lambda self, commit, name: self.folder / "commits" / commit / name)
    patch.setattr(RepoCache, "prepare", lambda self: None)

    def fetch(original: Any, session: Any, file: Any, incomplete: Path, destination: Path, **options: Any) -> None:
        destination.parent.mkdir(parents=True, exist_ok=True)
        original(session, file, incomplete, destination, **options)

    @contextlib.contextmanager
    def lock(self: RepoCache, etag: str, check: Callable[[], None]) -> Iterator[None]:
        with locks.lock(self.root / "locks" / etag, check):
            yield

    wrap(patch, download, "fetch", fetch)
    patch.setattr(RepoCache, "lock", lock)


@keeps("own")
@variant("cache", "offline", "download")
@fails(OFFICIAL, *SCANS)
def hard_links_and_refs_as_json(patch: pytest.MonkeyPatch) -> None:
    """Puts hard links into a commit's folder, and notes what branches stood for in one JSON file a repository."""
    _layout(patch)

    def read_ref(self: RepoCache, revision: str) -> str:
        try:
            return str(json.loads((self.folder / "refs.json").read_text("utf-8")).get(revision, ""))
        except (OSError, ValueError):
            return ""

    def remember(self: RepoCache, revision: str, commit_hash: str) -> None:
        with contextlib.suppress(OSError):
            if revision != commit_hash and self._read_ref(revision) != commit_hash:
                note = self.folder / "refs.json"
                said = json.loads(note.read_text("utf-8")) if note.is_file() else {}
                cache.write(note, json.dumps({**said, revision: commit_hash}))

    def link(self: RepoCache, etag: str, commit_hash: str, filename: str, *, new: bool) -> None:
        pointer = self.pointer(commit_hash, filename)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        with cache.temporary(pointer) as beside:
            beside.hardlink_to(self.blob(etag))
            beside.replace(pointer)

    patch.setattr(RepoCache, "_read_ref", read_ref)
    patch.setattr(RepoCache, "remember_commit", remember)
    patch.setattr(RepoCache, "link", link)


@keeps("own")
@variant("cache", "offline", "download", "names")
@fails(OFFICIAL, *SCANS)
@fails("a digest has no ending", "download/file-named-as-asked[gsm8k]")
def contents_by_digest_and_an_index(patch: pytest.MonkeyPatch) -> None:
    """Returns the path of a content, which is its digest, and has its refs in an SQLite index."""
    _layout(patch)

    def index(self: RepoCache) -> sqlite3.Connection:
        self.root.mkdir(parents=True, exist_ok=True)
        opened = sqlite3.connect(self.root / "index.db")
        opened.execute("create table if not exists refs (name text primary key, commit_hash text)")
        return opened

    def read_ref(self: RepoCache, revision: str) -> str:
        with contextlib.suppress(OSError, sqlite3.Error), contextlib.closing(index(self)) as opened:
            found = opened.execute("select commit_hash from refs where name = ?", (f"{self.folder} {revision}",))
            return str((found.fetchone() or [""])[0])
        return ""

    def remember(self: RepoCache, revision: str, commit_hash: str) -> None:
        if revision != commit_hash and self._read_ref(revision) != commit_hash:
            with contextlib.suppress(OSError, sqlite3.Error), contextlib.closing(index(self)) as opened, opened:
                opened.execute("replace into refs values (?, ?)", (f"{self.folder} {revision}", commit_hash))

    def link(self: RepoCache, etag: str, commit_hash: str, filename: str, *, new: bool) -> None:
        pointer = self.pointer(commit_hash, filename)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        with cache.temporary(pointer) as beside:
            beside.symlink_to(os.path.relpath(self.blob(etag), pointer.parent))
            beside.replace(pointer)

    def returned(original: Any, *arguments: Any, **options: Any) -> Any:
        found = original(*arguments, **options)
        return str(Path(found).resolve()) if isinstance(found, str) and not options.get("local_dir") else found

    patch.setattr(RepoCache, "_read_ref", read_ref)
    patch.setattr(RepoCache, "remember_commit", remember)
    patch.setattr(RepoCache, "link", link)
    for operation in ("hf_hub_download", "try_to_load_from_cache"):
        wrap(patch, reference_client, operation, returned)
