"""What a download must make of the Hub's headers: lengths, encodings, ETags, and what may be missing."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.answers import OfTheFile, Replaced
from conformance.checks.support import AWKWARD_NAMES, OLD_FORM, Disk, Port, is_api, works
from conformance.checks.support_disk import read, require_name
from conformance.ports import PortError
from conformance.replay import Chunked, Gzip, ReplayHub, Rewrite
from conformance.roles import lfs_file, other_lfs_file
from conformance.verdict.require import require, require_bytes, require_equal

LENGTH = "RFC 9112 §6.3: a chunked body needs no Content-Length"
ETAG = 'RFC 9110 §8.8.3: `"x"` and `W/"x"`; huggingface_hub _normalize_etag'
METADATA = "huggingface_hub get_hf_file_metadata: X-Repo-Commit, X-Linked-Etag or ETag, X-Linked-Size"


check = Checks("hf_hub_download", source=METADATA)


@check("download/unknown-length[gsm8k]", kills="length-required", source=LENGTH)
def test_unknown_length(hub: ReplayHub, port: Port) -> None:
    """A body that comes in chunks, without a Content-Length, is downloaded like any other."""
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Chunked(), answer="content")
    path = port.download(repo, large)
    require_bytes(read(path), repo.files()[large].body)


@check("download/unannounced-length[contract]", kills="size-required", level="SHOULD", source=LENGTH)
def test_unannounced_length(hub: ReplayHub, port: Port) -> None:
    """Where even the HEAD before the download gives no size, the file is downloaded all the same.

    The Hub itself always gives it; mirrors that compress on the way don't. The digest still identifies a whole file.
    """
    repo = hub.repo(OLD_FORM)
    hub.fault(Chunked(), path="*README.md", times=None)
    path = port.download(repo, "README.md")
    require_bytes(read(path), repo.files()["README.md"].body)


@check(
    "download/compressed-on-the-wire[contract]",
    kills="accepts-gzip-and-keeps-it",
    source="RFC 9110 §8.4: Content-Encoding; the Hub sends text files compressed with gzip to who accepts that",
)
def test_compressed_on_the_wire(hub: ReplayHub, port: Port) -> None:
    """What comes with `Content-Encoding: gzip` is decompressed before it is a file: its bytes are those before gzip.

    A client that accepts gzip gets the file: the compressed bytes are never the file, and the size that was
    announced is that of the file, not of what is sent. A library that accepts no gzip is sent none.
    """
    repo = hub.repo(AWKWARD_NAMES)
    hub.fault(Gzip(only_if_accepted=True), answer="content", filename="large.txt", times=None, needed=False)
    path = port.download(repo, "large.txt")
    require_bytes(read(path), repo.files()["large.txt"].body, "compressed-bytes-kept")


@check(
    "download/compressed-though-not-accepted[contract]",
    kills="compressed-bytes-kept",
    level="SHOULD",
    source="RFC 9110 §8.4: Content-Encoding names what was applied to the content; a proxy may apply it to anything",
)
def test_compressed_though_not_accepted(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A body with `Content-Encoding: gzip`, though the client did not accept it, is decompressed or refused.

    The Hub does not send that; a careless proxy does. The compressed bytes are never the file.
    """
    repo = hub.repo(AWKWARD_NAMES)
    works("a download", lambda: port.with_cache(disk.root / "another").download(repo, "large.txt"))
    hub.fault(Gzip(), answer="content", filename="large.txt", times=None)
    try:
        path = port.download(repo, "large.txt")
    except PortError:
        require_equal(disk.named("large.txt"), [], "left-behind", "an error was reported, and yet there is a file")
    else:
        require_bytes(read(path), repo.files()["large.txt"].body, "compressed-bytes-kept")


