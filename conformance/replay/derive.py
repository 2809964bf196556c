"""Every answer that replay makes up from recorded ones. Nothing else is ever made up.

`DERIVATIONS` find the whole answer to a request that was not recorded. They are tried in order, and each may
start from what was recorded and from what those below it derive. `conditional` and `ranged` then shape a
whole answer to what the request's headers ask for. HEAD needs no derivation of its own: it is answered as
GET, and the server leaves out the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import parse_qsl, quote

from conformance.record.areas import MISSING_FILE, MISSING_REPOSITORY, MISSING_REVISION, info_fields
from conformance.record.body import with_body
from conformance.record.route import Route
from conformance.wire.exchange import Request, Response
from conformance.wire.ranges import cut


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, its route and its caller."""

    request: Request
    route: Route
    caller: str

    def about(self, **changes: Any) -> Asked:
        """The same caller asking for another route, with GET."""
        return replace(self, request=replace(self.request, method="GET"), route=replace(self.route, **changes))


class Answers(Protocol):
    """Where a derivation looks for what it starts from."""

    def whole(self, asked: Asked) -> Response | None:
        """The whole answer, recorded or derived by one of the derivations below; None if there is none."""

    def before_moves(self, asked: Asked) -> Response | None:
        """The answer recorded for the caller, as if no branch had been moved since."""

    def another_caller(self, asked: Asked) -> str | None:
        """Somebody who is told the same as the caller."""

    def commit(self, route: Route) -> str | None:
        """The sha that the route's revision means now; None if the recording knows no such revision."""

    def spellings(self, route: Route) -> Iterator[str | None]:
        """Recorded revisions that mean the same commit as the route's: its sha first, then refs."""

    def listing(self, asked: Asked, *, expand: bool = False) -> dict[str, dict[str, Any]] | None:
        """Path to tree item of the route's revision, as the caller sees it; None if not wholly recorded."""

    def is_of_another_type(self, route: Route) -> bool:
        """Whether the route's name is recorded, but only as a repository of another type."""

    def moved(self, route: Route) -> dict[str, str]:
        """Branches of the route's repository that were moved since the recording, with their new sha."""


# Resolve lets everybody have these files of a gated repository, so their answers are not those for other files.
_OPEN_BEHIND_THE_GATE: Final = ("README.md", "LICENSE", "LICENSE.md", "LICENSE.txt")

Derivation: TypeAlias = Callable[[Asked, Answers], Response | None]


def same_rights(asked: Asked, answers: Answers) -> Response | None:
    """The anonymous caller's answer about a public repository, the reader's about a missing one."""
    other = answers.another_caller(asked)
    found = answers.whole(replace(asked, caller=other)) if other else None
    return found.with_headers({"X-HF-Warning": None}) if found is not None else None


def moved_refs(asked: Asked, answers: Answers) -> Response | None:
    """The list of refs, with the branches that were moved since."""
    moved = answers.moved(asked.route)
    if asked.route.kind != "refs" or not moved:
        return None
    found = answers.before_moves(asked)
    if found is None or found.status != 200:
        return found
    refs = json.loads(found.body)
    for branch in refs["branches"]:
        branch["targetCommit"] = moved.get(branch["name"], branch["targetCommit"])
    return _with_json(found, refs)


def same_commit(asked: Asked, answers: Answers) -> Response | None:
    """A sha's answer for a branch that points to it, and a branch's for its sha.

    What the answer says of the revision, in redirects and in links to the next page, is said as it was asked.
    """
    route = asked.route
    if route.revision is None and route.kind != "info":
        return None
    for spelling in answers.spellings(route):
        same = replace(asked, route=replace(route, revision=spelling))  # with its method: paths-info is asked with POST
        found = answers.whole(same) if spelling != route.revision else None
        if found is not None:
            return _respelled(found, spelling, route.revision)
    return None


def former_name(asked: Asked, answers: Answers) -> Response | None:
    """The redirect of a former name to the name of today: the Hub sends whatever is asked of it the same way."""
    route = asked.route
    former = route.repo_id
    info = answers.whole(asked.about(kind="info", revision=None, path="", query=())) if former else None
    if (
        former is None
        or info is None
        or info.status != 307
        or (asked.request.method == "POST") != (route.kind == "paths-info")
    ):
        return None
    today = info.headers["Location"].removeprefix(f"/api/{route.repo_type}s/")
    location = re.sub(rf"/{re.escape(former)}(?=[/?]|$)", f"/{today}", asked.request.target, count=1)
    said = info.body.replace(info.headers["Location"].encode(), location.encode())
    return with_body(info.with_headers({"Location": location}), said)


