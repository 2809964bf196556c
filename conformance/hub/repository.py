"""What the stand-in Hub keeps: repositories, their commits and their files.

Everything is immutable and follows from the bytes: two machines that build the same repository get the same
names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from conformance.traffic import git

RepoType: TypeAlias = Literal["dataset", "model", "space"]
_SHORTEST_SHA = 7


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One version of a file."""

    data: bytes = field(repr=False)
    oid: str
    """Name of the git blob: of the content, or of the pointer when the content is kept in LFS."""
    sha256: str | None = None
    """SHA-256 of the content in hex; None for a file kept in git."""
    xet_hash: str | None = None
    """64 hex digits by which the CDN knows the content; None for a file kept in git, or in LFS without Xet."""

    @classmethod
    def of(cls, data: bytes, *, lfs: bool, xet: bool = True) -> StoredFile:
        """Store bytes in git or in LFS. The Xet hash is made up: the real one is a tree of chunk hashes."""
        if not lfs:
            return cls(data, git.object_name("blob", data))
        sha256 = hashlib.sha256(data).hexdigest()
        xet_hash = hashlib.sha256(b"xet\0" + data).hexdigest() if xet else None
        return cls(data, git.object_name("blob", git.pointer(sha256, len(data))), sha256, xet_hash)

    @property
    def lfs(self) -> bool:
        return self.sha256 is not None

    @property
    def size(self) -> int:
        """Bytes of the content, never of the pointer."""
        return len(self.data)

    @property
    def in_git(self) -> bytes:
        """What git keeps: the content, or the LFS pointer."""
        return self.data if self.sha256 is None else git.pointer(self.sha256, self.size)


@dataclass(frozen=True, slots=True)
class Folder:
    """What is directly in a folder, as paths from the root in bytewise order."""

    oid: str
    folders: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """A commit and its whole state."""

    sha: str
    title: str
    date: datetime
    files: Mapping[str, StoredFile] = field(repr=False)
    """Path to file, bytewise path order."""
    folders: Mapping[str, Folder] = field(repr=False)
    """Path to folder; the root is the empty string."""
    parent: Commit | None = field(default=None, repr=False)
    authors: tuple[str, ...] = ("stand-in-hub",)
    """Names of users, in their order. They are no part of the sha: git knows one author."""

    @classmethod
    def of(
        cls,
        files: Mapping[str, bytes],
        *,
        title: str,
        date: datetime,
        parent: Commit | None = None,
        xet: bool = True,
        authors: tuple[str, ...] = ("stand-in-hub",),
    ) -> Commit:
        """Commit these files. Their `.gitattributes` decides which are kept in LFS; `xet` is for those."""
        patterns = lfs_patterns(files.get(".gitattributes", b""))
        stored = {path: StoredFile.of(data, lfs=is_lfs(path, patterns), xet=xet) for path, data in files.items()}
        folders = fold(stored)
        sha = git.commit_name(folders[""].oid, parent.sha if parent else None, date, title)
        return cls(sha, title, date, _in_byte_order(stored), folders, parent, authors)

    def history(self) -> Iterator[Commit]:
        """This commit and its ancestors, newest first."""
        commit: Commit | None = self
        while commit is not None:
            yield commit
            commit = commit.parent

    def oid(self, path: str) -> str | None:
        """The name of the file or folder at a path, None where there is nothing."""
        entry = self.files.get(path) or self.folders.get(path)
        return entry.oid if entry else None

    def last_changed(self, path: str) -> Commit:
        """The newest commit of the history in which the file or folder got its present content."""
        oid, last = self.oid(path), self
        for commit in self.history():
            if commit.oid(path) != oid:
                break
            last = commit
        return last


def lfs_patterns(attributes: bytes) -> list[str]:
    """The patterns of a `.gitattributes` that send files to LFS."""
    lines = (line.split() for line in attributes.decode(errors="replace").splitlines() if not line.startswith("#"))
    return [words[0] for words in lines if "filter=lfs" in words[1:]]


