"""Every answer that replay derives from recorded ones. It derives no other.

`DERIVATIONS` find the whole answer to a request that was not recorded. They are tried in order, and each may
start from what was recorded and from what those below it derive. `conditional` and `ranged` then shape a
whole answer to what the request's headers ask for. HEAD needs no separate derivation: it is answered as
GET, and the server leaves out the body.

Where the Hub's answer is not known, the derivation's docstring states that, and what is assumed. Others are in
`absent` (missing items), `pages` (parts of listings) and `unusual` (other spellings, web pages).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl, quote

from conformance.replay.absent import missing_entry, missing_repository, missing_revision, unknown_page
from conformance.replay.asked import FILES, Answers, Asked, Derivation, counted, is_open, refused, with_json
from conformance.replay.pages import folder_level, within_limit
from conformance.replay.unusual import bad_signature, other_case, renamed, unknown_query, web_page
from conformance.traffic import git
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response
from conformance.traffic.fields import info_fields
from conformance.traffic.ranges import cut
from conformance.traffic.route import XET_FILE_INFO

_LINKED = re.compile(r'<([^>]+)>; rel="([^"]+)"')

_MOST_PATHS = 2000
"""Of one request for paths-info."""


def same_rights(asked: Asked, answers: Answers) -> Response | None:
    """The anonymous caller's answer about a public repository, the reader's about a missing one."""
    other = answers.another_caller(asked)
    found = answers.whole(replace(asked, caller=other)) if other else None
    return found.with_headers({"X-HF-Warning": None}) if found is not None else None


def moved_refs(asked: Asked, answers: Answers) -> Response | None:
    """The list of refs, with those that were moved since, and the branches that are new."""
    moved = answers.moved(asked.route)
    if asked.route.kind != "refs" or not moved:
        return None
    found = answers.before_moves(asked)
    if found is None or found.status != 200:
        return found
    refs = json.loads(found.body)
    known = [one for kind in ("branches", "converts", "tags", "pullRequests") for one in refs.get(kind) or ()]
    for one in known:
        one["targetCommit"] = moved.get(one["name"], moved.get(one["ref"], one["targetCommit"]))
    new = moved.keys() - {one["name"] for one in known} - {one["ref"] for one in known}
    refs["branches"] += [
        {"name": name, "ref": f"refs/heads/{name}", "targetCommit": moved[name]} for name in sorted(new)
    ]
    return with_json(found, refs)


def same_commit(asked: Asked, answers: Answers) -> Response | None:
    """A sha's answer for a branch that points to it, and a branch's for its sha.

    The revision in the answer, in redirects and in links to the next page, is written as in the request.
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
    location = renamed(asked, info.headers["Location"].removeprefix(f"/api/{route.repo_type}s/"))
    said = info.body.replace(info.headers["Location"].encode(), location.encode())
    return counted(asked, with_body(info.with_headers({"Location": location}), said))


def some_fields(asked: Asked, answers: Answers) -> Response | None:
    """The asked fields, in the asked order, of an info that was recorded with every field of `expand`, or with these.

    A field that there is not is 400, and the message names those that there are.
    """
    route = asked.route
    wanted = [value for name, value in asked.request.query if name.partition("[")[0] == "expand"]
    every = info_fields(route.repo_type)
    if route.kind != "info" or not wanted or len(wanted) != len(route.query):
        return None
    if not set(wanted) <= set(every):
        found = answers.whole(asked.about(query=()))
        if found is None or found.status != 200:
            return found
        options = "|".join(f'"{name}"' for name in every)
        return refused(asked, found, 400, f"✖ Invalid option: expected one of {options}")
    found = answers.whole(asked.about(query=tuple(("expand", name) for name in every)))
    plain = answers.whole(asked.about(query=())) if found is None else None
    if plain is not None and plain.status == 200 and set(wanted) <= set(json.loads(plain.body)):
        found = plain  # of a commit that was recorded without every field
    if found is None or found.status != 200:
        return found
    held = json.loads(found.body)
    return with_json(found, {name: held[name] for name in ("_id", "id", *wanted) if name in held})


