"""Listings of many pages: whole, in order, and each entry once."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.replay import Dealt, ReplayHub
from conformance.verdict.require import control, require_equal

PAGES = 'Hub: Link, rel="next"; RFC 8288; huggingface_hub utils.paginate follows it to the end'
LARGE = "open-thoughts/OpenThoughts3-1.2M"


check = Checks("list_repo_tree", source=PAGES)


def require_in_order(hub: ReplayHub, port: Port, repo_id: str, most: int, **arguments: Any) -> None:
    """The listing is the same as without pages, in the same order."""
    question = {"repo_id": repo_id, "repo_type": "dataset", "recursive": True, **arguments}
    expected = [item["path"] for item in port.list_repo_tree(**question)]
    control(set(expected) >= set(hub.repo(repo_id).files()), "the first call did not return the whole listing")
    hub.wire.clear()
    hub.fault(Dealt(most), answer="listing", repo=repo_id, times=None)
    seen = [item["path"] for item in port.list_repo_tree(**question)]
    require_equal(len(seen), len(expected), "wrong-count", "entries were lost, or are there twice")
    require_equal(seen, expected, "wrong-order", "the entries are not those of the pages, one after the other")


@check("tree/more-than-five-pages[gsm8k]", kills=("at-most-five-pages", "pages-in-reverse"))
def test_more_than_five_pages(hub: ReplayHub, port: Port) -> None:
    """A listing that comes one entry a page is whole, in order, and has each entry once."""
    require_in_order(hub, port, hub.subject.id, 1)


@check("tree/more-than-a-hundred-pages[openthoughts]", kills="at-most-a-hundred-pages")
def test_more_than_a_hundred_pages(hub: ReplayHub, port: Port) -> None:
    """A listing of more than a hundred pages is whole: no limit but the last page, whose `Link` names none."""
    require_in_order(hub, port, LARGE, 1)


@check("tree/names-of-files-on-many-pages[openthoughts]", kills="at-most-a-hundred-pages", operation="list_repo_files")
def test_names_of_files_on_many_pages(hub: ReplayHub, port: Port) -> None:
    """The names of all files are read from every page of a listing that has more than a hundred."""
    hub.fault(Dealt(1), answer="listing", repo=LARGE, times=None, needed=False)  # the info names them, too
    seen = port.list_repo_files(repo_id=LARGE, repo_type="dataset")
    require_equal(sorted(seen), sorted(hub.repo(LARGE).files()), "wrong-files", "the names are not all files")


@check("tree/last-commits-on-every-page[gsm8k]", kills="expand-on-the-first-page")
def test_last_commits_on_every_page(hub: ReplayHub, port: Port) -> None:
    """With `expand`, the entries of every page have their last commit, not those of the first page alone."""
    repo = hub.subject
    hub.fault(Dealt(2), answer="listing", repo=repo.id, times=None)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True, expand=True)
    without = [item["path"] for item in tree if not item["last_commit"]]
    require_equal(without, [], "no-commit", "an entry lacks its last commit")
    files = {item["path"] for item in tree if item["type"] == "file"}
    require_equal(files, set(repo.files()), "wrong-files", "the listing is not whole")
