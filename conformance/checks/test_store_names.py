"""Names in a store, and what an earlier download has left."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_rows import put
from conformance.checks.support_store import (
    DOWNLOAD,
    GLOBS,
    WHOLE,
    download,
    folder,
    is_downloaded,
    pair,
    require_files,
    root,
)
from conformance.replay import Corrupt, Cut, Fault, ReplayHub, Status
from conformance.roles import git_file, lfs_file, other_lfs_file, two_lfs_files
from conformance.verdict.require import require, require_bytes, require_equal

AWKWARD = "conformance/awkward-names"
UNNORMALISED = ("e\u0301-x.txt", "\u00e9-x.txt", "\u212b-x.txt", "\ufb01-x.txt")


check = Checks(DOWNLOAD, source="RFC 3986 §2.5; paths in git are bytes")


@check("store/names-are-not-normalised[contract]", kills="store-normalises-names")
def test_normal_forms(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Files have the names of the repository, code point by code point: two that look alike are two."""
    download(port, disk, AWKWARD, file_pattern="*-x.txt")
    require_files(folder(disk, AWKWARD), hub.repo(AWKWARD), UNNORMALISED)


@check(
    "store/folder-keeps-letter-case[contract]",
    kills="store-in-lower-case",
    source="the protocol's *store*: <owner>/<name>",
    needs=("list_downloaded",),
)
def test_letter_case(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The folder has the repository's id in its letter case, and so has the list of downloads."""
    repo_id = "conformance/Letter-Case"
    download(port, disk, repo_id, file_pattern="data.txt")
    require_files(folder(disk, repo_id), hub.repo(repo_id), ["data.txt"])
    listed = [dataset["repo_id"] for dataset in port.list_downloaded(root=root(disk))]
    require_equal(listed, [repo_id], "wrong-list", "the dataset is listed under another name")


@check(
    "store/empty-file-is-a-file[contract]",
    kills="empty-files-left-out",
    source="a repository may have files without content",
    needs=("is_downloaded",),
)
def test_empty_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file without content is downloaded like any other, and is complete."""
    download(port, disk, AWKWARD, file_pattern="empty.txt")
    require_files(folder(disk, AWKWARD), hub.repo(AWKWARD), ["empty.txt"])
    require(is_downloaded(port, disk, AWKWARD), "not-downloaded", "an empty file does not count as downloaded")


@check(
    "store/pattern-minds-letter-case[gsm8k]",
    kills="patterns-in-any-case",
    level="SHOULD",
    source=f"{GLOBS}; Python docs: PurePosixPath.full_match",
)
def test_pattern_case(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A pattern in other letter case than the paths matches nothing, which is an error."""
    download(port, disk, file_pattern=pair(hub.subject))
    other = disk.root / "other"
    port.error(
        DOWNLOAD,
        repo_id=hub.subject.id,
        root=str(other),
        file_pattern=pair(hub.subject).replace(".parquet", ".PARQUET"),
    )


@check.each(
    "store/what-was-left-{}-is-no-obstacle[gsm8k]",
    {"with-a-wrong-byte": (Corrupt(1000), Cut(2000)), "with-a-wrong-beginning": (Corrupt(0), Cut(2000))},
    kills="wrong-beginning-is-the-end",
    level="SHOULD",
    source=f"{WHOLE}; README: a download that was interrupted resumes",
)
def test_wrong_beginning(hub: ReplayHub, port: Port, disk: Disk, member: tuple[Fault, Fault]) -> None:
    """What an interrupted download left, {}, does not block the next: the next one begins again by itself."""
    repo = hub.subject
    large = lfs_file(repo)
    broken = hub.fault(*member, origin="cdn", method="GET")
    refused = hub.fault(Status(403), origin="cdn", method="GET", times=None, needed=False)
    port.error(DOWNLOAD, repo_id=repo.id, root=root(disk), file_pattern=large)
    require(broken.fired, "not-asked", "the content was not requested")
    refused.times = refused.fired
    download(port, disk, file_pattern=large)
    require_files(folder(disk), hub.subject, [large])


@check(
    "store/wrong-byte-of-a-git-file[gsm8k]",
    kills="git-files-not-verified",
    level="SHOULD",
    source="git: the name of a blob is its digest; Hub: it is the oid of a file that git keeps",
)
def test_git_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A wrong byte in a file that git keeps is noticed, too: an error, and no file under its name."""
    repo = hub.subject
    small = git_file(repo)
    other = other_lfs_file(repo)
    download(port, disk, file_pattern=other)
    hub.fault(Corrupt(at=50), path=f"*/resolve-cache/*{small}", method="GET", times=None)
    port.error(DOWNLOAD, repo_id=repo.id, root=root(disk), file_pattern=small)
    require(not folder(disk).joinpath(small).exists(), "wrong-file", "a wrong file has its final name")


@check(
    "store/same-content-twice[gsm8k]",
    kills="one-file-for-a-content",
    source="the protocol's *store*: every file that the patterns choose",
)
def test_all_files(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Two files with the same content are two files."""
    repo = hub.subject
    first, second = two_lfs_files(repo)
    put(hub, repo.id, second, repo.files()[first].body)
    download(port, disk, file_pattern=[first, second])
    for name in (first, second):
        path = folder(disk) / name
        require(path.is_file(), "no-file", "one of two files with the same content is missing", expected=name)
        require_bytes(path.read_bytes(), repo.files()[first].body)
