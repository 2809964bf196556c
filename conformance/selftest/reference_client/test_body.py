"""A body while it comes: its digest is right however it came."""

from __future__ import annotations

import hashlib
import io
from random import Random

import pytest

from conformance.traffic.git import object_name
from reference_client.transfer import Body

SMALL, LARGE = (Random(0).randbytes(size) for size in (1000, 5 << 20))


@pytest.mark.parametrize("content", [SMALL, LARGE])
@pytest.mark.parametrize("is_told", [True, False])
def test_the_digest_is_that_of_the_etag(content: bytes, is_told: bool) -> None:
    """A sha256 or a git blob id, whether the size is known before or not, hashed beside or not."""
    for etag in (hashlib.sha256(content).hexdigest(), object_name("blob", content)):
        file = io.BytesIO()
        with Body(file, etag, len(content) if is_told else None) as body:
            for start in range(0, len(content), 300_000):
                body.write(content[start : start + 300_000])
            assert body.hexdigest() == etag
        assert file.getvalue() == content


def test_what_was_written_before_a_rewind_does_not_count() -> None:
    """Neither in the file nor in the digest."""
    etag = hashlib.sha256(LARGE).hexdigest()
    file = io.BytesIO()
    with Body(file, etag, len(LARGE)) as body:
        body.write(LARGE[:2_000_000])
        body.rewind()
        body.write(LARGE)
        assert body.hexdigest() == etag
    assert file.getvalue() == LARGE
