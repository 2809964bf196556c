"""408: the Hub did not receive the request in time, so it is sent again."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import MANY_FILES, Port
from conformance.checks.support_resilience import BUSY, require_file, require_listing
from conformance.replay import ReplayHub, Status

check = Checks("hf_hub_download", source=BUSY, level="SHOULD")


@check("resilience/metadata-after-408[gsm8k]", kills="request-timeout-is-final")
def test_metadata_after_408(hub: ReplayHub, port: Port) -> None:
    """When the first request for a file is answered with 408, it is sent again."""
    hub.fault(Status(408, retry_after=0), answer="metadata", repo=hub.subject.id)
    require_file(hub, port)


@check("resilience/body-after-408[gsm8k]", kills="request-timeout-is-final")
def test_body_after_408(hub: ReplayHub, port: Port) -> None:
    """When the request for a body is answered with 408, it is sent again."""
    hub.fault(Status(408, retry_after=0), answer="content", repo=hub.subject.id)
    require_file(hub, port)


@check("resilience/listing-after-408[contract]", kills="request-timeout-is-final", operation="list_repo_tree")
def test_listing_after_408(hub: ReplayHub, port: Port) -> None:
    """When a page of a listing is answered with 408, it is asked for again, and the listing is whole."""
    hub.fault(Status(408, retry_after=0), answer="next-page", repo=MANY_FILES)
    require_listing(hub, port, MANY_FILES)
