"""Bad days: a busy or broken Hub. A library tries again, soon stops trying, and never lies."""

from __future__ import annotations

import contextlib
from collections import Counter

from conformance.catalogue.check import Checks
from conformance.checks.support import ASKS, MANY_FILES, Disk, Port
from conformance.checks.support_resilience import (
    BOUNDED,
    BUSY,
    FAILURES,
    FINAL,
    INFO,
    LIMITED,
    METADATA,
    TREE,
    asked,
    require_file,
    require_given_up,
    require_info,
    require_listing,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub, Status
from conformance.roles import lfs_file
from conformance.verdict.require import control, require, require_bytes, require_equal

# A Hub that is broken for a moment.


check = Checks("hf_hub_download", source=BUSY)


@check.each("resilience/metadata-after-{}[gsm8k]", FAILURES, kills="gives-up-on-metadata", level="SHOULD")
def test_metadata_after(hub: ReplayHub, port: Port, member: int) -> None:
    """When the Hub answers {} to the first request for a file that is not in the cache, it is asked again.

    These statuses pass: the Hub is restarted, or too busy for a moment. A training run should survive that.
    """
    hub.fault(Status(member, retry_after=0), path=METADATA)
    require_file(hub, port)


@check.each(
    "resilience/info-after-{}[gsm8k]",
    {"500": 500, "503": 503},
    kills="gives-up-on-answers",
    level="SHOULD",
    operation="dataset_info",
)
def test_info_after(hub: ReplayHub, port: Port, member: int) -> None:
    """When the Hub answers {} to a request for a repository's info, it is asked again."""
    hub.fault(Status(member, retry_after=0), path=INFO)
    require_info(hub, port)


@check.each(
    "resilience/listing-after-{}[gsm8k]",
    FAILURES,
    kills="gives-up-on-answers",
    level="SHOULD",
    operation="list_repo_tree",
)
def test_listing_after(hub: ReplayHub, port: Port, member: int) -> None:
    """When the Hub answers {} to a request for a listing, it is asked again."""
    hub.fault(Status(member, retry_after=0), path=TREE)
    require_listing(hub, port, hub.subject.id)


@check.each(
    "resilience/next-page-after-{}[contract]",
    FAILURES,
    kills=("gives-up-on-answers", "listing-begins-anew"),
    level="SHOULD",
    operation="list_repo_tree",
)
def test_next_page_after(hub: ReplayHub, port: Port, member: int) -> None:
    """When the Hub answers {} in the middle of a listing, the same page is asked for again.

    Every entry is in the result once: the pages before are not lost, and none is added a second time.
    """
    hub.fault(Status(member, retry_after=0), path=TREE, nth=2)
    require_listing(hub, port, MANY_FILES)


@check.each("resilience/body-after-{}[gsm8k]", {"500": 500, "503": 503}, kills="gives-up-on-answers", level="SHOULD")
def test_body_after(hub: ReplayHub, port: Port, member: int) -> None:
    """When the content host answers {} to the request for a body, it is asked again."""
    hub.fault(Status(member, retry_after=0), answer="content", origin="cdn")
    require_file(hub, port)


# A Hub that is broken for longer.


@check("resilience/gives-up-on-metadata[gsm8k]", kills="asks-fifty-times", source=BOUNDED)
def test_gives_up_on_metadata(hub: ReplayHub, port: Port) -> None:
    """When the Hub answers 503 to whatever is asked of a file, an error is reported after at most 10 requests.

    A library that asks for ever hangs its caller and keeps a Hub down that is trying to get up.
    """
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Status(503, retry_after=0), path=METADATA, times=None)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large)
    require_given_up(asked(hub))


@check("resilience/gives-up-on-info[gsm8k]", kills="asks-fifty-times", operation=ASKS, source=BOUNDED)
def test_gives_up_on_info(hub: ReplayHub, port: Port) -> None:
    """When the Hub answers 503 for ever, an error is reported after at most 10 requests for the info.

    A library without that operation is asked for something else; each of its requests is sent at most 10 times.
    """
    hub.fault(Status(503, retry_after=0), origin="hub", times=None)
    port.ask_error(hub.subject.id)
    times = Counter((entry.method, entry.request.target) for entry in asked(hub))
    require_given_up(
        [entry for entry in asked(hub) if times[entry.method, entry.request.target] == max(times.values())]
    )


