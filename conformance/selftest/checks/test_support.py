"""What checks count as a body that was sent again: bytes, not requests."""

from __future__ import annotations

from urllib.request import Request, urlopen

import pytest

from conformance.checks.support import sent_again
from conformance.replay import ReplayHub, load
from conformance.roles import lfs_file


@pytest.mark.parametrize(
    ("ranges", "is_again"),
    [
        ((None,), False),
        (("bytes=0-0", None), False),  # a probe for the size
        (("bytes=0-999", "bytes=1000-1999", "bytes=2000-"), False),
        (("bytes=-8", "bytes=-4096", None), False),  # a reader of Parquet looks at the end first
        ((None, None), True),
        ((None, "bytes=0-"), True),
        (("bytes=0-999", "bytes=1000-", None), True),
    ],
)
def test_a_body_is_sent_again_by_its_bytes(ranges: tuple[str | None, ...], is_again: bool) -> None:
    """Only as many bytes as two bodies have are a body that was sent again."""
    with ReplayHub(load("gsm8k")) as hub:
        url = f"{hub.endpoint}/datasets/{hub.subject.id}/resolve/main/{lfs_file(hub.subject)}"
        for said in ranges:
            with urlopen(Request(url, headers={"Range": said} if said else {})) as answer:
                answer.read()
        assert bool(sent_again(hub)) == is_again
