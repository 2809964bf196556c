"""Downloading into a folder of the user's own: the files themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, Disk, Port, bodies, describe
from conformance.checks.support_disk import damage, is_same, read
from conformance.checks.support_history import changed_later
from conformance.checks.support_local_dir import download, folder, note, noted
from conformance.ports import PortError
from conformance.replay import ReplayHub, Reset, Stall
from conformance.roles import Role, git_file, lfs_file, other_lfs_file
from conformance.verdict.require import require, require_bytes, require_equal

FOLDER = "Hub docs: download files to a local folder; huggingface_hub hf_hub_download(local_dir=…)"


check = Checks("hf_hub_download", source=FOLDER)


@check("download/local-dir-holds-the-file[gsm8k]", kills=("local-dir-ignored", "local-dir-flattened"))
def test_local_dir_holds_the_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `local_dir`, the file lies there at its path in the repository, folders included, and that is returned."""
    repo = hub.subject
    large = lfs_file(repo)
    path = download(port, repo, large, disk)
    expected = folder(disk) / large
    require(
        expected.is_file(), "not-in-local-dir", "the file is not in the folder", seen=list(disk.files(folder(disk)))
    )
    require(is_same(path, expected), "other-path", "the path that was returned is another file's")
    require_bytes(read(path), repo.files()[large].body)