@check.each(
    "download/etag-{}[contract]",
    {"weak": 'W/"{}"', "without-quotes": "{}"},
    kills="etag-quotes-by-position",
    source=ETAG,
)
def test_etag(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """An ETag that is {} means the same content: the file arrives, and a blob's name is the bare tag as ever.

    A proxy that compresses makes a strong tag weak; a name with `W/` in it would even be a separate folder.
    """
    repo = hub.repo(OLD_FORM)
    file = repo.files()["README.md"]
    hub.fault(Rewrite(headers={"ETag": member.format(file.oid)}), path="*README.md", times=None)
    path = port.download(repo, "README.md")
    require_bytes(read(path), file.body)
    if disk.kind == "hub":
        blobs = list(disk.files(disk.folder(repo) / "blobs"))
        require_equal(blobs, [file.oid], "wrong-blob-name", "the blob is not named by the bare ETag")


@check("download/linked-size-missing[gsm8k]", kills="size-of-the-redirect")
def test_linked_size_missing(hub: ReplayHub, port: Port) -> None:
    """Where a large file's redirect lacks `X-Linked-Size`, its size is unknown beforehand, and it is downloaded.

    The Content-Length of a redirect is that of its own short body, never the file's. (A library that asks for Xet
    information instead gets the size there.)
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    hub.fault(OfTheFile(Rewrite(headers={"X-Linked-Size": None})), path="*/resolve/*", times=None, needed=False)
    path = port.download(repo, other)
    require_bytes(read(path), repo.files()[other].body)


@check("download/without-xet[gsm8k]", kills="xet-required")
def test_without_xet(hub: ReplayHub, port: Port) -> None:
    """A large file of a repository without Xet has neither `X-Xet-Hash` nor Xet links, and is downloaded.

    (A library that asks for Xet information instead gets it here: without these it would be none.)
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    without = Rewrite(headers={"X-Xet-Hash": None, "Link": None})
    hub.fault(OfTheFile(without), path="*/resolve/*", times=None, needed=False)
    path = port.download(repo, other)
    require_bytes(read(path), repo.files()[other].body)


@check.each(
    "download/answer-without-{}[contract]",
    {"a-commit": "X-Repo-Commit", "an-etag": "ETag"},
    kills="metadata-guessed",
    cache="own",
)
def test_answer_without(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """An answer without {} does not come from a Hub: an error is reported, and nothing is stored.

    A captive portal or a firewall answers 200 to everything. What the file is, and of which commit, must not be
    guessed. A library that has asked the Hub's API for the file's commit and ETag knows them, and may go on; so may
    one whose cache has a layout in which nothing is named by the ETag.
    """
    repo = hub.repo(OLD_FORM)
    works("a download of the file", lambda: port.with_cache(disk.root / "another").download(repo, "README.md"))
    hub.wire.clear()
    hub.fault(Rewrite(headers={member: None}), path="*README.md", times=None)
    try:
        path = port.download(repo, "README.md")
    except PortError:
        pass
    else:
        is_known = any(is_api(entry.request) for entry in hub.wire) or (member == "ETag" and disk.kind == "own")
        require(is_known, "no-error", "an invalid answer was saved as a file", expected="an error", seen=path.name)
        require_bytes(read(path), repo.files()["README.md"].body)
        if disk.kind == "hub":
            expected = disk.snapshot(repo, repo.head) / "README.md"
            require(path == expected, "wrong-commit", "the commit was guessed", seen=path.as_posix())
        return
    left = disk.named("README.md")
    if disk.kind == "hub":
        left = [name for name in disk.files(disk.folder(repo)) if name.startswith(("blobs/", "snapshots/"))]
    require_equal(left, [], "left-behind", "an answer that is not a file was stored")


@check.each(
    "download/size-of-{}[gsm8k]",
    {"1-byte": 1, "4-kib": 1 << 12, "64-kib": 1 << 16, "1-mib": 1 << 20, "1-mib-and-a-byte": (1 << 20) + 1},
    kills="chunk-border-missed",
    source="huggingface_hub http_get reads a body in chunks",
)
def test_size_of(hub: ReplayHub, port: Port, member: int) -> None:
    """A file of {} is downloaded whole: sizes at the border of a read buffer are where a byte gets lost.

    The size is announced as ever, and the sha256 is that of the content.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    body = (bytes(range(251)) * (member // 251 + 1))[:member]
    hub.fault(Replaced(other, repo.files()[other], body), times=None)
    path = port.download(repo, other)
    require_bytes(read(path), body)


@check(
    "download/name-is-not-the-servers[gsm8k]",
    kills="name-from-the-server",
    source="RFC 6266 §4.3: a file name from the server is not to be trusted; huggingface_hub uses the name asked for",
)
def test_name_is_not_the_servers(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file has the name by which it was asked for; the name in `Content-Disposition` is ignored.

    Such a name may be a path to anywhere on the user's disk.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    said = {"Content-Disposition": 'attachment; filename="../../../elsewhere.parquet"'}
    hub.fault(Rewrite(headers=said), times=None)
    path = port.download(repo, other)
    require_name(path, other, disk.kind)
    astray = [name for name in disk.files(disk.root) if name.endswith("elsewhere.parquet")]
    require_equal(astray, [], "written-elsewhere", "a file was written to a path from the server")