def plain_commits(asked: Asked, answers: Answers) -> Response | None:
    """Commits without their formatted titles, where they were recorded with them."""
    if asked.route.kind != "commits" or asked.route.query:
        return None
    found = answers.whole(asked.about(query=(("expand", "formatted"),)))
    if found is None or found.status != 200:
        return found
    commits = json.loads(found.body)
    for commit in commits:
        commit.pop("formatted", None)
    return None if "Link" in found.headers else with_json(found, commits)


def history_of_an_ancestor(asked: Asked, answers: Answers) -> Response | None:
    """The history of a commit that is in the recorded history of `main`: from there on.

    That the history is one line is assumed, as it is of nearly every repository of the Hub.
    """
    sha = answers.commit(asked.route) if asked.route.kind == "commits" else None
    if sha is None or dict(asked.route.query).keys() - {"expand"}:
        return None
    main = asked.about(revision="main")
    entries = answers.entries(main) if answers.before_moves(main) is not None else None
    place = next((place for place, commit in enumerate(entries[1] if entries else ()) if commit["id"] == sha), None)
    if entries is None or not place:  # at 0 is the head, which others know more of
        return None
    return with_json(entries[0].with_headers({"Link": None}), entries[1][place:])


def xet_file_info(asked: Asked, answers: Answers) -> Response | None:
    """The Xet information of a file, from the headers of its redirect."""
    found = answers.whole(asked.about(kind="resolve")) if asked.route.kind == "xet-file-info" else None
    if found is None or "X-Xet-Hash" not in found.headers:
        return None
    urls = {rel: url for url, rel in _LINKED.findall(found.headers.get("Link", ""))}
    if not {"xet-auth", "xet-reconstruction-info"} <= set(urls):
        return None
    file_info = {
        "hash": found.headers["X-Xet-Hash"],
        "refreshUrl": urls["xet-auth"],
        "reconstructionUrl": urls["xet-reconstruction-info"],
        "etag": found.headers["X-Linked-ETag"],
        "size": int(found.headers["X-Linked-Size"]),
    }
    kept = dict.fromkeys(("Location", "Content-Disposition", "Cache-Control", "Content-Security-Policy"))
    said = found.with_headers({**kept, "Content-Type": XET_FILE_INFO, "ETag": "W/", "Vary": "Origin"})
    return replace(with_json(said, file_info), status=200)


def same_xet_token(asked: Asked, answers: Answers) -> Response | None:
    """The token for the head of `main`, for another commit: it is for the repository, as far as is known."""
    route = asked.route
    if route.kind != "xet-read-token" or route.revision == "main" or answers.commit(route) is None:
        return None
    return answers.before_moves(asked.about(revision="main"))


def paths_info(asked: Asked, answers: Answers) -> Response | None:
    """The items of the asked paths from the recursive listing; paths that are not in it are left out.

    A body that names no paths, or more than there may be, is 400. The texts are ours.
    """
    if asked.route.kind != "paths-info" or asked.request.method != "POST":
        return None
    try:
        paths, expand = _wanted_paths(asked.request)
    except (ValueError, RecursionError):
        paths, expand = [], False
    listing = answers.listing(asked, expand=expand)
    query = (("expand", "true"), ("recursive", "true")) if expand else (("recursive", "true"),)
    page = answers.whole(asked.about(kind="tree", query=query))
    if listing is None or page is None:
        return None
    if not paths or len(paths) > _MOST_PATHS:
        too_many = f"Too many paths: {len(paths)}, at most {_MOST_PATHS} in one request"
        return refused(asked, page, 400, too_many if paths else "Invalid body: send a form or JSON with paths")
    return with_json(page.with_headers({"Link": None}), [listing[path] for path in paths if path in listing])


def tree_size(asked: Asked, answers: Answers) -> Response | None:
    """The bytes of all files of a revision, or of a folder, added up from the recursive listing.

    No such answer of the Hub was recorded. That there is one, and its key `size`, are from a client's source only
    (hubdl, hubs/huggingface.py, `fetch_file_rows`); the rest of the Hub's answer is not known, so it is left out.
    """
    path = asked.route.path
    if asked.route.kind != "treesize":
        return None
    listing = answers.listing(asked)
    page = answers.whole(asked.about(kind="tree", path="", query=(("recursive", "true"),)))
    if listing is None or page is None or (path and listing.get(path, {}).get("type") != "directory"):
        return None
    below = f"{path}/" if path else ""
    size = sum(item["size"] for name, item in listing.items() if item["type"] == "file" and name.startswith(below))
    return with_json(page.with_headers({"Link": None}), {"size": size})


