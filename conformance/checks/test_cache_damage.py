"""The cache on disk after an accident: a killed process, a full disk, a hand that meant well."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_disk import damage, read, remove, text
from conformance.replay import ReplayHub, Truth
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import control, require, require_bytes, require_equal

LAYOUT = "Hub docs: manage-cache; huggingface_hub file_download"
KILLED = (
    "huggingface_hub file_download: `<etag>.incomplete` of earlier versions, `<etag>.<hex>.incomplete` from 1.18 on"
)


check = Checks("hf_hub_download", source=LAYOUT)


def ref_of_the_port(port: Port, disk: Disk, repo: Truth) -> Path:
    """The ref of `main` that the port has written when it downloaded a file by that branch."""
    port.download(repo, lfs_file(repo))
    ref = disk.ref(repo, "main")
    control(ref.is_file(), "the port has written no ref that could be damaged")
    return ref


@check("cache/dangling-link-is-mended[gsm8k]", kills="dangling-link-trusted", cache="own")
def test_dangling_link_is_mended(hub: ReplayHub, port: Port) -> None:
    """When a file's content is gone, the file is fetched again: the path that is returned leads to it.

    By branch, and by commit. In the official layout the blob is gone and the link to it is left: a link does not prove
    that its file exists.
    """
    repo = hub.subject
    large = lfs_file(repo)
    for revision in ("main", repo.head):
        remove(port.download(repo, large))
        path = port.download(repo, large, revision=revision)
        require_bytes(read(path), repo.files()[large].body)


@check.each(
    "cache/killed-download-left-{}[gsm8k]",
    {"half-of-it": (0, 1500), "garbage": (1, 1500), "too-much": (1, 1_000_000)},
    kills="rest-of-a-killed-process-trusted",
    source=KILLED,
)
def test_killed_download(hub: ReplayHub, port: Port, disk: Disk, member: tuple[int, int]) -> None:
    """A process that was killed has left {} in a temporary file beside the blob; the file is still the Hub's.

    A library may go on from what it finds there, or pass it by. What it returns holds every byte of the Hub's and
    no other. It fails if it takes on trust what it cannot know: who wrote that, and how much of it arrived.
    """
    large = lfs_file(hub.subject)
    kind, length = member
    repo = hub.subject
    file = repo.files()[large]
    left = file.body[:length] if kind == 0 else b"\xa5" * length
    blob = disk.blob(repo, file.etag)
    blob.parent.mkdir(parents=True)
    for suffix in (".incomplete", ".0a1b2c3d.incomplete"):
        blob.with_name(f"{blob.name}{suffix}").write_bytes(left)
    path = port.download(repo, large)
    require_bytes(read(path), file.body)


@check("cache/killed-download-left-all-of-it[gsm8k]", kills="nothing-missing-is-a-refusal", source=KILLED)
def test_killed_download_left_all(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A process that was killed between the last byte and the renaming is no obstacle: the file is returned.

    Who asks for the rest is answered 416 (Range Not Satisfiable), at each call: there is no rest.
    """
    repo = hub.subject
    large = lfs_file(repo)
    file = repo.files()[large]
    blob = disk.blob(repo, file.etag)
    blob.parent.mkdir(parents=True)
    for suffix in (".incomplete", ".0a1b2c3d.incomplete"):
        blob.with_name(f"{blob.name}{suffix}").write_bytes(file.body)
    require_bytes(read(port.download(repo, large)), file.body)


@check(
    "cache/lock-file-of-a-killed-process[gsm8k]",
    kills="lock-file-means-locked",
    source="huggingface_hub utils WeakFileLock: an operating system's lock, which ends with its process",
)
def test_lock_file_of_a_killed_process(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A lock file that no process holds does not block a download: killed processes leave their locks."""
    repo = hub.subject
    large = lfs_file(repo)
    file = repo.files()[large]
    lock = disk.cache / ".locks" / disk.folder(repo).name / f"{file.etag}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_bytes(b"")
    path = port.download(repo, large)
    require_bytes(read(path), file.body)


@check.each(
    "cache/ref-that-is-{}[gsm8k]",
    {"empty": "", "cut-off": "0123456789abcdef", "some-text": "ref: refs/heads/main", "an-unknown-commit": "0" * 40},
    kills="ref-never-rewritten",
)
def test_damaged_ref(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A ref that is {} does no harm while the Hub can be asked: the file is returned, and the ref is corrected."""
    repo = hub.subject
    small = git_file(repo)
    ref = ref_of_the_port(port, disk, repo)
    damage(ref, member.encode())
    path = port.download(repo, small)
    require_bytes(read(path), repo.files()[small].body)
    require_equal(text(ref, "no-ref").strip(), repo.head, "ref-not-mended", "the damaged ref was not replaced")


@check(
    "cache/ref-that-is-no-text[gsm8k]",
    kills="ref-must-be-text",
    level="SHOULD",
    source="A file that a crash has left may hold any bytes; huggingface_hub reads a ref as text and fails",
)
def test_ref_that_is_no_text(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A ref that holds bytes which are not text does no harm while the Hub can be asked."""
    repo = hub.subject
    small = git_file(repo)
    damage(ref_of_the_port(port, disk, repo), b"\xff\xfe\x00\xa5")
    path = port.download(repo, small)
    require_bytes(read(path), repo.files()[small].body)


@check(
    "cache/ref-with-a-newline-is-read[gsm8k]",
    kills="ref-read-to-the-letter",
    level="SHOULD",
    source="RFC 9413 §2: be tolerant of what others write; git ends its refs with a newline",
)
def test_ref_with_a_newline_is_read(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A ref that ends with a newline, as an editor or another tool leaves it, is read as the commit that it names."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small)
    damage(ref_of_the_port(port, disk, repo), f"{repo.head}\n".encode())
    again = port.download(repo, small, local_files_only=True)
    require(again == path, "other-path", "another path was returned")


@check(
    "cache/unwritable-ref-is-no-failure[gsm8k]",
    kills="ref-must-be-written",
    level="SHOULD",
    source="huggingface_hub file_download: the ref of a cached file is updated as far as possible (from 1.25 on)",
)
def test_unwritable_ref_is_no_failure(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """An existing file is returned though the ref cannot be written: the cache may belong to another user.

    Here a folder has the name of the ref.
    """
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    ref = ref_of_the_port(port, disk, repo)
    remove(ref)
    (ref / "in-the-way").mkdir(parents=True)
    again = port.download(repo, large)
    require(again == path, "other-path", "another path was returned")


@check.each(
    "cache/blob-that-was-{}[gsm8k]",
    {"cut": 100, "emptied": 0},
    kills="size-on-disk-not-looked-at",
    level="SHOULD",
    source="Hub: X-Linked-Size and Content-Length hold the size; huggingface_hub does not compare it with the blob's",
    cache="own",
)
def test_blob_of_a_wrong_size(hub: ReplayHub, port: Port, member: int) -> None:
    """A cached file that was {} on disk is detected at the next request to the Hub, which reports the size.

    It is fetched again. Otherwise the damage stays until the user deletes the cache, and looks like the Hub's.
    """
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    damage(path, repo.files()[large].body[:member])
    again = port.download(repo, large)
    require_bytes(read(again), repo.files()[large].body, "damage-not-noticed")
    require_equal(again == path, True, "other-path", "another path was returned")
