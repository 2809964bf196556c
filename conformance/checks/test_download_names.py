"""Downloading files with awkward names: quoted once on the wire, stored under the name itself."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, Disk, Port
from conformance.checks.support_disk import read, require_name
from conformance.replay import ReplayHub
from conformance.verdict.require import require_bytes, role

QUOTING = "RFC 3986 §2.1; huggingface_hub hf_hub_url quotes the file's path"


check = Checks("hf_hub_download", source=QUOTING)


@check.each(
    "download/name-with-{}[contract]",
    {
        "blanks": "with space.txt",
        "hash": "hash#sign.txt",
        "percent": "percent%sign.txt",
        "percent-20": "percent%20encoded.txt",
        "question-mark": "question?mark.txt",
        "plus": "plus+sign.txt",
        "ampersand": "ampersand&.txt",
        "semicolon": "semi;colon.txt",
        "quotation-marks": 'quote"marks".txt',
        "brackets": "[brackets].txt",
        "accents": "é.txt",
        "cjk": "日本語.txt",
        "emoji": "🤗.txt",
    },
    kills="paths-encoded-twice",
)
def test_name_with(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A file whose name holds {} is asked for by its percent-encoded name, and stored under the name itself."""
    repo = hub.repo(AWKWARD_NAMES)
    path = port.download(repo, member)
    require_bytes(read(path), repo.files()[member].body)
    require_name(path, member, disk.kind)


@check("download/large-file-with-awkward-name[contract]", kills="paths-encoded-twice")
def test_large_file_with_awkward_name(hub: ReplayHub, port: Port) -> None:
    """An awkward name survives the way over the other host as well."""
    repo = hub.repo(AWKWARD_NAMES)
    names = [name for name, file in sorted(repo.files().items()) if file.sha256 and not name.isascii()]
    role(names, "an LFS file with a name beyond ASCII")
    name = names[0]
    path = port.download(repo, name)
    require_bytes(read(path), repo.files()[name].body)


@check.each(
    "download/large-file-with-{}-in-its-path[contract]",
    {
        "hash": "folder hash#sign/hash#sign.bin",
        "percent-20": "folder percent%20encoded/percent%20encoded.bin",
        "question-mark": "folder question?mark/question?mark.bin",
        "plus": "folder plus+sign/plus+sign.bin",
        "ampersand": "folder ampersand&/ampersand&.bin",
        "quotation-marks": 'folder quote"marks"/quote"marks".bin',
        "emoji": "folder 🤗/🤗.bin",
    },
    kills="paths-encoded-twice",
)
def test_large_file_with_in_its_path(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A large file with {} in its folder's name and its own arrives by the URL of the other host, as that was given.

    The Hub signs that URL: it is used unchanged, neither quoted nor unquoted.
    """
    repo = hub.repo(AWKWARD_NAMES)
    path = port.download(repo, member)
    require_bytes(read(path), repo.files()[member].body)
    require_name(path, member, disk.kind)


@check.each(
    "download/{}[contract]",
    {
        "name-with-apostrophe": "apostrophe'.txt",
        "hidden-file": ".hidden",
        "file-in-a-hidden-folder": ".hidden-folder/inside.txt",
        "file-in-deep-folders": "one/two/three/four five/six/deep.txt",
        "file-beside-a-folder-of-like-name": "data.txt",
        "file-in-a-folder-of-like-name": "data/inside.txt",
    },
    kills="names-shorn",
)
def test_further_names(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """Paths that look special are not ({}): the file is downloaded like any other, and lies under its own path.

    A dot at the beginning, many folders and a folder whose name is like a file's mean nothing special.
    """
    repo = hub.repo(AWKWARD_NAMES)
    path = port.download(repo, member)
    require_bytes(read(path), repo.files()[member].body)
    require_name(path, member, disk.kind)
