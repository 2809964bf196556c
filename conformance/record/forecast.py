"""What a recording would need and offer: requests by rate limit, bytes, minutes and roles, from a few requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import conformance
from conformance.record.client import Client
from conformance.record.look import Look
from conformance.record.proxy import RecordingProxy
from conformance.record.recipe import Recipe, Wanted
from conformance.record.survey import Survey
from conformance.record.upstream import elsewhere
from conformance.traffic.exchange import Exchange, OriginName, Request, Response, headers
from conformance.traffic.recording import Recording

_QUOTAS = {"api": (500, 1000), "resolvers": (3000, 5000)}
"""Requests in 300 s without and with a token (hub-docs, "Rate limits", free users)."""
_WINDOW = 300
_THIN = 300_000
"""Bytes, about, that are read of a large file to thin it."""


def forecast(
    recipe: Recipe,
    tokens: Mapping[str, str],
    roles: Callable[[Recording], Mapping[str, tuple[str, ...]]] = lambda _: {},
) -> list[str]:
    """What recording by a recipe would take and offer, a line each. Asks some seven questions a repository.

    Args:
        recipe: what to record, and from where.
        tokens: of each caller.
        roles: finds the roles that each repository offers, at the head of `main` and its oldest commit.

    Raises:
        RecordError: a repository cannot be read.
    """
    api = resolvers = held = 0
    lines = []
    started = time.monotonic()
    with RecordingProxy(elsewhere(recipe.upstream, tokens)) as proxy:
        client = Client(proxy, tokens)
        for wanted in recipe.repositories:
            survey = Survey(client, recipe, wanted)
            look = survey.look()
            found = _Found(look, wanted, recipe)
            api += found.api
            resolvers += found.resolvers
            held += found.bytes
            lines.append(found.line)
            offered = roles(_as_recorded(survey, look, proxy.take(), proxy.origins)).get(look.repository.repo_id)
            if offered:
                lines.append(f"  roles, at least: {', '.join(offered)}")
        took = (time.monotonic() - started) / max(client.asked, 1)
    requests = {"api": api, "resolvers": resolvers}
    for bucket, number in requests.items():
        quota = _QUOTAS[bucket][bool(tokens)]
        lines.append(f"requests {bucket}: about {number}, of {quota} in {_WINDOW // 60} minutes")
    waits = max(number // _QUOTAS[bucket][bool(tokens)] for bucket, number in requests.items()) * _WINDOW
    minutes = (waits + (api + resolvers) * took) / 60
    lines.append(f"bytes: about {held / 1e6:.1f} MB; time: about {max(minutes, 0.1):.1f} minutes")
    return lines


class _Found:
    """What one repository would take."""

    def __init__(self, look: Look, wanted: Wanted, recipe: Recipe) -> None:
        files = next(iter(look.files.values()), [])
        refs, history = look.refs, len(look.history)
        families = {family: len(held) for family, held in refs.items()}
        heads = {ref["targetCommit"] for family, held in refs.items() if family != "pullRequests" for ref in held[:8]}
        commits = min(recipe.commits, history) + len(heads) - 1 + min(recipe.pulls, families.get("pullRequests", 0))
        commits = max(commits, 0)
        pages = 1 + len(files) // 1000
        self.api = commits * (2 + 2 * pages + len(files) // 50) + 20 * (1 + len(recipe.callers))
        self.resolvers = commits * (2 * len(files) + 1)
        self.bytes = sum(_kept(item, wanted, recipe) for item in files)
        large = sum(item["size"] > recipe.largest for item in files)
        named = ", ".join(f"{number} {family}" for family, number in families.items())
        name = look.repository.repo_id
        self.line = f"{name}: {len(files)} files, {large} of them large ({recipe.large}), {history} commits, {named}"
        if not history:
            self.line = f"{name}: no caller may read its files"


def _as_recorded(survey: Survey, look: Look, asked: list[Exchange], origins: Mapping[OriginName, str]) -> Recording:
    """A recording of what was asked, with an empty body for each content that would be kept."""
    recipe, wanted = survey.recipe, survey.wanted
    contents = [
        Exchange(Request("GET", survey.resolve(sha, item["path"])), Response(200, headers()))
        for sha, items in look.files.items()
        for item in items
        if wanted.keeps(item["path"]) and (item["size"] <= recipe.largest or recipe.large != "drop")
    ]
    return Recording(
        area="forecast",
        suite=conformance.__version__,
        upstream=recipe.upstream,
        recorded="",
        synthetic=False,
        origins=origins,
        repositories=(look.repository,),
        cassettes={look.repository.cassette: (*asked, *contents)},
    )


def _kept(item: dict[str, Any], wanted: Wanted, recipe: Recipe) -> int:
    if not wanted.keeps(item["path"]):
        return 0
    size = int(item["size"])
    return size if size <= recipe.largest or recipe.large == "keep" else _THIN if recipe.large == "thin" else 0
