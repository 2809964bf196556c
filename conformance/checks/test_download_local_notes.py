"""The notes in a folder of the user's own: what its files are, so that they are not fetched again."""

from __future__ import annotations

import os
import time

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, bodies
from conformance.checks.support_disk import damage, read, text
from conformance.checks.support_history import kept_later
from conformance.checks.support_local_dir import download, folder, note, noted
from conformance.replay import ReplayHub
from conformance.roles import Role, git_file, other_lfs_file
from conformance.verdict.require import require, require_bytes, require_equal

NOTES = "huggingface_hub _local_folder: `.cache/huggingface/download/<path>.metadata` (commit, etag, time)"


check = Checks("hf_hub_download", source=NOTES)


@check.each(
    "download/local-dir-notes-{}[gsm8k]",
    {"a-git-file": git_file, "a-large-file": other_lfs_file},
    kills=("local-notes-swapped", "local-notes-missing"),
    level="SHOULD",
    cache="hub",
)
def test_local_dir_notes(hub: ReplayHub, port: Port, disk: Disk, member: Role[str]) -> None:
    """Of {}, `.cache/huggingface/download/<path>.metadata` notes three lines: commit hash, bare ETag, time of writing.

    The time is in seconds since 1970, perhaps with a fraction, and not before that of the file. By these notes any
    library knows what the folder holds, whichever of them filled it.
    """
    repo = hub.subject
    name = member(repo)
    before = time.time()
    path = download(port, repo, name, disk)
    seen = noted(disk, name)
    require_equal(seen, [repo.head, repo.files()[name].etag], "wrong-note", "the metadata file has wrong content")
    lines = text(note(disk, name)).splitlines()
    require_equal(len(lines), 3, "wrong-note", "the metadata file does not have three lines")
    try:
        written = float(lines[2])
    except ValueError:
        written = -1.0
    require(
        before - 1 <= written <= time.time() + 1,
        "wrong-time",
        "line 3 of the metadata is not the time",
        seen=lines[2],
    )
    require(
        path.stat().st_mtime - 1 <= written,
        "wrong-time",
        "the metadata has an earlier time than the file",
        seen=lines[2],
    )


@check("download/local-dir-is-not-fetched-again[gsm8k]", kills="local-notes-unread")
def test_local_dir_is_not_fetched_again(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that is in `local_dir` already and has not changed on the Hub is not fetched again: a HEAD will do."""
    repo = hub.subject
    small = git_file(repo)
    first = download(port, repo, small, disk)
    hub.wire.clear()
    second = download(port, repo, small, disk)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
    require(second == first, "other-path", "the second call returned another path")


@check("download/local-dir-asks-nothing-by-commit[gsm8k]", kills="local-notes-unread")
def test_local_dir_asks_nothing_by_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file in `local_dir` that is noted to be of a commit costs no request when it is asked for by that commit."""
    repo = hub.subject
    other = other_lfs_file(repo)
    download(port, repo, other, disk, revision=repo.head)
    hub.wire.clear()
    download(port, repo, other, disk, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check("download/local-dir-unchanged-file-of-a-new-commit[gsm8k]", kills=("local-notes-unread", "local-note-stays"))
def test_local_dir_unchanged_file_of_a_new_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved and the file is the same, no body is fetched, and the note names the new commit."""
    repo = hub.subject
    old, new, name = kept_later(repo, ".gitattributes")
    hub.move("main", to=old, repo=repo.id)
    download(port, repo, name, disk)
    hub.move("main", to=new, repo=repo.id)
    hub.wire.clear()
    download(port, repo, name, disk)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
    if disk.kind == "hub":
        require_equal(noted(disk, name)[:1], [new], "stale-note", "the metadata file names the old commit")


@check("download/local-dir-repairs-a-changed-file[gsm8k]", kills="local-changes-unseen")
def test_local_dir_repairs_a_changed_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that was changed after its note was written no longer matches the note: it is fetched again.

    The file's time shows the change: it is later than the note's. (One second is allowed for coarse
    clocks.)
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    path = download(port, repo, other, disk)
    damage(path, b"edited")
    later = time.time() + 10
    os.utime(path, (later, later))
    path = download(port, repo, other, disk)
    require_bytes(read(path), repo.files()[other].body, "changed-file-kept")


@check(
    "download/local-dir-takes-a-file-that-is-right[gsm8k]",
    kills="local-digest-not-compared",
    level="SHOULD",
    source="huggingface_hub hf_hub_download: a file without a note is compared with the sha256 that the Hub sends",
)
def test_local_dir_takes_a_file_that_is_right(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A large file that lies in `local_dir` without a note is not fetched if it has the sha256 that the Hub sends.

    It may have come by git, by a copy or by another tool. A note is written, so that the digest is taken only once.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    file = repo.files()[other]
    there = folder(disk) / other
    there.parent.mkdir(parents=True)
    there.write_bytes(file.body)
    download(port, repo, other, disk)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched though the folder has it")
    if disk.kind == "hub":
        require_equal(noted(disk, other), [repo.head, file.etag], "wrong-note", "the metadata file has wrong content")


@check.each(
    "download/local-dir-note-{}[gsm8k]",
    {"empty": b"", "garbled": b"\xff\xfe\n\n\n", "cut-short": b"71b039d078438487568bbea74a6c8009c62837ee\n"},
    kills="local-note-trusted",
    source="huggingface_hub read_download_metadata: a damaged note is no note",
    cache="hub",
)
def test_local_dir_note(hub: ReplayHub, port: Port, disk: Disk, member: bytes) -> None:
    """A note that is {} is as good as none: no error comes of it, and the file ends up right and noted."""
    repo = hub.subject
    small = git_file(repo)
    path = download(port, repo, small, disk)
    noted(disk, small)
    path.write_bytes(b"not what it was")
    note(disk, small).write_bytes(member)
    path = download(port, repo, small, disk)
    require_bytes(read(path), repo.files()[small].body)
    expected = [repo.head, repo.files()[small].etag]
    require_equal(noted(disk, small), expected, "wrong-note", "the metadata file was not rewritten")


@check(
    "download/local-dir-hides-its-notes-from-git[gsm8k]",
    kills="local-notes-not-hidden",
    level="SHOULD",
    source="huggingface_hub _local_folder: `.cache/huggingface/.gitignore` holds `*`",
    cache="hub",
)
def test_local_dir_hides_its_notes(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The folder of notes has a `.gitignore` with `*`: who commits what he downloaded does not commit the notes."""
    small = git_file(hub.subject)
    download(port, hub.subject, small, disk)
    ignore = folder(disk) / ".cache" / "huggingface" / ".gitignore"
    seen = text(ignore).strip() if ignore.is_file() else None
    require_equal(seen, "*", "notes-not-ignored", "git would not ignore the metadata files")


@check(
    "download/local-dir-notes-are-tagged[gsm8k]",
    kills="local-notes-not-hidden",
    level="MAY",
    source="Cache Directory Tagging Specification; huggingface_hub _local_folder CACHEDIR.TAG",
    cache="hub",
)
def test_local_dir_notes_are_tagged(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The folder of notes has a `CACHEDIR.TAG` with the signature that backup programs know, to be passed by."""
    small = git_file(hub.subject)
    download(port, hub.subject, small, disk)
    tag = folder(disk) / ".cache" / "huggingface" / "CACHEDIR.TAG"
    seen = text(tag)[:43] if tag.is_file() else None
    expected = "Signature: 8a477f597d28d172789f06886806bc55"
    require_equal(seen, expected, "not-tagged", "the folder lacks CACHEDIR.TAG")
