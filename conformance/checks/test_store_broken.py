"""The store over a bad line, and against a Hub that means no good: whole files or none, and none outside."""

from __future__ import annotations

import contextlib
import re

from conformance.catalogue.check import Checks
from conformance.checks.answers import Everywhere, Smuggling
from conformance.checks.support import Disk, Port, is_probe
from conformance.checks.support_disk import read
from conformance.checks.support_store import (
    DOWNLOAD,
    WHOLE,
    broken_off,
    download,
    files,
    folder,
    is_downloaded,
    require_files,
    root,
)
from conformance.ports import PortError
from conformance.replay import Corrupt, Cut, Fault, ReplayHub, Reset, WrongLength
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import require, require_bytes, require_equal

check = Checks(DOWNLOAD, source=WHOLE)


def require_whole_or_none(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download over a bad line brings the right file, or it is an error and no file is there."""
    large = lfs_file(hub.subject)
    with contextlib.suppress(PortError):
        download(port, disk, file_pattern=large)
    for name, path in files(folder(disk)).items():
        if name in hub.subject.files():
            require_bytes(read(path), hub.subject.files()[name].body, "half-a-file")


@check.each(
    "store/whole-or-none-after-a-{}[gsm8k]",
    {
        "cut": Cut(after=2000),
        "reset": Reset(after=3000),
        "wrong-byte": Corrupt(at=2500),
        "wrong-length": WrongLength(-100),
    },
    kills="torn-file-under-its-name",
)
def test_whole_or_none(hub: ReplayHub, port: Port, disk: Disk, member: Fault) -> None:
    """After a {}, the file with the final name is right, or does not exist: the download may recover or fail."""
    hub.fault(member, answer="content")
    require_whole_or_none(hub, port, disk)


@check(
    "store/wrong-body-is-an-error[gsm8k]",
    kills="torn-file-under-its-name",
    source="the Hub's lfs.oid is the sha256 of a file",
    needs=("is_downloaded",),
)
def test_wrong_body(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A body with the right length and one wrong byte, however often it is asked for, is an error."""
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Corrupt(at=2500), origin="cdn", method="GET", times=None)
    port.error(DOWNLOAD, repo_id=repo.id, root=root(disk), file_pattern=large)
    require(not is_downloaded(port, disk), "is-downloaded", "a download that failed counts as downloaded")
    require(not folder(disk).joinpath(large).exists(), "wrong-file", "a wrong file has its final name")


@check(
    "store/broken-download-is-not-downloaded[gsm8k]",
    kills="index-believed",
    operation="is_downloaded",
    needs=(DOWNLOAD,),
)
def test_broken_is_not_downloaded(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A dataset whose download was interrupted does not count as downloaded."""
    large = lfs_file(hub.subject)
    broken_off(hub, port, disk, large)
    require(not is_downloaded(port, disk), "is-downloaded", "a download that failed counts as downloaded")


@check("store/next-download-completes[gsm8k]", kills="leftover-lock-means-busy")
def test_next_download(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After an interrupted download, the next one brings the right file and leaves no other file."""
    large = lfs_file(hub.subject)
    broken_off(hub, port, disk, large)
    download(port, disk, file_pattern=large)
    require_files(folder(disk), hub.subject, [large])


@check(
    "store/next-download-goes-on[gsm8k]",
    kills="store-begins-anew",
    level="SHOULD",
    source="RFC 9110 §14.2: a range asks for the rest of a body",
)
def test_next_download_goes_on(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After an interrupted download, the next one asks for the rest only, by one range or several."""
    large = lfs_file(hub.subject)
    broken_off(hub, port, disk, large)
    download(port, disk, file_pattern=large)
    asked = [entry for entry in hub.wire if entry.origin == "cdn" and entry.method == "GET"]
    asked = [entry for entry in asked if not is_probe(entry.request)]
    ranges = [entry.request.headers.get("range", "") for entry in asked]
    begins = [re.match(r"bytes=(\d+)-", said) for said in ranges]
    is_rest = [begin is not None and int(begin[1]) >= 2000 for begin in begins]
    message = "the next download did not request only the rest"
    require(asked and all(is_rest), "not-resumed", message, expected="bytes=2000-…", seen=ranges)
    require(ranges[0].startswith("bytes=2000-"), "not-resumed", message, expected="bytes=2000-…", seen=ranges)


@check(
    "store/complete-files-are-kept-by-a-failure[gsm8k]",
    kills="failure-clears-the-folder",
    level="SHOULD",
    source="economy: what is on disk need not be fetched",
)
def test_complete_files_are_kept(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download that fails takes nothing away from what was downloaded before."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    download(port, disk, file_pattern=small)
    broken_off(hub, port, disk, large)
    path = folder(disk) / small
    require(path.is_file(), "file-lost", "a file that was complete is gone after another's failure")
    require_bytes(read(path), repo.files()[small].body)


@check.each(
    "store/listing-{}[gsm8k]",
    {
        "with-a-way-up": "../../../evil.md",
        "with-a-way-up-inside": "main/../../../../evil.md",
        "with-an-absolute-path": "{root}/evil.md",
    },
    kills="store-listings-not-checked",
    source="a server is not trusted with the paths of its client's disk",
)
def test_listing(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """From a listing {}, nothing is written outside the dataset's folder.

    The whole download may be refused, or the one file left out.
    """
    repo = hub.subject
    small = git_file(repo)
    readme = repo.files()[small]
    path = member.replace("{root}", disk.root.as_posix())
    everywhere = Everywhere(readme.body, readme.oid, repo.head)
    hub.fault(Smuggling(path, {"type": "file", "oid": readme.oid, "size": readme.size}, everywhere), times=None)
    with contextlib.suppress(PortError):
        download(port, disk, file_pattern=["**/*.md", path])
    inside = folder(disk).relative_to(disk.root).as_posix()
    found = [name for name in disk.files(disk.root) if "evil" in name and not name.startswith(f"{inside}/")]
    require_equal(found, [], "written-outside", "a file was written outside the dataset's folder")