@check("download/local-dir-holds-no-link[gsm8k]", kills="local-dir-links")
def test_local_dir_holds_no_link(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file in `local_dir` is a file, not a link into a cache: the user may edit it, move it, and clear the cache."""
    other = other_lfs_file(hub.subject)
    download(port, hub.subject, other, disk)
    links = {name: what for name, what in disk.files(folder(disk)).items() if what.startswith("link")}
    require_equal(links, {}, "link", "the folder holds a symbolic link")


@check.each(
    "download/local-dir-leaves-the-file-behind-{}[gsm8k]",
    {"a-link": Path.symlink_to, "a-hard-link": Path.hardlink_to},
    kills="local-dir-writes-in-place",
    level="SHOULD",
    source="CWE-59; huggingface_hub _chmod_and_move: the whole file is renamed over what has its name",
)
def test_local_dir_leaves_the_file_behind(
    hub: ReplayHub, port: Port, disk: Disk, member: Callable[[Path, Path], None]
) -> None:
    """Where `local_dir` has {} under the file's name, that is replaced: the file it leads to elsewhere stays.

    Such are copies of a folder by links, as backups make them. An error is allowed, and leaves that file as well.
    """
    repo = hub.subject
    small = git_file(repo)
    download(port, repo, other_lfs_file(repo), disk)  # a folder without an obstacle
    elsewhere = disk.root / "elsewhere.txt"
    elsewhere.write_bytes(b"mine")
    (folder(disk) / small).parent.mkdir(parents=True, exist_ok=True)
    member(folder(disk) / small, elsewhere)
    with contextlib.suppress(PortError):
        download(port, repo, small, disk)
    require(elsewhere.read_bytes() == b"mine", "written-through", "a file outside of the folder was changed")


@check(
    "download/local-dir-fills-no-cache[gsm8k]",
    kills="local-dir-fills-the-cache",
    level="SHOULD",
    source="huggingface_hub: with local_dir the cache is not used",
    cache="own",
)
def test_local_dir_fills_no_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `local_dir`, the content is stored once: there, and not in the cache as well."""
    repo = hub.subject
    other = other_lfs_file(repo)
    path = download(port, repo, other, disk)
    content = describe(path)
    twice = [name for name, what in disk.files(disk.cache).items() if what == content]
    require_equal(twice, [], "stored-twice", "the cache holds the content too")


@check("download/local-dir-follows-the-branch[gsm8k]", kills="local-presence-is-enough")
def test_local_dir_follows_the_branch(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved and the file has changed, the file in `local_dir` is replaced by the new version.

    Where the library keeps the official notes, the note names the new commit and the new ETag.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    old, new, name = changed_later(repo, other)
    hub.move("main", to=old, repo=repo.id)
    download(port, repo, name, disk)
    hub.move("main", to=new, repo=repo.id)
    path = download(port, repo, name, disk)
    require_bytes(read(path), repo.files(new)[name].body, "stale-file")
    if disk.kind == "hub":
        require_equal(
            noted(disk, name),
            [new, repo.files(new)[name].etag],
            "stale-note",
            "the metadata is of the old file",
        )


@check.each(
    "download/local-dir-replaces-{}[gsm8k]",
    {"a-foreign-git-file": git_file, "a-foreign-large-file": other_lfs_file},
    kills=("local-presence-is-enough", "local-size-is-enough"),
)
def test_local_dir_replaces(hub: ReplayHub, port: Port, disk: Disk, member: Role[str]) -> None:
    """If {} lies in `local_dir` without a note, it is replaced by the Hub's: that it has its size proves nothing."""
    repo = hub.subject
    name = member(repo)
    there = folder(disk) / name
    there.parent.mkdir(parents=True)
    there.write_bytes(bytes(repo.files()[name].size))
    path = download(port, repo, name, disk)
    require_bytes(read(path), repo.files()[name].body, "foreign-file-kept")


@check(
    "download/local-dir-forced[gsm8k]",
    kills="force-download-ignored",
    source="huggingface_hub hf_hub_download(local_dir=…, force_download=True)",
)
def test_local_dir_forced(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `force_download` a file in `local_dir` is fetched again, even if its note matches."""
    repo = hub.subject
    other = other_lfs_file(repo)
    damage(download(port, repo, other, disk), bytes(repo.files()[other].size))
    path = download(port, repo, other, disk, force_download=True)
    require_bytes(read(path), repo.files()[other].body)


@check(
    "download/local-dir-copies-from-the-cache[gsm8k]",
    kills="local-dir-passes-the-cache-by",
    level="SHOULD",
    source="huggingface_hub hf_hub_download: a file of the commit that is in the cache is copied to local_dir",
    cache="own",
)
def test_local_dir_copies_from_the_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that the cache has of this commit is copied to `local_dir`, not fetched; a copy, no link."""
    repo = hub.subject
    other = other_lfs_file(repo)
    port.download(repo, other)
    hub.wire.clear()
    path = download(port, repo, other, disk)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched though the cache has it")
    require_bytes(read(path), repo.files()[other].body)
    require(not path.is_symlink(), "link", "the file is a link into the cache")


@check(
    "download/local-dir-local-files-only[gsm8k]",
    kills="local-files-only-ignored",
    source="huggingface_hub hf_hub_download(local_dir=…, local_files_only=True)",
)
def test_local_dir_local_files_only(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `local_files_only` a file in `local_dir` is returned, any other is an error, and nothing is sent."""
    repo = hub.subject
    small = git_file(repo)
    other = other_lfs_file(repo)
    there = download(port, repo, small, disk)
    hub.wire.clear()
    require_equal(
        str(download(port, repo, small, disk, local_files_only=True)),
        str(there),
        "other-path",
        "another path was returned",
    )
    options = {"local_dir": str(folder(disk)), "local_files_only": True}
    port.error("hf_hub_download", repo_id=repo.id, repo_type=repo.type, filename=other, **options)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check(
    "download/local-dir-holds-no-half-file[gsm8k]",
    kills=("short-body-accepted", "local-dir-grows-in-place"),
    source="RFC 9112 §8: a body shorter than its Content-Length is incomplete",
)
def test_local_dir_holds_no_half_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """If a download into `local_dir` breaks off, no half of it has the file's name, and nothing is noted of it.

    Called again, it ends with the right bytes.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    hub.fault(Reset(after=10_000), answer="content", filename=other)
    there = folder(disk) / other
    try:
        download(port, repo, other, disk)
    except PortError:
        require(not there.exists(), "half-a-file", "an error was reported, and yet the file is there")
        require(not note(disk, other).exists(), "noted", "an error was reported, and yet the file has a metadata file")
    path = download(port, repo, other, disk)
    require_bytes(read(path), repo.files()[other].body, "half-a-file")


@check.each(
    "download/local-dir-name-with-{}[contract]",
    {
        "blanks": "with space.txt",
        "percent-20": "percent%20encoded.txt",
        "question-mark": "question?mark.txt",
        "emoji": "🤗.txt",
        "deep-folders": "one/two/three/four five/six/deep.txt",
        "no-content": "empty.txt",
    },
    kills="local-names-shorn",
)
def test_local_dir_name_with(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A file with {} lies in `local_dir` under its very name, as in the repository, and so does the note on it."""
    repo = hub.repo(AWKWARD_NAMES)
    path = download(port, repo, member, disk)
    require(
        is_same(path, folder(disk) / member), "wrong-name", "the file has another name", expected=member, seen=path.name
    )
    require_equal(path.name, member.rpartition("/")[2], "wrong-name", "the file has another name")
    require_bytes(read(path), repo.files()[member].body)


@check(
    "download/local-dir-subfolder[gsm8k]",
    kills="subfolder-ignored",
    source="huggingface_hub hf_hub_download(subfolder=…, local_dir=…)",
)
def test_local_dir_subfolder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `subfolder`, a file lies in `local_dir` at its whole path, subfolder included."""
    repo = hub.subject
    other = other_lfs_file(repo)
    parent, _, name = other.partition("/")
    path = download(port, repo, name, disk, subfolder=parent)
    require(is_same(path, folder(disk) / other), "wrong-name", "the file is not at its path in the repository")


@check(
    "download/local-dir-folder-in-the-way-stays[gsm8k]",
    kills="local-dir-clears-the-way",
    level="SHOULD",
    source="huggingface_hub _chmod_and_move: a file is renamed over a file, and no folder is removed for it",
)
def test_local_dir_folder_in_the_way(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Where `local_dir` has a folder of the user's under the file's name, what is in it stays; an error is allowed."""
    repo = hub.subject
    small = git_file(repo)
    download(port, repo, other_lfs_file(repo), disk)  # a folder without an obstacle
    mine = folder(disk) / small / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with contextlib.suppress(PortError):
        port.hf_hub_download(**repo.named, filename=small, local_dir=str(folder(disk)))
    require(mine.is_file() and mine.read_bytes() == b"mine", "removed", "a file of the user's is gone")


@check(
    "download/local-dir-two-at-once[gsm8k]",
    kills="local-dir-without-a-lock",
    level="SHOULD",
    source="huggingface_hub file_download: a lock for each file of a local_dir",
)
def test_local_dir_two_at_once(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the same file is asked for twice at the same time, into the same `local_dir`, the file is right afterwards.

    One of the two may be refused. (The first answer stops for a moment, so that the two do meet.)
    """
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Stall(0.3, after=1000), answer="content", needed=False)
    wanted = ("hf_hub_download", {**repo.named, "filename": large, "local_dir": str(folder(disk))})
    results = port.at_once(wanted, wanted)
    found = [Path(result["path"]) for result in results if not isinstance(result, PortError)]
    require(found, "refused", "both got an error", seen=[str(result) for result in results])
    for path in found:
        require_bytes(read(path), repo.files()[large].body)