@check("resilience/gives-up-on-a-body[gsm8k]", kills="asks-fifty-times", source=BOUNDED)
def test_gives_up_on_a_body(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the content host answers 503 for ever, an error is reported after at most 10 requests.

    Nothing is left under the name of the file.
    """
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Status(503, retry_after=0), answer="content", origin="cdn", times=None)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large)
    require_given_up(asked(hub, origin="cdn"))
    left = disk.named(large)
    require(not left, "wrong-file-left", "an error was reported, and yet the file is there", seen=left)


@check(
    "resilience/gives-up-on-a-rate-limit[gsm8k]", kills="asks-fifty-times", operation="list_repo_tree", source=LIMITED
)
def test_gives_up_on_a_rate_limit(hub: ReplayHub, port: Port) -> None:
    """When the Hub answers 429 for ever, an error is reported after at most 10 requests."""
    hub.fault(Status(429, retry_after=0), path=TREE, times=None)
    port.error("list_repo_tree", repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    require_given_up(asked(hub))


@check(
    "resilience/a-listing-is-whole-or-an-error[contract]",
    kills="listing-ends-at-an-error",
    operation="list_repo_tree",
    source="huggingface_hub utils.paginate raises for the status of every page",
)
def test_a_listing_is_whole_or_an_error(hub: ReplayHub, port: Port) -> None:
    """When a later page of a listing cannot be had, an error is reported: the pages before are no listing.

    From half a listing, a caller concludes that existing files are missing.
    """
    hub.fault(Status(503, retry_after=0), path=TREE, nth=2, times=None)
    port.error("list_repo_tree", repo_id=MANY_FILES, repo_type="dataset", recursive=True)
    require_given_up(asked(hub))


@check(
    "resilience/cached-file-of-a-broken-hub[gsm8k]",
    kills="broken-hub-hides-the-cache",
    source="huggingface_hub hf_hub_download: on 5xx and 429 the file in the cache is used",
    cache="own",
)
def test_cached_file_of_a_broken_hub(hub: ReplayHub, port: Port) -> None:
    """A file that is in the cache is returned when the Hub answers 503, as if it could not be reached at all.

    A library that returns it without asking keeps this, too.
    """
    repo = hub.subject
    large = lfs_file(repo)
    first = port.download(repo, large)
    hub.fault(Status(503, retry_after=0), times=None, needed=False)
    again = port.download(repo, large)
    require_equal(again.name, first.name, "wrong-path", "another file was returned")
    require_bytes(again.read_bytes(), repo.files()[large].body)


# What is final.


@check.each(
    "resilience/asked-once-after-{}[gsm8k]",
    {"400": 400, "401": 401, "403": 403, "404": 404},
    kills="retries-whatever-fails",
    operation=ASKS,
    source=FINAL,
)
def test_asked_once_after(hub: ReplayHub, port: Port, member: int) -> None:
    """An answer with status {} is final: the same request is not sent again.

    It would get the same answer, the caller would wait without need, and the rate limit would be used up.
    """
    hub.fault(Status(member, retry_after=0), origin="hub", times=None)
    with contextlib.suppress(PortError):  # what the library makes of the answer is not the subject
        port.ask(hub.subject.id)
    control(len(asked(hub)) > 0, "no request reached the Hub")
    times = Counter((entry.method, entry.request.target) for entry in asked(hub))
    again = [f"{method} {target}" for (method, target), number in times.items() if number > 1]
    require_equal(again, [], "asked-again", "a refused request was sent again")


@check("resilience/refused-body-is-asked-once[gsm8k]", kills="retries-whatever-fails", source=FINAL)
def test_refused_body_is_asked_once(hub: ReplayHub, port: Port) -> None:
    """After the content host has answered 403, it is not asked over and over.

    The signature of the URL may have expired: a library may get a fresh URL from the Hub, and try that once.
    """
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(Status(403, retry_after=0), answer="content", origin="cdn", times=None)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large)
    seen = len(asked(hub, origin="cdn"))
    require(seen <= 2, "asked-again", "a refused request was sent again", expected="1 or 2", seen=seen)