def some_fields(asked: Asked, answers: Answers) -> Response | None:
    """The asked fields, in the asked order, of an info that was recorded with every field of `expand`."""
    route = asked.route
    wanted = [value for name, value in asked.request.query if name in ("expand", "expand[]")]
    every = info_fields(route.repo_type)
    if route.kind != "info" or not wanted or not set(wanted) <= set(every) or len(wanted) != len(route.query):
        return None
    found = answers.whole(asked.about(query=tuple(("expand", name) for name in every)))
    if found is None or found.status != 200:
        return found
    held = json.loads(found.body)
    return _with_json(found, {name: held[name] for name in ("_id", "id", *wanted) if name in held})


def within_limit(asked: Asked, answers: Answers) -> Response | None:
    """A listing that fits on one page, for a `limit` that it does not exceed."""
    limit = dict(asked.route.query).get("limit", "")
    if asked.route.kind not in ("tree", "commits") or not limit.isdecimal():
        return None
    found = answers.whole(asked.about(query=tuple(pair for pair in asked.route.query if pair[0] != "limit")))
    if found is None or "Link" in found.headers:
        return None
    return found if found.status != 200 or len(json.loads(found.body)) <= int(limit) else None


def paths_info(asked: Asked, answers: Answers) -> Response | None:
    """The items of the asked paths from the recursive listing; paths that are not in it are left out."""
    if asked.route.kind != "paths-info" or asked.request.method != "POST":
        return None
    paths, expand = _wanted_paths(asked.request)
    listing = answers.listing(asked, expand=expand)
    query = (("expand", "true"), ("recursive", "true")) if expand else (("recursive", "true"),)
    page = answers.whole(asked.about(kind="tree", query=query))
    if listing is None or page is None:
        return None
    return _with_json(page.with_headers({"Link": None}), [listing[path] for path in paths if path in listing])


def tree_size(asked: Asked, answers: Answers) -> Response | None:
    """The bytes of all files of a revision, added up from the recursive listing.

    No such answer of the Hub was recorded. That there is one, and its key `size`, are from a client's source only
    (hubdl, hubs/huggingface.py, `fetch_file_rows`); what else the Hub says is not known, so nothing else is said.
    """
    if asked.route.kind != "treesize" or asked.route.path:
        return None
    listing = answers.listing(asked)
    page = answers.whole(asked.about(kind="tree", query=(("recursive", "true"),)))
    if listing is None or page is None:
        return None
    size = sum(item["size"] for item in listing.values() if item["type"] == "file")
    return _with_json(page.with_headers({"Link": None}), {"size": size})


def plain_file(asked: Asked, answers: Answers) -> Response | None:
    """The answer to a plain resolve, for a client that would take Xet information of a file that has none."""
    found = answers.whole(asked.about(kind="resolve")) if asked.route.kind == "xet-file-info" else None
    return found if found is not None and "X-Xet-Hash" not in found.headers else None


def missing_entry(asked: Asked, answers: Answers) -> Response | None:
    """The answer that was recorded for a missing file, for any path that a complete listing does not hold."""
    route = asked.route
    if route.kind not in ("resolve", "raw", "tree") or route.path in ("", MISSING_FILE):
        return None
    listing = answers.listing(asked)
    if listing is None:
        return None
    held = listing.get(route.path, {}).get("type")
    if held == ("directory" if route.kind == "tree" else "file"):
        return None
    found = answers.whole(asked.about(path=MISSING_FILE, query=()))
    if found is None or found.status < 400:
        return None
    is_gate = found.headers.get("X-Error-Code") == "GatedRepo"
    return None if is_gate and route.path in _OPEN_BEHIND_THE_GATE else found


def missing_revision(asked: Asked, answers: Answers) -> Response | None:
    """The answer that was recorded for a missing revision, for any name that the recording does not know."""
    route = asked.route
    if route.revision in (None, "HEAD", MISSING_REVISION) or answers.commit(route) is not None:
        return None
    path = "README.md" if route.path in _OPEN_BEHIND_THE_GATE else MISSING_FILE if route.path else ""
    # With the method that was asked with: paths-info is asked with POST.
    found = answers.whole(replace(asked, route=replace(route, revision=MISSING_REVISION, path=path, query=())))
    if found is None or found.status < 400:
        return None
    if found.headers.get("X-Error-Code") != "RevisionNotFound":
        return found  # the caller does not get past the gate, whatever the revision
    message = f"Invalid rev id: {route.revision}"
    body = found.body.replace(f"Invalid rev id: {MISSING_REVISION}".encode(), message.encode())
    return with_body(found.with_headers({"X-Error-Message": message}), body)