def is_lfs(path: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern matches: on the whole path if it has a slash, else on the last name."""
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns)


def fold(files: Mapping[str, StoredFile]) -> dict[str, Folder]:
    """The folders of these files, with their git tree names."""
    folders: set[str] = {""}
    for path in files:
        while path := path.rpartition("/")[0]:
            folders.add(path)
    result: dict[str, Folder] = {}
    # Deepest first: a tree's name needs the names of the trees in it.
    for folder in sorted(folders, key=lambda path: path.count("/") + bool(path), reverse=True):
        inner = sorted((path for path in folders if path and _parent(path) == folder), key=str.encode)
        own = sorted((path for path in files if _parent(path) == folder), key=str.encode)
        oid = git.tree_name(
            [(_name(path), files[path].oid) for path in own],
            [(_name(path), result[path].oid) for path in inner],
        )
        result[folder] = Folder(oid, tuple(inner), tuple(own))
    return result


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _in_byte_order(files: Mapping[str, StoredFile]) -> dict[str, StoredFile]:
    return {path: files[path] for path in sorted(files, key=str.encode)}


@dataclass(frozen=True, slots=True, eq=False)
class Repository:
    """A repository with all its commits and refs.

    The settings are those that a repository's page has; `direct_resolve` and `walk` are ours.
    """

    repo_id: str
    branches: Mapping[str, Commit]
    """Name to newest commit; `main` must be there."""
    repo_type: RepoType = "dataset"
    tags: Mapping[str, Commit] = field(default_factory=dict)
    converts: Mapping[str, Commit] = field(default_factory=dict)
    """The Hub's own converted branches: `parquet` is `refs/convert/parquet`."""
    pull_requests: Mapping[str, Commit] = field(default_factory=dict)
    """Number as text to newest commit: `1` is `refs/pr/1`."""
    gated: Literal[False, "auto", "manual"] = False
    private: bool = False
    disabled: bool = False
    former_names: tuple[str, ...] = ()
    direct_resolve: bool = False
    """Answer files kept in git at once instead of by a redirect, as all repositories did before mid-2025."""
    computed_tags: tuple[str, ...] = ()
    """Tags that the Hub computes from the data, in its order: benchmark, size, format, modality, library."""
    downloads: int = 0
    likes: int = 0
    downloads_all_time: int | None = None
    """Since it was made; None means as many as `downloads`, which the Hub counts for a month."""
    trending_score: int = 0
    xet_enabled: bool = True
    spaces: tuple[str, ...] = ()
    """Spaces that use a model."""
    runtime: Mapping[str, object] = field(default_factory=dict)
    """What a Space runs on, as the Hub's JSON has it."""
    scans: Mapping[str, str] = field(default_factory=dict)
    """What the Hub's scanners say of files, by path: `safe`, `unsafe`, `suspicious`, `queued`; else `unscanned`."""
    most_siblings: int | None = None
    """How many files its information names at most, as the Hub does for large repositories; None means all."""
    object_id: str = ""
    """24 hex digits, `_id` in answers. Made from the date of the first commit when empty."""
    walk: Literal["full", "listing", "lean", "table", "ends"] = "full"
    """How much of it a recorder should take: see `conformance.traffic.recording.Walk`."""

    def __post_init__(self) -> None:
        if "main" not in self.branches:
            raise ValueError(f"{self.repo_id} has no branch main; give it one")
        if not self.object_id:
            digest = hashlib.sha256(f"{self.repo_type} {self.repo_id}".encode()).hexdigest()
            object.__setattr__(self, "object_id", f"{int(self.created.timestamp()):08x}{digest[:16]}")

    @property
    def refs(self) -> dict[str, Commit]:
        """Full ref name to commit: `refs/heads/main`, `refs/tags/…`, `refs/convert/…`, `refs/pr/…`."""
        kinds = {
            "heads": self.branches,
            "tags": self.tags,
            "convert": self.converts,
            "pr": self.pull_requests,
        }
        return {f"refs/{kind}/{name}": commit for kind, refs in kinds.items() for name, commit in refs.items()}

    @property
    def head(self) -> Commit:
        """The newest commit of `main`."""
        return self.branches["main"]

    @property
    def commits(self) -> list[Commit]:
        """Every commit that some ref leads to, oldest first."""
        found = {commit.sha: commit for head in self.refs.values() for commit in head.history()}
        return sorted(found.values(), key=lambda commit: (commit.date, commit.sha))

    @property
    def created(self) -> datetime:
        """When the first commit of `main` was made."""
        *_, first = self.head.history()
        return first.date

    @property
    def used_storage(self) -> int:
        """Bytes of all LFS content of all commits, each content once."""
        contents = {file.sha256: file.size for commit in self.commits for file in commit.files.values() if file.lfs}
        return sum(contents.values())

    def find(self, revision: str) -> Commit | None:
        """The commit that a branch, tag, ref, sha or unique short sha of 7 digits or more names."""
        if revision == "HEAD":
            return self.head
        refs = self.refs
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if name in refs:
                return refs[name]
        if not re.fullmatch(f"[0-9a-f]{{{_SHORTEST_SHA},40}}", revision):
            return None
        matches = [commit for commit in self.commits if commit.sha.startswith(revision)]
        return matches[0] if len(matches) == 1 else None


def utc(text: str) -> datetime:
    """A date written `2026-03-23T10:18:13`, taken as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
