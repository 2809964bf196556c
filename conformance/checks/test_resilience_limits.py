"""Rate limits: a library waits as long as the Hub asks for, and then continues."""

from __future__ import annotations

import contextlib

from conformance.catalogue.check import Checks
from conformance.checks.support import ASKS, MANY_FILES, Port
from conformance.checks.support_resilience import (
    INFO,
    LIMITED,
    METADATA,
    TREE,
    asked,
    require_file,
    require_info,
    require_listing,
    require_waited,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub, Rewrite, Status
from conformance.roles import git_file

# Rate limits.


check = Checks("list_repo_tree", source=LIMITED, level="SHOULD")


@check("resilience/limited-metadata[gsm8k]", kills="gives-up-on-metadata", operation="hf_hub_download")
def test_limited_metadata(hub: ReplayHub, port: Port) -> None:
    """When the Hub answers 429 to the first request for a file, it is asked again as soon as it allows."""
    hub.fault(Status(429, retry_after=0), path=METADATA)
    require_file(hub, port)


@check("resilience/limited-info[gsm8k]", kills="gives-up-on-answers", operation="dataset_info")
def test_limited_info(hub: ReplayHub, port: Port) -> None:
    """When the Hub answers 429 to a request for a repository's info, it is asked again as soon as it allows."""
    hub.fault(Status(429, retry_after=0), path=INFO)
    require_info(hub, port)


@check("resilience/limited-next-page[contract]", kills=("gives-up-on-answers", "listing-begins-anew"))
def test_limited_next_page(hub: ReplayHub, port: Port) -> None:
    """When the Hub answers 429 in the middle of a listing, the listing continues with the same page.

    Long listings are where the limit of requests is met.
    """
    hub.fault(Status(429, retry_after=0), path=TREE, nth=2)
    require_listing(hub, port, MANY_FILES)


@check("resilience/limited-body[gsm8k]", kills="gives-up-on-answers", operation="hf_hub_download")
def test_limited_body(hub: ReplayHub, port: Port) -> None:
    """When the request for a body is answered with 429, it is sent again as soon as that is allowed."""
    small = git_file(hub.subject)
    hub.fault(Status(429, retry_after=0), answer="content", filename=small)
    require_file(hub, port, small)


@check("resilience/limited-without-a-word[gsm8k]", kills=("gives-up-on-answers", "wait-must-be-told"))
def test_limited_without_a_word(hub: ReplayHub, port: Port) -> None:
    """A 429 with a time to wait neither in `Retry-After` nor in `RateLimit` is tried again after a while.

    How long is the library's own choice; the official one begins with a second.
    """
    hub.fault(Status(429), Rewrite(headers={"RateLimit": None, "RateLimit-Policy": None}), path=TREE)
    require_listing(hub, port, hub.subject.id)


@check(
    "resilience/retry-after-is-kept[gsm8k]",
    kills="asks-without-waiting",
    level="MUST",
    operation=("list_repo_tree", *ASKS),
)
def test_retry_after_is_kept(hub: ReplayHub, port: Port) -> None:
    """After a 429 with `Retry-After: 3`, nothing is asked of the Hub for three seconds; after one with 2, for two.

    An earlier request is refused again, and the caller may be blocked for longer. Reporting an error at once is
    allowed. (No library waits three seconds of itself, and then two.)
    """
    hub.fault(Status(429, retry_after=3), origin="hub")
    hub.fault(Status(429, retry_after=2), origin="hub", needed=False)
    with contextlib.suppress(PortError):
        port.ask(hub.subject.id)
    require_waited(asked(hub), {0: 3, 1: 2})


@check(
    "resilience/rate-limit-is-kept[gsm8k]",
    kills="asks-without-waiting",
    operation=("list_repo_tree", *ASKS),
    source='Hub docs: rate limits, `RateLimit: "api";r=0;t=1`; huggingface_hub parse_ratelimit_headers',
)
def test_rate_limit_is_kept(hub: ReplayHub, port: Port) -> None:
    """After a 429 with `RateLimit: "api";r=0;t=3`, nothing is asked for three seconds: then the window ends.

    The Hub sends this header, and no `Retry-After`. Reporting an error at once is allowed. (No library waits three
    seconds of itself, and then two, as the second refusal asks.)
    """
    hub.fault(Status(429), Rewrite(headers={"RateLimit": '"api";r=0;t=3'}), origin="hub")
    hub.fault(Status(429), Rewrite(headers={"RateLimit": '"api";r=0;t=2'}), origin="hub", needed=False)
    with contextlib.suppress(PortError):
        port.ask(hub.subject.id)
    require_waited(asked(hub), {0: 3, 1: 2})


@check(
    "resilience/retry-after-as-a-date[gsm8k]",
    kills="retry-after-must-be-a-number",
    source="RFC 9110 §10.2.3: Retry-After is a number of seconds or a date",
)
def test_retry_after_as_a_date(hub: ReplayHub, port: Port) -> None:
    """A `Retry-After` that is a date, here one in the past, is not a reason to fail: the request is sent again."""
    hub.fault(Status(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), path=TREE)
    require_listing(hub, port, hub.subject.id)
