"""Interim answers (1xx) that a server or a proxy sends before the answer itself."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_resilience import require_file, require_info, require_listing
from conformance.replay import Interim, ReplayHub
from conformance.roles import git_file, lfs_file

INTERIM = "RFC 9110 §15.2: a client must be able to parse 1xx answers before the final one, also unexpected ones"
MEMBERS = {"100": Interim((100,)), "103": Interim((103,)), "several": Interim((102, 103, 103))}
"""Interim answers by their status."""


check = Checks("hf_hub_download", source=INTERIM)


@check.each(
    "resilience/interim-answer-{}-before-the-info[gsm8k]",
    MEMBERS,
    kills="interim-answer-is-final",
    operation="dataset_info",
)
def test_before_the_info(hub: ReplayHub, port: Port, member: Interim) -> None:
    """An interim answer ({}) before what the Hub says of a repository is not taken for the answer."""
    hub.fault(member, origin="hub", times=None)
    require_info(hub, port)


@check.each(
    "resilience/interim-answer-{}-before-a-listing[gsm8k]",
    MEMBERS,
    kills="interim-answer-is-final",
    operation="list_repo_tree",
)
def test_before_a_listing(hub: ReplayHub, port: Port, member: Interim) -> None:
    """An interim answer ({}) before a listing is not taken for the listing."""
    hub.fault(member, origin="hub", times=None)
    require_listing(hub, port, hub.subject.id)


@check.each("resilience/interim-answer-{}-before-a-file[gsm8k]", MEMBERS, kills="interim-answer-is-final")
def test_before_a_file(hub: ReplayHub, port: Port, member: Interim) -> None:
    """A file arrives though an interim answer ({}) precedes every redirect and the body."""
    hub.fault(member, times=None)
    for name in (lfs_file(hub.subject), git_file(hub.subject)):
        require_file(hub, port, name)
