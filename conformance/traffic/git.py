"""Object names as git and Git LFS compute them.

Sources: git's object format (`git help hash-object`), the Git LFS pointer specification v1. The Hub shows
these names as `oid`, `blobId`, `sha` and, for a file kept in git, as the strong ETag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

AUTHOR = "Stand-in Hub <hub@stand-in.test>"


def object_name(kind: str, content: bytes) -> str:
    """The SHA-1 name of a git object, 40 hex digits; `kind` is blob, tree or commit."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)) + content).hexdigest()


def pointer(sha256: str, size: int) -> bytes:
    """The text that git keeps in place of an LFS file of `size` bytes."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def tree_name(files: Iterable[tuple[str, str]], folders: Iterable[tuple[str, str]]) -> str:
    """The name of a tree object from the (name, oid) pairs of what is directly in it."""
    entries = [(name.encode(), b"100644", oid) for name, oid in files]
    # git orders a folder as if its name ended with a slash.
    entries += [(name.encode() + b"/", b"40000", oid) for name, oid in folders]
    content = b"".join(
        b"%s %s\0%s" % (mode, name.rstrip(b"/"), bytes.fromhex(oid)) for name, mode, oid in sorted(entries)
    )
    return object_name("tree", content)


def commit_name(tree: str, parent: str | None, date: datetime, message: str) -> str:
    """The name of a commit by `AUTHOR` in UTC; `parent` is None for the first one."""
    signature = f"{AUTHOR} {int(date.timestamp())} +0000"
    lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
    lines += [f"author {signature}", f"committer {signature}", "", message]
    return object_name("commit", ("\n".join(lines) + "\n").encode())
