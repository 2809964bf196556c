"""Downloading over a bad line: the right bytes or an error, and never half a file."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.catalogue.check import Checks
from conformance.checks.support import OLD_FORM, Disk, Port, bodies, works
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import Chunked, Corrupt, Cut, ReplayHub, Reset, Stall, Truth
from conformance.roles import git_file, lfs_file, other_lfs_file
from conformance.traffic.exchange import Request, Response
from conformance.verdict.require import require, require_bytes, require_equal

BROKEN = "RFC 9112 §8: a body shorter than its Content-Length is incomplete; huggingface_hub http_get"


check = Checks("hf_hub_download", source=BROKEN)


@dataclass(frozen=True, slots=True)
class UnknownAndCut:
    """No answer has a length, and the body breaks off after `after` bytes."""

    after: int

    def apply(self, request: Request, response: Response) -> Response | None:
        unknown = Chunked().apply(request, response)
        return unknown and (Cut(self.after).apply(request, unknown) or unknown)


def _repo(hub: ReplayHub, of: str | None) -> Truth:
    return hub.repo(of) if of else hub.subject


def well_first(hub: ReplayHub, port: Port, disk: Disk, name: str, of: str | None = None) -> None:
    """A control step: over a line that is well, the same file is downloaded, into another cache."""
    works("a download", lambda: port.with_cache(disk.root / "another").download(_repo(hub, of), name))
    hub.wire.clear()


def require_right_or_nothing(
    hub: ReplayHub, port: Port, disk: Disk, name: str, code: str, of: str | None = None
) -> None:
    """Download over a bad line: the right file arrives, or an error is reported and no file is there."""
    repo = _repo(hub, of)
    try:
        path = port.download(repo, name)
    except PortError:
        left = disk.named(name)
        require(not left, code, "an error was reported, and yet the final name has a file", seen=left)
    else:
        require_bytes(read(path), repo.files()[name].body, code)


@check("download/cut-for-ever[gsm8k]", kills="short-body-accepted")
def test_cut_for_ever(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """If every attempt breaks off at the same byte, an error is reported and no file has the final name.

    A library may resume after the break; then the file arrives whole after all.
    """
    large = lfs_file(hub.subject)
    well_first(hub, port, disk, large)
    hub.fault(Cut(after=2000), answer="content", times=None)
    require_right_or_nothing(hub, port, disk, large, "half-a-file")


@check("download/cut-git-file[gsm8k]", kills="short-body-accepted")
def test_cut_git_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A small file whose body breaks off is not stored either."""
    small = git_file(hub.subject)
    well_first(hub, port, disk, small)
    hub.fault(Cut(after=100), answer="content", filename=small, times=None)
    require_right_or_nothing(hub, port, disk, small, "half-a-file")


@check("download/after-a-broken-attempt[gsm8k]", kills=("short-body-accepted", "resumes-one-byte-late"))
def test_after_a_broken_attempt(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """An interrupted download does not harm the next: called again, it ends with the right bytes.

    What is left of the first attempt may be used, but only to the byte.
    """
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Cut(after=2000), answer="content", times=1)
    try:
        path = port.download(repo, large)
    except PortError:
        path = port.download(repo, large)
    require_bytes(read(path), repo.files()[large].body)


@check(
    "download/recovers-from-a-cut[gsm8k]",
    kills="never-retries",
    level="SHOULD",
    source="huggingface_hub http_get resumes after a broken connection",
)
def test_recovers_from_a_cut(hub: ReplayHub, port: Port) -> None:
    """A body that breaks off once is completed within the same call: by a range, or from the start."""
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Cut(after=2000), answer="content", times=1)
    path = port.download(repo, large)
    require_bytes(read(path), repo.files()[large].body)


@check(
    "download/recovers-from-a-reset[gsm8k]",
    kills="never-retries",
    level="SHOULD",
    source="huggingface_hub http_get retries after a connection error",
)
def test_recovers_from_a_reset(hub: ReplayHub, port: Port) -> None:
    """A connection that is reset in the middle of a body once does not end the download."""
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Reset(after=3000), answer="content", times=1)
    path = port.download(repo, large)
    require_bytes(read(path), repo.files()[large].body)


@check(
    "download/waits-out-a-stall[gsm8k]",
    kills="impatient",
    source="huggingface_hub HF_HUB_DOWNLOAD_TIMEOUT is 10 seconds",
)
def test_waits_out_a_stall(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Half a second of silence in the middle of a body is not an error: the download continues."""
    repo = hub.subject
    large = lfs_file(repo)
    port.with_cache(disk.root / "another").download(repo, large)
    usual = len(bodies(hub))
    hub.wire.clear()
    hub.fault(Stall(0.5, after=1000), answer="content", times=1)
    path = port.download(repo, large)
    require_bytes(read(path), repo.files()[large].body)
    require_equal(len(bodies(hub)), usual, "asked-again", "the download did not wait for the rest of the body")


@check(
    "download/digest-is-verified[gsm8k]",
    kills="digest-not-verified",
    level="SHOULD",
    source="Hub: X-Linked-Etag of a large file is the sha256 of its content",
)
def test_digest_is_verified(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A body of the right length with a wrong byte is found out by its sha256, which the Hub sends beforehand.

    No file with the wrong byte may have the final name.
    """
    large = lfs_file(hub.subject)
    well_first(hub, port, disk, large)
    hub.fault(Corrupt(at=1500), answer="content", times=None)
    require_right_or_nothing(hub, port, disk, large, "digest-not-verified")


@check(
    "download/git-digest-is-verified[gsm8k]",
    kills="digest-not-verified",
    level="SHOULD",
    source="Hub: the ETag of a git file is its blob id, the sha1 of `blob <size>\\0` and the content (git hash-object)",
)
def test_git_digest_is_verified(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A small file with a wrong byte is found out as well: its ETag is the git blob id, a sha1 of size and content.

    No file with the wrong byte may have the final name.
    """
    small = git_file(hub.subject)
    well_first(hub, port, disk, small)
    hub.fault(Corrupt(at=hub.subject.files()[small].size // 2), answer="content", filename=small, times=None)
    require_right_or_nothing(hub, port, disk, small, "digest-not-verified")


@check(
    "download/cut-of-unknown-length[gsm8k]",
    kills="short-body-accepted",
    source="RFC 9112 §8: a chunked body without its last chunk is incomplete",
)
def test_cut_of_unknown_length(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A body that comes in chunks and breaks off before the last one is incomplete, though no length was announced.

    A library may resume or start again; then the file arrives whole after all.
    """
    other = other_lfs_file(hub.subject)
    well_first(hub, port, disk, other)
    hub.fault(Chunked(), Cut(after=5000), answer="content", times=1)
    require_right_or_nothing(hub, port, disk, other, "half-a-file")


@check(
    "download/cut-of-unannounced-length[contract]",
    kills="short-body-accepted",
    level="SHOULD",
    source="RFC 9112 §8: a chunked body without its last chunk is incomplete",
)
def test_cut_of_unannounced_length(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The same where not even the HEAD before the download gave the size: only the missing last chunk shows the break.

    An error is reported and no file has the final name, or the file arrives whole.
    """
    well_first(hub, port, disk, "README.md", of=OLD_FORM)
    hub.fault(UnknownAndCut(after=30), path="*README.md", times=None)
    require_right_or_nothing(hub, port, disk, "README.md", "half-a-file", of=OLD_FORM)
