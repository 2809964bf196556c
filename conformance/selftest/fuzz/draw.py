"""Strategies: JSON, right answers with something wrong in them, headers, bytes."""

from __future__ import annotations

import copy
import gzip
import json
from typing import Any

from hypothesis import strategies as st

COMMIT, OTHER = "b" * 40, "c" * 40
CONTENT = b"PAR1hello"
ETAG = "8b3a5a0a2dd9a1bd0e4b8ef0e5f76a8b0e2b2d60"

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "..",
            "../x",
            "/x",
            "a/../b",
            "C:x",
            "\0",
            "a\nb",
            "\x1b[2J",
            "\ud800",
            "x" * 5000,
            "a//b",
            ".cache/huggingface/x",
            COMMIT,
            OTHER,
            ETAG,
            "f" * 64,
            "2026-03-23T10:18:13.000Z",
            "9999-99-99",
            "README.md",
            "data/a.parquet",
            "main",
        ]
    ),
)
numbers = st.one_of(st.integers(), st.sampled_from([-1, 0, 1, 1 << 31, 1 << 53, 1 << 64, 10**30]), st.floats())
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)

INFO: dict[str, Any] = {
    "_id": "1",
    "id": "o/n",
    "sha": COMMIT,
    "lastModified": "2026-03-23T10:18:13.000Z",
    "private": False,
    "gated": False,
    "disabled": False,
    "tags": ["a"],
    "downloads": 1,
    "likes": 2,
    "createdAt": "2026-03-23T10:18:13.000Z",
    "cardData": {"license": "mit"},
    "siblings": [{"rfilename": "README.md", "size": 9, "blobId": ETAG}],
}
TREE: list[Any] = [
    {
        "type": "file",
        "oid": ETAG,
        "size": 9,
        "path": "README.md",
        "xetHash": "f" * 64,
        "lfs": {"oid": "f" * 64, "size": 9, "pointerSize": 134},
        "lastCommit": {"id": COMMIT, "title": "a", "date": "2026-03-23T10:18:13.000Z"},
        "securityFileStatus": {"status": "safe", "avScan": {}, "pickleImportScan": None},
    },
    {"type": "directory", "oid": ETAG, "size": 0, "path": "data"},
]
REF = {"name": "main", "ref": "refs/heads/main", "targetCommit": COMMIT}
REFS = {"branches": [REF], "converts": [], "tags": [], "pullRequests": []}
COMMITS = [{"id": COMMIT, "title": "a", "message": "", "authors": [{"user": "a"}], "date": "2026-03-23T10:18:13.000Z"}]
WHOAMI = {"type": "user", "name": "a", "fullname": "A", "orgs": []}


@st.composite
def wrong(draw: st.DrawFn, right: Any) -> Any:
    """A right answer in which up to three places hold something else, or are not there."""
    answer = copy.deepcopy(right)
    for _ in range(draw(st.integers(0, 3))):
        place, depth = answer, draw(st.integers(1, 3))
        for step in range(depth):
            if isinstance(place, dict) and place:
                key: Any = draw(st.sampled_from(sorted(place)))
            elif isinstance(place, list) and place:
                key = draw(st.integers(0, len(place) - 1))
            else:
                break
            if step == depth - 1 or not isinstance(place[key], (dict, list)):
                if draw(st.booleans()):
                    place[key] = draw(values)
                else:
                    del place[key]
                break
            place = place[key]
    return answer


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def bodies(right: Any) -> st.SearchStrategy[bytes]:
    """Of an answer of the API: nearly right, other JSON, or anything."""
    return st.one_of(
        wrong(right).map(encoded),
        wrong(right).map(encoded),
        values.map(encoded),
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"",
                b"<!doctype html>",
                b"[" * 5000,
                b"{" * 5000,
                b'{"a":' * 5000,
                b"nul",
                b"NaN",
                b'"\\ud800"',
                b"1" * 5000,
            ]
        ),
    )


lines = st.one_of(
    st.sampled_from(
        [
            "ETag: ",
            f'ETag: "{ETAG}"',
            'ETag: W/""',
            "ETag: ../../x",
            f"ETag: {'f' * 64}",
            "X-Linked-Etag: a/b",
            "X-Repo-Commit: main",
            f"X-Repo-Commit: {OTHER}",
            "X-Repo-Commit: ",
            "X-Linked-Size: -1",
            "X-Linked-Size: 9e9",
            "X-Linked-Size: 99999999999999999999",
            "Content-Encoding: gzip",
            "Content-Encoding: br",
            "Content-Encoding: gzip, gzip",
            "Content-Range: bytes 3-8/9",
            "Content-Range: bytes */9",
            "Content-Range: nonsense",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: x",
            "Retry-After: -1",
            "Retry-After: NaN",
            "Retry-After: 99999999999999999999",
            "Retry-After: Fri, 32 Foo 2026 99:99:99 GMT",
            'RateLimit: "api";r=0;t=99999999999999999999',
            "X-Error-Code: RepoNotFound",
            "X-Error-Code: EntryNotFound",
            "X-Error-Code: RevisionNotFound",
            "X-Error-Code: GatedRepo",
            "X-Error-Message: \x1b[2J",
            "Content-Type: application/json",
            "Content-Type: text/html; charset=nonsense",
            "Link: <>; rel=next",
            'Link: <?cursor=x>; rel="next"',
            "Link: " + "<" * 9000,
            "Set-Cookie: a=b",
            "no colon here",
            " folded",
            ": empty",
            "\x00: x",
            "Content-Length: 5",
            "Content-Length: -5",
            "Content-Length: x",
            "Location: /",
            "Location: //",
            "Location: \\",
            "Location: ?",
            "Location: http://[",
            "X: " + "y" * 70000,
        ]
    ),
    st.tuples(
        st.sampled_from(["ETag", "Location", "Link", "X-Repo-Commit", "X-Linked-Size", "X"]),
        st.text(st.characters(max_codepoint=255, blacklist_characters="\r\n"), max_size=20),
    ).map(": ".join),
)
statuses = st.sampled_from(
    ["200 OK"] * 6
    + [
        "206 Partial Content",
        "301 Moved",
        "302 Found",
        "304 Not Modified",
        "307 Temporary Redirect",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "410 Gone",
        "416 Range Not Satisfiable",
        "418 Tea",
        "429 Too Many",
        "451 x",
        "500 Internal",
        "503 Busy",
        "100 Continue",
        "204 No Content",
        "999 x",
        "abc",
        "200",
    ]
)


@st.composite
def answers(draw: st.DrawFn, body: st.SearchStrategy[bytes]) -> tuple[bytes, ...]:
    """A whole answer as it goes over the connection, perhaps cut, too long, or nothing like HTTP."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return (draw(st.binary(max_size=60)),)
    content = draw(body)
    told = draw(st.lists(lines, max_size=3))
    if kind == 1:
        content = gzip.compress(content)
        told = ["Content-Encoding: gzip", *told]
    if kind != 2:
        told = [*told, f"Content-Length: {max(0, len(content) + draw(st.sampled_from([0, 0, 0, 0, -1, 1, 9])))}"]
    head = "\r\n".join([f"HTTP/1.1 {draw(statuses)}", "Connection: close", *told, "", ""])
    cut = draw(st.sampled_from([None, None, None, 0, 1, 5]))
    return (head.encode("latin-1", "replace"), content[:cut])
