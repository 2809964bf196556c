"""Requests that mean the same have the same route, others have not."""

from __future__ import annotations

import pytest

from conformance.data import cassettes_dir
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Request, headers
from conformance.traffic.route import XET_FILE_INFO, Route, route_of

DATASET = "/api/datasets/a/b"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{DATASET}/tree/main?recursive=True&expand=False", f"{DATASET}/tree/main?recursive=true"),
        (f"{DATASET}/tree/main/x%2Fy%20z", f"{DATASET}/tree/main/x/y%20z"),
        (f"{DATASET}?expand[]=sha&expand%5B%5D=likes", f"{DATASET}?expand=likes&expand=sha"),
        (f"{DATASET}?blobs=false", DATASET),
        (f"{DATASET}/refs?include_prs=1", f"{DATASET}/refs?include_prs=true"),
        ("/datasets/a/b/resolve/refs%2Fpr%2F1/%41", "/datasets/a/b/resolve/refs%2fpr%2f1/A?download=true"),
        (f"/api/resolve-cache/datasets/a/b/{'0' * 40}/x?y=&etag=z", f"/api/resolve-cache/datasets/a/b/{'0' * 40}/x"),
    ],
)
def test_same(one: str, other: str) -> None:
    """Spelling, order and default values do not matter."""
    assert route_of(Request("GET", one)) == route_of(Request("GET", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/api/datasets/a/b", "/api/models/a/b"),
        (DATASET, f"{DATASET}/revision/main"),
        (f"{DATASET}/revision/refs%2Fpr%2F1", f"{DATASET}/revision/refs/pr/1"),
        ("/datasets/a/b/resolve/refs%2Fpr%2F1/x", "/datasets/a/b/resolve/refs/pr/1/x"),
        (f"{DATASET}/tree/main?recursive=true", f"{DATASET}/tree/main"),
        ("/api/x?a=", "/api/x"),
        ("/datasets/a/b/resolve/main/x%2520", "/datasets/a/b/resolve/main/x%20"),
    ],
)
def test_different(one: str, other: str) -> None:
    """What the Hub tells apart stays apart; an unencoded slash in a revision is part of the path."""
    assert route_of(Request("GET", one)) != route_of(Request("GET", other))


def test_names_without_a_namespace() -> None:
    """The oldest repositories have a name only."""
    assert route_of(Request("GET", "/api/datasets/gsm8k/tree/main")) == Route(
        "hub", "tree", "dataset", "gsm8k", "main", ""
    )
    assert route_of(Request("GET", "/gpt2/resolve/main/config.json")).repo_id == "gpt2"


def test_xet_information_is_another_thing() -> None:
    """Resolve with the Xet media type asks for a description and not for the file."""
    asked = Request("GET", "/a/b/resolve/main/x", headers=headers({"accept": f"{XET_FILE_INFO}, */*"}))
    assert route_of(asked).kind == "xet-file-info"


@pytest.mark.parametrize("area", sorted(path.name for path in cassettes_dir().iterdir()))
def test_a_route_spells_itself(area: str) -> None:
    """The target of a route has that route, for everything that was recorded."""
    for exchange in load(area).exchanges:
        request, route = exchange.request, route_of(exchange.request)
        again = Request(request.method, route.target, request.origin, request.headers)
        if "refs/pr/1" not in request.target:
            assert route_of(again) == route
