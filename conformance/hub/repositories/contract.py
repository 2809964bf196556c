"""Repositories of the owner `conformance`: each has one thing that a client may get wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Literal

from conformance.hub.repositories.rules import rule_repositories
from conformance.hub.repositories.tables import table_repositories
from conformance.hub.repository import Commit, Repository, utc

OWNER = "conformance"
MISSING = f"{OWNER}/missing"
"""A name that no repository of any type has."""

_LFS_RULES = b"""\
*.bin filter=lfs diff=lfs merge=lfs -text
*.safetensors filter=lfs diff=lfs merge=lfs -text
notes-in-lfs.txt filter=lfs diff=lfs merge=lfs -text
"""
_CREATED = utc("2026-10-01T08:00:00")
_CHANGED = utc("2026-10-15T09:30:00")

AWKWARD_STEMS = (
    "with space",
    "hash#sign",
    "percent%sign",
    "percent%20encoded",
    "plus+sign",
    "question?mark",
    "ampersand&",
    "semi;colon",
    "apostrophe'",
    'quote"marks"',
    "[brackets]",
    "é",
    "日本語",
    "🤗",
)
"""Each names a file kept in git (`.txt`) and one kept in LFS (`.bin`)."""

UNNORMALISED_STEMS = ("e\u0301-x", "\u00e9-x", "\u212b-x", "\ufb01-x")
"""Names that a Unicode normalisation changes, or makes one of two: a decomposed e with an accent and its composed twin,
the sign for angstrom (NFC makes a letter of it), a ligature (NFKC takes it apart). Files as of `AWKWARD_STEMS`."""

HOSTILE_NAMES = ("-rf", "aux.txt", "name.", r"back\slash.txt", ".git-like", f"{'long-' * 39}.txt"[-200:])
"""A switch, a device of Windows, a name that Windows shortens, a separator of Windows, nearly git's own folder, and a
name of 199 bytes."""


def repositories() -> list[Repository]:
    return [
        _awkward_names(),
        _gated(),
        _plain("private", private=True),
        _plain("disabled", disabled=True),
        _many_files(),
        _plain("old-form", readme=b"# Old form\n\nThis card has no front matter.\n", direct_resolve=True),
        _plain("no-card", readme=None),
        _plain("Letter-Case"),
        _tiny_model(),
        _gated_auto(),
        _deep_paths(),
        _hostile_names(),
        _full_page(),
        _plain("xet-less", xet=False, walk="lean"),
        _two_authors(),
        *table_repositories(),
        *rule_repositories(),
    ]


def _card(title: str) -> bytes:
    return f"---\nlicense: mit\n---\n\n# {title}\n\nA repository for testing clients of the Hub.\n".encode()


def _noise(size: int, seed: int) -> bytes:
    """Bytes that look random and are the same everywhere."""
    return Random(seed).randbytes(size)


def _first(files: Mapping[str, bytes], *, xet: bool = True) -> Commit:
    return Commit.of({".gitattributes": _LFS_RULES, **files}, title="initial commit", date=_CREATED, xet=xet)


def _plain(
    name: str,
    *,
    readme: bytes | None = b"",
    private: bool = False,
    disabled: bool = False,
    direct_resolve: bool = False,
    xet: bool = True,
    walk: Literal["full", "lean"] = "full",
) -> Repository:
    """One file kept in git, one in LFS, and a card by default, or `readme` (None: no card at all)."""
    files = {"data.txt": f"The data of {name}.\n".encode(), "data.bin": _noise(3000, seed=len(name))}
    if readme is not None:
        files["README.md"] = readme or _card(name)
    return Repository(
        f"{OWNER}/{name}",
        branches={"main": _first(files, xet=xet)},
        private=private,
        disabled=disabled,
        direct_resolve=direct_resolve,
        walk=walk,
    )


def _awkward_names() -> Repository:
    files = {
        "README.md": _card("Awkward names"),
        ".hidden": b"A name that starts with a dot.\n",
        ".hidden-folder/inside.txt": b"In a folder that starts with a dot.\n",
        "one/two/three/four five/six/deep.txt": b"Five folders down.\n",
        # git sorts the folder after both files, as if its name were `data/`.
        "data/inside.txt": b"In a folder.\n",
        "data-1.txt": b"Beside the folder.\n",
        "data.txt": b"Beside the folder, too.\n",
        "empty.txt": b"",
        "large.txt": b"".join(b"line %05d of a text kept in git\n" % number for number in range(625)),
        "notes-in-lfs.txt": b"A short text kept in LFS.\n",
    }
    for number, stem in enumerate(AWKWARD_STEMS):
        files[f"{stem}.txt"] = f"kept in git: {stem}\n".encode()
        files[f"folder {stem}/{stem}.bin"] = _noise(200 + number, seed=number)
    for number, stem in enumerate(UNNORMALISED_STEMS):
        files[f"{stem}.txt"] = f"kept in git, stem {number}\n".encode()
        files[f"{stem}/{stem}.bin"] = _noise(300 + number, seed=100 + number)
    return Repository(
        f"{OWNER}/awkward-names",
        branches={"main": _first(files)},
        former_names=(f"{OWNER}/strange-names",),
    )


def _gated() -> Repository:
    files = {
        "README.md": _card("Gated"),
        "LICENSE": b"For those who asked.\n",
        "data.txt": b"Behind the gate.\n",
        "folder/LICENSE": b"Not at the root, so behind the gate too.\n",
        "folder/data.bin": _noise(5000, seed=77),
    }
    return Repository(f"{OWNER}/gated", branches={"main": _first(files)}, gated="manual")


def _gated_auto() -> Repository:
    """A gate that lets in every user who asks, at once."""
    files = {"README.md": _card("Gated, automatically"), "data.txt": b"Behind the gate that opens by itself.\n"}
    return Repository(f"{OWNER}/gated-auto", branches={"main": _first(files)}, gated="auto", walk="lean")


def _deep_paths() -> Repository:
    """One file twelve folders down, and one below a folder of the same name."""
    deep = "/".join(f"level-{number:02d}" for number in range(1, 13))
    files = {
        "README.md": _card("Deep paths"),
        f"{deep}/deep.bin": _noise(300, seed=12),
        "same/same/same": b"A file named as the folders above it.\n",
    }
    return Repository(f"{OWNER}/deep-paths", branches={"main": _first(files)}, walk="lean")


def _hostile_names() -> Repository:
    """Names that git allows and that shells, Windows or careless code take for something else."""
    files = {name: f"hostile: {name[:40]}\n".encode() for name in HOSTILE_NAMES}
    files |= {"README.md": _card("Hostile names"), "nul.bin": _noise(150, seed=13)}
    return Repository(f"{OWNER}/hostile-names", branches={"main": _first(files)}, walk="lean")


def _two_authors() -> Repository:
    """Two commits whose dates have milliseconds; the newer one is by two authors."""
    first_date = utc("2026-10-04T08:00:00.004")
    first = Commit.of({"README.md": _card("Two authors")}, title="initial commit", date=first_date)
    files = {"README.md": _card("Two authors"), "data.txt": b"By two authors.\n"}
    date = utc("2026-10-04T09:30:15.457")
    head = Commit.of(files, title="Add the data", date=date, parent=first, authors=("second-user", "first-user"))
    return Repository(f"{OWNER}/two-authors", branches={"main": head}, walk="lean")


def _full_page() -> Repository:
    """A folder whose listing fills a page to the last entry, so that no page follows."""
    files = {f"all/{number:03d}": b"" for number in range(1000)}
    files["README.md"] = _card("Full page")
    return Repository(f"{OWNER}/full-page", branches={"main": _first(files)}, walk="listing")


def _many_files() -> Repository:
    """More files than fit on one page of a listing."""
    files = {
        f"{folder}/{number:04d}.txt": f"{folder} {number}\n".encode()
        for folder in ("a", "b", "c")
        for number in range(350)
    }
    files["README.md"] = _card("Many files")
    return Repository(f"{OWNER}/many-files", branches={"main": _first(files)}, walk="listing")


def _tiny_model() -> Repository:
    card = b"---\nlicense: mit\nlibrary_name: transformers\npipeline_tag: text-generation\n---\n\n# Tiny model\n"
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 16, "n_layer": 1}
    files = {
        ".gitattributes": _LFS_RULES,
        "README.md": card,
        "config.json": json.dumps(config, indent=2).encode() + b"\n",
        "model.safetensors": _safetensors({"wte.weight": (32, 16), "wpe.weight": (16, 16)}),
    }
    first = Commit.of(files, title="initial commit", date=_CREATED)
    described = {**files, "README.md": card + b"\nIts weights are noise; it says nothing.\n"}
    head = Commit.of(described, title="Say what it is for", date=_CHANGED, parent=first)
    return Repository(f"{OWNER}/tiny-model", repo_type="model", branches={"main": head}, tags={"v1.0": first})


def _safetensors(shapes: Mapping[str, tuple[int, int]]) -> bytes:
    """A safetensors file of 32-bit floats: length of the header, header, data (safetensors, "Format")."""
    header = {}
    end = 0
    for name, (rows, columns) in shapes.items():
        start, end = end, end + 4 * rows * columns
        header[name] = {"dtype": "F32", "shape": [rows, columns], "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + _noise(end, seed=5)
