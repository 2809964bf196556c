"""Large bodies: beyond what clients read at a time, keep in memory, or hash in one go.

The official client reads 10 MiB at a time and keeps nothing of a smaller part, so a body of 24 MiB that breaks off
after 21 makes every client that resumes at all ask for a part.
"""

from __future__ import annotations

import functools
import hashlib

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_resilience import BROKEN, RANGES, require_file, require_right_or_error
from conformance.ports import PortError
from conformance.replay import AnotherPart, Corrupt, Cut, Gzip, ReplayHub, Reset, Rewrite
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import control, require, require_bytes, require_equal

MIB = 1 << 20
LENGTH, BREAK = 24 * MIB, 21 * MIB
ENCODED = "RFC 9110 §14.1.2 and §8.1: a range counts the bytes of the representation as it is encoded"
DIGEST = "Hub: X-Linked-Etag of a large file is the sha256 of its content"


check = Checks("hf_hub_download", source=RANGES, level="SHOULD")


@functools.cache
def body(length: int = LENGTH) -> bytes:
    """Bytes of which no two blocks are alike: a part in the wrong place makes another file."""
    block = b"".join(hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(2048))
    return b"".join(number.to_bytes(8, "big") + block[8:] for number in range(-(-length // len(block))))[:length]


def put(hub: ReplayHub, content: bytes) -> None:
    repo = hub.subject
    large = lfs_file(repo)
    hub.put(repo.id, large, content)


def require_content(hub: ReplayHub, port: Port, content: bytes) -> None:
    large = lfs_file(hub.subject)
    require_bytes(port.download(hub.subject, large).read_bytes(), content)


def require_content_or_error(hub: ReplayHub, port: Port, disk: Disk, content: bytes) -> None:
    """The content arrives, or an error is reported and no file has the final name."""
    large = lfs_file(hub.subject)
    try:
        path = port.download(hub.subject, large)
    except PortError:
        left = disk.named(large)
        require(not left, "wrong-file-left", "an error was reported, and yet the file is there", seen=left)
    else:
        require_bytes(path.read_bytes(), content)


@check("resilience/large-body[gsm8k]", kills="large-body-is-short", level="MUST", source=BROKEN)
def test_large_body(hub: ReplayHub, port: Port) -> None:
    """A body of 24 MiB arrives whole, in one answer: nothing goes wrong in this check but its size."""
    put(hub, body())
    require_content(hub, port, body())


@check.each(
    "resilience/large-body-{}[gsm8k]",
    {"cut": Cut(BREAK, of_the_file=True), "reset": Reset(BREAK, of_the_file=True)},
    kills="gives-up-on-a-broken-body",
    source=BROKEN,
)
def test_large_body_broken(hub: ReplayHub, port: Port, member: Cut | Reset) -> None:
    """A body of 24 MiB that is {} after 21 arrives whole after all."""
    repo = hub.subject
    large = lfs_file(repo)
    put(hub, body())
    hub.fault(member, answer="content", repo=repo.id, filename=large)
    require_content(hub, port, body())


@check(
    "resilience/large-body-is-resumed[gsm8k]",
    kills="large-body-begins-anew",
    source="RFC 9110 §14: ranges; huggingface_hub http_get resumes",
)
def test_large_body_is_resumed(hub: ReplayHub, port: Port) -> None:
    """After a break at 21 of 24 MiB the rest is asked for, and not all of it again.

    (What has been asked for then is counted: less than half of the body.)
    """
    repo = hub.subject
    large = lfs_file(repo)
    put(hub, body())
    hub.fault(Cut(BREAK, of_the_file=True), answer="content", repo=repo.id, filename=large)
    require_content(hub, port, body())
    sent = [entry.sent for entry in hub.wire if entry.method == "GET"]
    again = sum(sent) - LENGTH
    require(again < LENGTH // 2, "begun-anew", "the whole body was fetched again", expected="the rest", seen=again)


@check("resilience/another-part-of-the-right-size[gsm8k]", kills="parts-trusted-by-their-size", level="MUST")
def test_another_part_of_the_right_size(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a 206 holds another part than was asked for, and the size comes out right, it is not taken for it.

    `Content-Range` shows which part it is. The download ends with the right bytes, or with an error and no file.
    """
    repo = hub.subject
    large = lfs_file(repo)
    content = hub.subject.files()[large].body
    hub.fault(Cut(20_000, of_the_file=True), answer="content", repo=repo.id, filename=large)
    hub.fault(AnotherPart(content), answer="content", filename=large, ranged=True, times=None, needed=False)
    require_right_or_error(hub, port, disk)


@check("resilience/another-part-of-a-large-body[gsm8k]", kills="parts-trusted-by-their-size", level="MUST")
def test_another_part_of_a_large_body(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The same for 24 MiB, of which 21 came: no client starts such a body again, so each must read `Content-Range`."""
    repo = hub.subject
    large = lfs_file(repo)
    put(hub, body())
    cut = hub.fault(Cut(BREAK, of_the_file=True), answer="content", repo=repo.id, filename=large)
    wrong = AnotherPart(body())
    met = hub.fault(wrong, answer="content", repo=repo.id, filename=large, ranged=True, times=None, needed=False)
    require_content_or_error(hub, port, disk, body())
    cut.needed = not met.fired  # a client that fetches pieces meets the wrong one before anything breaks off


@check("resilience/whole-body-to-a-range-is-the-file[gsm8k]", kills="whole-body-is-appended")
def test_whole_body_to_a_range_is_the_file(hub: ReplayHub, port: Port) -> None:
    """When a request for the rest is answered with 200 and the whole body, the call ends with the file.

    A server may ignore a range; this is not a failure, so an error is not allowed.
    """
    repo = hub.subject
    large = lfs_file(repo)
    content = hub.subject.files()[large].body
    hub.fault(Cut(20_000, of_the_file=True), answer="content", repo=repo.id, filename=large)
    hub.fault(_whole(content), answer="content", filename=large, ranged=True, times=None, needed=False)
    require_file(hub, port)


@check("resilience/whole-large-body-to-a-range-is-the-file[gsm8k]", kills="whole-body-is-appended")
def test_whole_large_body_to_a_range_is_the_file(hub: ReplayHub, port: Port) -> None:
    """The same for 24 MiB, of which 21 came: the call ends with the file, which is neither longer nor mixed up."""
    repo = hub.subject
    large = lfs_file(repo)
    put(hub, body())
    cut = hub.fault(Cut(BREAK, of_the_file=True), answer="content", repo=repo.id, filename=large)
    whole = _whole(body())
    met = hub.fault(whole, answer="content", repo=repo.id, filename=large, ranged=True, times=None, needed=False)
    require_content(hub, port, body())
    cut.needed = not met.fired  # a client that fetches pieces gets the whole for the first one


def _whole(content: bytes) -> Rewrite:
    return Rewrite(status=200, headers={"Content-Range": None}, body=content)


@check(
    "download/compressed-for-who-accepts-it[gsm8k]",
    kills="accepts-what-it-cannot-read",
    source="RFC 9110 §8.4: Content-Encoding; §12.5.3: a client that names gzip in Accept-Encoding understands it",
)
def test_compressed_for_who_accepts_it(hub: ReplayHub, port: Port) -> None:
    """Who accepts gzip gets the file by it: the call ends with the file, decompressed. Who does not gets it plain."""
    repo = hub.subject
    small = git_file(repo)
    gzip = Gzip(only_if_accepted=True)
    hub.fault(gzip, answer="content", repo=repo.id, filename=small, times=None, needed=False)
    require_bytes(port.download(repo, small).read_bytes(), repo.files()[small].body)


@check("wire/ranges-are-of-the-plain-body[gsm8k]", kills="compressed-ranges-accepted", source=ENCODED)
def test_ranges_are_of_the_plain_body(hub: ReplayHub, port: Port) -> None:
    """A request for a part of a file asks for the encoding `identity`, or names none.

    The bytes on disk are not those of a compressed body: a range of that begins somewhere else.
    """
    repo = hub.subject
    large = lfs_file(repo)
    put(hub, body())
    hub.fault(Cut(BREAK, of_the_file=True), answer="content", repo=repo.id, filename=large)
    require_content(hub, port, body())
    parts = [entry for entry in hub.wire if entry.method == "GET" and "Range" in entry.request.headers]
    parts = [entry for entry in parts if entry.request.headers["Range"] not in ("bytes=0-0", "bytes=0-")]
    control(parts, "no part of the body was requested")
    seen = sorted({entry.request.headers.get("Accept-Encoding", "identity").strip().lower() for entry in parts})
    require_equal(seen, ["identity"], "compressed-range", "a range was requested with a content coding")


@check.each(
    "download/digest-of-{}[gsm8k]",
    {"5-mib": 5 * MIB, "24-mib": LENGTH, "65-mib": 65 * MIB},
    kills="large-digest-not-verified",
    source=DIGEST,
)
def test_digest_of_a_large_file(hub: ReplayHub, port: Port, disk: Disk, member: int) -> None:
    """A wrong byte in a body of {} is noticed, the last but one at that: the digest is of all of it.

    The download ends with an error, and no file has the final name.
    """
    repo = hub.subject
    large = lfs_file(repo)
    put(hub, body(member))
    broken = hub.fault(Corrupt(-2), answer="content", repo=repo.id, filename=large, times=None)
    try:
        path = port.download(hub.subject, large)
    except PortError:
        left = disk.named(large)
        require(not left, "digest-not-verified", "an error was reported, and yet the file is there", seen=left)
    else:
        control(broken.fired > 0, "no body was requested")
        require_bytes(path.read_bytes(), body(member), "digest-not-verified")
    broken.times = broken.fired  # from now on the body is right
    require_content(hub, port, body(member))
