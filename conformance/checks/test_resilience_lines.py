"""Lines that break: what has arrived is kept or thrown away, and the rest is fetched."""

from __future__ import annotations

import contextlib

from conformance.catalogue.check import Checks
from conformance.checks.support import MANY_FILES, Port
from conformance.checks.support_resilience import (
    BROKEN,
    BUSY,
    INFO,
    METADATA,
    TREE,
    asked,
    require_file,
    require_info,
    require_listing,
)
from conformance.ports import PortError
from conformance.replay import Cut, ReplayHub, Reset, Stall
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import require

# Lines that break.


check = Checks("hf_hub_download", source=BROKEN, level="SHOULD")


@check("resilience/metadata-after-a-reset[gsm8k]", kills="gives-up-on-metadata", source=BUSY)
def test_metadata_after_a_reset(hub: ReplayHub, port: Port) -> None:
    """When the connection is reset before the Hub has answered the first request for a file, it is asked again."""
    hub.fault(Reset(), path=METADATA)
    require_file(hub, port)


@check(
    "resilience/silent-metadata-is-asked-again[gsm8k]",
    kills="gives-up-on-metadata",
    source="huggingface_hub HF_HUB_ETAG_TIMEOUT; hf_hub_download asks again where the cache has no file",
)
def test_silent_metadata_is_asked_again(hub: ReplayHub, port: Port) -> None:
    """With `HF_HUB_ETAG_TIMEOUT=1`, a Hub that is silent for longer is asked again about a file that is not cached."""
    hub.fault(Stall(3, after=-1), path=METADATA)
    require_file(hub, port.with_environment(HF_HUB_ETAG_TIMEOUT="1"))


@check("resilience/info-after-a-reset[gsm8k]", kills="gives-up-on-answers", operation="dataset_info", source=BUSY)
def test_info_after_a_reset(hub: ReplayHub, port: Port) -> None:
    """When the connection is reset before the info has come, it is asked for again."""
    hub.fault(Reset(), path=INFO)
    require_info(hub, port)


@check(
    "resilience/next-page-after-a-reset[contract]",
    kills=("gives-up-on-answers", "listing-begins-anew"),
    operation="list_repo_tree",
    source=BUSY,
)
def test_next_page_after_a_reset(hub: ReplayHub, port: Port) -> None:
    """When the connection is reset in the middle of a listing, the same page is asked for again."""
    hub.fault(Reset(), path=TREE, nth=2)
    require_listing(hub, port, MANY_FILES)


@check("resilience/half-a-page[contract]", kills="half-an-answer-is-mended", level="MUST", operation="list_repo_tree")
def test_half_a_page(hub: ReplayHub, port: Port) -> None:
    """When a page of a listing breaks off, the listing is whole in the end, or an error is reported.

    A parser that reads entry by entry may not notice by itself that more should have come.
    """
    hub.fault(Cut(after=2000), path=TREE, nth=2)
    with contextlib.suppress(PortError):
        require_listing(hub, port, MANY_FILES)


@check("resilience/body-after-a-reset[gsm8k]", kills="never-retries", source=BUSY)
def test_body_after_a_reset(hub: ReplayHub, port: Port) -> None:
    """When the connection is reset before the body has begun, it is asked for again."""
    hub.fault(Reset(), answer="content", origin="cdn")
    require_file(hub, port)


@check.each(
    "resilience/body-cut-after-{}[gsm8k]",
    {"no-byte": 0, "one-byte": 1, "8192-bytes": 8192, "32768-bytes": 32768, "all-but-one-byte": -1},
    kills="never-retries",
)
def test_body_cut_after(hub: ReplayHub, port: Port, member: int) -> None:
    """A body that breaks off after {} is completed within the same call, by a range or from the start, to the byte."""
    large = lfs_file(hub.subject)
    size = hub.subject.files()[large].size
    hub.fault(Cut(after=member % size), answer="content", origin="cdn")
    require_file(hub, port)


@check.each(
    "resilience/git-file-cut-after-{}[gsm8k]",
    {"no-byte": 0, "one-byte": 1, "1024-bytes": 1024, "all-but-one-byte": -1},
    kills="never-retries",
)
def test_git_file_cut_after(hub: ReplayHub, port: Port, member: int) -> None:
    """A small file whose body breaks off after {} is completed within the same call, to the byte."""
    small = git_file(hub.subject)
    size = hub.subject.files()[small].size
    hub.fault(Cut(after=member % size), answer="content", filename=small)
    require_file(hub, port, small)


@check.each(
    "resilience/body-reset-after-{}[gsm8k]",
    {"one-byte": 1, "8192-bytes": 8192, "all-but-one-byte": -1},
    kills="never-retries",
)
def test_body_reset_after(hub: ReplayHub, port: Port, member: int) -> None:
    """A body whose connection is reset after {} is completed within the same call, to the byte."""
    large = lfs_file(hub.subject)
    size = hub.subject.files()[large].size
    hub.fault(Reset(after=member % size), answer="content", origin="cdn")
    require_file(hub, port)


@check("resilience/body-cut-twice[gsm8k]", kills=("never-retries", "resumes-one-byte-late"))
def test_body_cut_twice(hub: ReplayHub, port: Port) -> None:
    """A body that breaks off a second time, at another place, is completed all the same."""
    hub.fault(Cut(after=20_000), answer="content", origin="cdn")
    hub.fault(Cut(after=5_000), answer="content", origin="cdn")
    require_file(hub, port)


@check(
    "resilience/silent-body-is-given-up[gsm8k]",
    kills="waits-for-ever",
    source="huggingface_hub HF_HUB_DOWNLOAD_TIMEOUT, and http_get resumes after a timeout",
)
def test_silent_body_is_given_up(hub: ReplayHub, port: Port) -> None:
    """With `HF_HUB_DOWNLOAD_TIMEOUT=1`, a body that falls silent for longer is fetched on another connection.

    A connection that was never closed may stay silent for ever, and the download with it.
    """
    silence = hub.fault(Stall(3, after=1000), answer="content", origin="cdn")
    require_file(hub, port.with_environment(HF_HUB_DOWNLOAD_TIMEOUT="1"))
    if silence.fired:  # otherwise nobody waited
        require(
            len(asked(hub, origin="cdn", method="GET")) > 1, "not-asked-again", "the client waited for the whole stall"
        )