def missing_repository(asked: Asked, answers: Answers) -> Response | None:
    """The answer recorded for a missing repository, whatever is asked of it.

    It is also that to whoever may not see a repository, and to whoever asks for a name as another type's.
    """
    route = asked.route
    if not (route.repo_id == MISSING_REPOSITORY or answers.is_of_another_type(route) or _is_hidden(asked, answers)):
        return None
    is_file = route.kind in (*_FILES, "xet-file-info", "raw")
    kind, revision, path = ("resolve", "main", "README.md") if is_file else ("info", None, "")
    return answers.whole(asked.about(kind=kind, repo_id=MISSING_REPOSITORY, revision=revision, path=path, query=()))


DERIVATIONS: tuple[Derivation, ...] = (
    same_rights,
    moved_refs,
    same_commit,
    former_name,
    some_fields,
    within_limit,
    paths_info,
    tree_size,
    plain_file,
    missing_entry,
    missing_revision,
    missing_repository,
)

# Where files are served; the Hub's JSON answers know neither ranges nor, as far as is known, conditions.
_FILES: Final = ("resolve", "resolve-cache")


def conditional(asked: Asked, response: Response) -> Response | None:
    """304 for an If-None-Match that names the ETag of a whole file (RFC 9110 §13.1.2)."""
    sent = asked.request.headers.get("If-None-Match")
    if sent is None or response.status != 200 or not _is_file(asked, response):
        return None
    tags = [tag.strip().removeprefix("W/") for tag in sent.split(",")]
    if sent.strip() != "*" and response.headers.get("ETag") not in tags:
        return None
    return replace(response.with_headers({"Content-Type": None, "Content-Length": None}), status=304, body=b"")


def ranged(asked: Asked, response: Response) -> Response | None:
    """206 or 416 for a single Range of a whole file (RFC 9110 §14)."""
    if response.status != 200 or not (_is_file(asked, response) or asked.route.origin == "cdn"):
        return None
    status, body, content_range = cut(response.body, asked.request.headers.get("Range"))
    if content_range is None:
        return None
    return replace(with_body(response.with_headers({"Content-Range": content_range}), body), status=status)


def _is_file(asked: Asked, response: Response) -> bool:
    """Whether an answer is a file, which it also is where Xet information was asked for and there is none."""
    return asked.route.kind in _FILES or (asked.route.kind == "xet-file-info" and "X-Xet-Hash" not in response.headers)


def _is_hidden(asked: Asked, answers: Answers) -> bool:
    info = answers.whole(asked.about(kind="info", revision=None, path="", query=()))
    if info is None or asked.route.repo_id is None:
        return False
    return info.status in (401, 404) and info.headers.get("X-Error-Code") in (None, "RepoNotFound")


def _with_json(response: Response, value: Any) -> Response:
    """The response with a JSON body as the Hub writes it: compact, UTF-8 unescaped."""
    return with_body(response, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _respelled(response: Response, old: str | None, new: str | None) -> Response:
    if old is None or new is None:
        return response
    link, location = response.headers.get("Link", ""), response.headers.get("Location")
    if 'rel="next"' in link:
        return response.with_headers({"Link": link.replace(f"/{quote(old, safe='')}", f"/{quote(new, safe='')}", 1)})
    if location is None:
        return response
    # The query of a resolve-cache URL is the original path, encoded once more.
    was, now = (f"%2Fresolve%2F{quote(quote(name, safe=''), safe='')}%2F" for name in (old, new))
    said = location.replace(was, now)
    body = response.body.replace(location.encode(), said.encode())
    return with_body(response.with_headers({"Location": said}), body)


def _wanted_paths(request: Request) -> tuple[list[str], bool]:
    """The paths and the `expand` of a paths-info body, a form or JSON."""
    if "json" in request.headers.get("Content-Type", ""):
        body = json.loads(request.body or b"{}")
        return list(body.get("paths", [])), bool(body.get("expand"))
    fields = parse_qsl(request.body.decode(), keep_blank_values=True)
    expand = any(name == "expand" and value.lower() in ("true", "1") for name, value in fields)
    return [value for name, value in fields if name == "paths"], expand
