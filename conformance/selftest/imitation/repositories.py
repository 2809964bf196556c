"""Repositories as people have them: a long history, no tag, pull requests, a converted branch; and one of gigabytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from conformance.hub.repository import Commit, Repository, StoredFile, fold, utc
from conformance.traffic import git

_FIRST = utc("2023-01-01T00:00:00")
_ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.jsonl filter=lfs diff=lfs merge=lfs -text\n"


def grown(repo_id: str = "my-org/grown", commits: int = 15, pulls: int = 6, **settings: Any) -> Repository:
    """A dataset with a history of so many commits, no tag, so many pull requests, and the converted branch.

    The data came late, and changed once: most commits are about the card alone.
    """
    files: dict[str, bytes] = {".gitattributes": _ATTRIBUTES}
    history: list[Commit] = []
    for number in range(commits):
        files["README.md"] = _card(repo_id, number)
        if number == commits // 3:
            files |= {"data/train-00000-of-00001.parquet": rows(60, "train"), "eval/notes.txt": b"first notes\n" * 9}
            files["data/test-00000-of-00001.parquet"] = rows(30, "test")
        if number == commits // 2:
            files["data/test-00000-of-00001.parquet"] = rows(31, "test")
        date = _FIRST + timedelta(days=30 * number)
        history.append(
            Commit.of(dict(files), title=f"Change {number}", date=date, parent=history[-1] if history else None)
        )
    head = history[-1]
    proposals = {
        str(number): Commit.of(
            {**files, "README.md": files["README.md"] + b"\nOne more line.\n" * number},
            title=f"Proposal {number}",
            date=head.date + timedelta(hours=number),
            parent=head,
        )
        for number in range(1, pulls + 1)
    }
    train = files.get("data/train-00000-of-00001.parquet", rows(60, "train"))
    converted = Commit.of(
        {".gitattributes": _ATTRIBUTES, "default/train/0000.parquet": train}, title="Convert", date=head.date
    )
    return Repository(
        repo_id,
        branches={"main": head},
        converts={"parquet": converted},
        pull_requests=proposals,
        downloads=1234,
        likes=56,
        **settings,
    )


def with_another_commit(repository: Repository) -> Repository:
    """The repository after somebody changed its card."""
    head = repository.head
    files = {path: file.data for path, file in head.files.items()}
    files["README.md"] += b"\nNew today.\n"
    commit = Commit.of(files, title="Say more", date=head.date + timedelta(days=1), parent=head)
    return replace(repository, branches={**repository.branches, "main": commit}, downloads=2345)


def typical(repo_id: str = "my-org/typical", **settings: Any) -> Repository:
    """A small dataset: three commits, no tag, no pull request."""
    return grown(repo_id, commits=3, pulls=0, **settings)


def huge(repo_id: str, files: Mapping[str, StoredFile]) -> Repository:
    """A dataset with files that are made while they are sent."""
    card = {".gitattributes": _ATTRIBUTES, "README.md": b"---\nlicense: mit\n---\n# Much\n"}
    held = {**{path: StoredFile.of(data, lfs=False) for path, data in card.items()}, **files}
    held = {path: held[path] for path in sorted(held, key=str.encode)}
    folders = fold(held)
    sha = git.commit_name(folders[""].oid, None, _FIRST, "Upload")
    return Repository(repo_id, branches={"main": Commit(sha, "Upload", _FIRST, held, folders)})


def rows(count: int, split: str) -> bytes:
    """A Parquet file of so many rows, in row groups of ten."""
    held = io.BytesIO()
    questions: Iterable[str] = [f"Question {number} of {split}: {_noise(number)}?" for number in range(count)]
    table = pa.table({"question": list(questions), "answer": [str(number) for number in range(count)]})
    pq.write_table(table, held, row_group_size=10)
    return held.getvalue()


def _noise(number: int) -> str:
    """Text that does not get smaller when it is compressed, so that files are some 50 kB."""
    return hashlib.shake_256(b"%d" % number).hexdigest(600)


def _card(repo_id: str, number: int) -> bytes:
    config = "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n"
    config += "  - split: test\n    path: data/test-*\n"
    return f"---\nlicense: mit\nlanguage:\n- en\n{config}---\n# {repo_id}\n\nState {number} of the card.\n".encode()
