"""A file is bytes, also where they look like text: nothing of them is decoded, mended or tidied up."""

from __future__ import annotations

import hashlib
from typing import Final

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.verdict.require import require_bytes, require_equal

BYTES = "RFC 9110 §8.3: a media type describes the content and does not change it; git keeps bytes"

TEXTS: Final = {
    "a-byte-order-mark": b"\xef\xbb\xbffirst\nsecond\n",
    "bytes-that-are-no-utf-8": b"caf\xe9\n\xff\xfe\x80\n",
    "line-ends-of-two-bytes": b"first\r\nsecond\r\n",
    "lone-carriage-returns": b"first\rsecond\r",
    "an-open-last-line": b"first\nsecond",
    "blanks-at-its-end": b"first\nsecond\n \t\n\n",
    "a-zero-byte": b"first\0second\n",
}
"""Contents of a small file, each with something that a reader of text changes."""

check = Checks("hf_hub_download", source=BYTES)


@check.each("download/text-with-{}[gsm8k]", TEXTS, kills="file-taken-for-text")
def test_download(hub: ReplayHub, port: Port, member: bytes) -> None:
    """A small file of text with {} arrives byte for byte."""
    repo = hub.subject
    small = git_file(repo)
    hub.put(repo.id, small, member)
    require_bytes(port.download(repo, small).read_bytes(), member)


@check.each("read/text-with-{}[gsm8k]", TEXTS, kills="file-taken-for-text", operation="read_file")
def test_read(hub: ReplayHub, port: Port, member: bytes) -> None:
    """A small file of text with {} is read byte for byte."""
    repo = hub.subject
    small = git_file(repo)
    hub.put(repo.id, small, member)
    seen = port.read_file(repo_id=repo.id, repo_type=repo.type, filename=small)
    expected = {"size": len(member), "sha256": hashlib.sha256(member).hexdigest()}
    require_equal(seen, expected, "wrong-bytes", "the content that was read is not the file's")
