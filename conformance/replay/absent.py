"""Derived answers about missing items: entries, revisions, repositories, pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.replay.asked import Answers, Asked, is_open, refused
from conformance.traffic.exchange import Response
from conformance.traffic.missing import MISSING_FILE, MISSING_REPOSITORY, MISSING_REVISION

# Resolve serves these files of a gated repository to every caller, so their answers are not those for other files.
_OPEN_BEHIND_THE_GATE: Final = ("README.md", "LICENSE", "LICENSE.md", "LICENSE.txt")

_PAGE_NOT_FOUND: Final = "Sorry, we can't find the page you are looking for."
_TEMPLATES: Final = {
    "xet-file-info": "resolve",
    "resolve-cache": "resolve",
    "treesize": "tree",
    "xet-read-token": "info",
}
"""Kinds whose own errors were not recorded, and whose errors they share; the form follows the path."""


_WITHOUT_PATH: Final = {
    "info": (False, True),
    "refs": (False,),
    "auth-check": (False,),
    "commits": (True,),
    "paths-info": (True,),
    "xet-read-token": (True,),
}
"""Kinds of routes that end with a revision (True), or without one (False)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Paths that the Hub is known to have and no recording holds: they are not reported as missing.
_RESOURCES: Final = _words(
    "branch commit compare croissant discussions jwt lfs-files likers notebook parquet preupload scan settings "
    "super-squash tag user-access-report user-access-request xet-write-token"
)
_API: Final = _words(
    "agent-harnesses buckets collections daily_papers datasets datasets-tags-by-type discussions docs event jobs "
    "models models-tags-by-type notifications organizations papers posts quicksearch recent-activity repos "
    "resolve-cache scim settings spaces sql-console telemetry trending users validate-yaml whoami whoami-v2"
)
_PAGES: Final = _words("blame commit commits community discussions edit embed raw settings sql viewer")


def unknown_page(asked: Asked, answers: Answers) -> Response | None:
    """404 for a path that is not a route of the Hub, and for a method that a route does not have.

    Its message was seen below the API of a repository. Which routes the Hub has besides the recorded ones is known in
    part only; those that are known are left unrecorded. That a method without a route is answered in the same way is
    assumed, and so is the plain text in place of a page for browsers.
    """
    route, method = asked.route, asked.request.method
    if route.origin != "hub" or method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        return None
    if route.kind != "page":
        is_known = (route.kind == "paths-info") == (method == "POST") and method in ("GET", "HEAD", "POST")
        if route.kind in _WITHOUT_PATH:  # the slashes of a revision were not encoded, or it is missing
            is_known = is_known and not route.path and (route.revision is not None) in _WITHOUT_PATH[route.kind]
        elif route.kind in ("tree", "treesize"):
            is_known = is_known and route.revision is not None
    else:
        is_known = _may_be_there(asked.request.path)
    like = None if is_known else answers.missing(asked)
    return refused(asked, like, 404, _PAGE_NOT_FOUND) if like is not None else None


def missing_entry(asked: Asked, answers: Answers) -> Response | None:
    """The answer that was recorded for a missing file, for any path that a complete listing does not hold."""
    route = asked.route
    kind = _TEMPLATES.get(route.kind, route.kind)
    if kind not in ("resolve", "raw", "tree") or route.path in ("", MISSING_FILE):
        return None
    listing = answers.listing(asked)
    if listing is None:
        return None
    held = listing.get(route.path, {}).get("type")
    if held == ("directory" if kind == "tree" else "file"):
        return None
    found = answers.whole(asked.about(kind=kind, path=MISSING_FILE, query=()))
    if found is None and kind == "raw":
        about = asked.about(kind="info", revision=None, path="", query=())
        info = answers.whole(about) or answers.before_moves(about)  # who may read does not depend on the branch
        return refused(asked, info, 404, "Entry not found") if info is not None and is_open(info) else None
    if found is None or found.status < 400:
        return None
    is_gate = found.headers.get("X-Error-Code") == "GatedRepo"
    if is_gate and route.path in _OPEN_BEHIND_THE_GATE:
        return None
    return found if kind == route.kind else _as_asked(asked, found)


def missing_revision(asked: Asked, answers: Answers) -> Response | None:
    """The answer that was recorded for a missing revision, for any name that the recording does not know."""
    route = asked.route
    if route.revision in (None, "HEAD", MISSING_REVISION) or answers.commit(route) is not None:
        return None
    kind = _TEMPLATES.get(route.kind, route.kind)
    path = "README.md" if route.path in _OPEN_BEHIND_THE_GATE else MISSING_FILE if route.path else ""
    missing = replace(route, kind=kind, revision=MISSING_REVISION, path="" if kind == "info" else path, query=())
    found = answers.whole(replace(asked, route=missing))  # with its method: paths-info is asked with POST
    if found is None or found.status < 400:
        return None
    if found.headers.get("X-Error-Code") != "RevisionNotFound":
        return _as_asked(asked, found)  # the caller does not get past the gate, whatever the revision
    return refused(asked, found, 404, f"Invalid rev id: {route.revision}", "RevisionNotFound")


def missing_repository(asked: Asked, answers: Answers) -> Response | None:
    """The answer about a repository that does not exist, to every request.

    A caller who may not see a repository, or asks for a name as another type's, gets the same answer. A name that the
    recording does not know has no owner. It is assumed that the Hub answers the same for an invalid name (`a b/c`).
    """
    route = asked.route
    if route.kind == "web-page":
        return None  # see `web_page`
    if not (route.repo_id == MISSING_REPOSITORY or answers.is_unknown(route) or _is_hidden(asked, answers)):
        return None
    like = answers.missing(asked)
    return _as_asked(asked, like) if like is not None else None


def _as_asked(asked: Asked, error: Response) -> Response:
    """An error in the form that belongs to the path that was asked for."""
    said = error.headers.get("X-Error-Message", "")
    return refused(asked, error, error.status, said, error.headers.get("X-Error-Code"))


def _may_be_there(path: str) -> bool:
    parts = path.strip("/").split("/")
    if path.startswith("/api/"):
        about_a_repository = parts[1] in ("models", "datasets", "spaces")
        return not set(parts[3:]).isdisjoint(_RESOURCES) if about_a_repository and parts[2:] else parts[1] in _API
    return len(parts) < 3 or not set(parts[2:]).isdisjoint(_PAGES)


def _is_hidden(asked: Asked, answers: Answers) -> bool:
    info = answers.whole(asked.about(kind="info", revision=None, path="", query=()))
    if info is None or asked.route.repo_id is None:
        return False
    return info.status in (401, 404) and info.headers.get("X-Error-Code") in (None, "RepoNotFound")