def raw_file(asked: Asked, answers: Answers) -> Response | None:
    """What git keeps of a public repository's file: the recorded content, or the pointer of an LFS file."""
    route = asked.route
    listing = answers.listing(asked) if route.kind == "raw" else None
    info = answers.whole(asked.about(kind="info", revision=None, path="", query=())) if listing else None
    item = (listing or {}).get(route.path)
    if info is None or not is_open(info) or item is None or item["type"] != "file":
        return None
    if "lfs" in item:
        kept: bytes | None = git.pointer(item["lfs"]["oid"], item["lfs"]["size"])
    else:
        kept = answers.content(asked.about(kind="resolve", query=()))
    fields = {"Content-Type": "text/plain; charset=utf-8"}
    return None if kept is None else counted(asked, with_body(info.with_headers(fields), kept))


def plain_file(asked: Asked, answers: Answers) -> Response | None:
    """The answer to a plain resolve, for a client that would take Xet information of a file that has none."""
    found = answers.whole(asked.about(kind="resolve")) if asked.route.kind == "xet-file-info" else None
    return found if found is not None and "X-Xet-Hash" not in found.headers else None


DERIVATIONS: tuple[Derivation, ...] = (
    same_rights,
    moved_refs,
    unknown_query,
    same_commit,
    other_case,
    former_name,
    web_page,
    some_fields,
    folder_level,
    within_limit,
    plain_commits,
    history_of_an_ancestor,
    same_xet_token,
    xet_file_info,
    paths_info,
    tree_size,
    raw_file,
    plain_file,
    bad_signature,
    unknown_page,
    missing_entry,
    missing_revision,
    missing_repository,
)


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
    if not response.body and response.headers.get("Content-Length", "0") != "0":
        return None  # recorded of HEAD: the length alone is known
    status, body, content_range = cut(response.body, asked.request.headers.get("Range"))
    if content_range is None:
        return None
    return replace(with_body(response.with_headers({"Content-Range": content_range}), body), status=status)


def _is_file(asked: Asked, response: Response) -> bool:
    """Whether an answer is a file, which it also is where Xet information was requested and does not exist."""
    return asked.route.kind in FILES or (asked.route.kind == "xet-file-info" and "X-Xet-Hash" not in response.headers)


def _respelled(response: Response, old: str | None, new: str | None) -> Response:
    if old is None or new is None:
        return response
    link, location = response.headers.get("Link", ""), response.headers.get("Location")
    if 'rel="next"' in link:
        was, now = (f"/{quote(name, safe='')}" for name in (old, new))
        said = re.sub(rf"(/(?:tree|commits)){re.escape(was)}(?=[/?>])", lambda found: found[1] + now, link, count=1)
        return response.with_headers({"Link": said})
    if location is None:
        return response
    # The query of a resolve-cache URL is the original path, encoded once more.
    was, now = (f"%2Fresolve%2F{quote(quote(name, safe=''), safe='')}%2F" for name in (old, new))
    said = location.replace(was, now)
    body = response.body.replace(location.encode(), said.encode())
    return with_body(response.with_headers({"Location": said}), body)


def _wanted_paths(request: Request) -> tuple[list[str], bool]:
    """The paths and the `expand` of a paths-info body, a form or JSON.

    Raises:
        ValueError: the body is neither, or names no list of paths.
    """
    if "json" in request.headers.get("Content-Type", ""):
        body = json.loads(request.body)
        paths = body.get("paths") if isinstance(body, dict) else None
        paths = [paths] if isinstance(paths, str) else paths  # as a form with one path is read, too
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise ValueError("no list of paths")
        return paths, str(body.get("expand")).lower() in ("true", "1")
    fields = [(name.removesuffix("[]"), value) for name, value in parse_qsl(request.body.decode(), True)]
    expand = any(name == "expand" and value.lower() in ("true", "1") for name, value in fields)
    return [value for name, value in fields if name == "paths"], expand
