"""What a recording would take: requests by rate limit, bytes and minutes, from a few questions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from conformance.record.client import Client
from conformance.record.proxy import RecordingProxy
from conformance.record.recipe import Recipe, Wanted
from conformance.record.survey import Survey
from conformance.record.upstream import elsewhere

_QUOTAS = {"api": (500, 1000), "resolvers": (3000, 5000)}
"""Requests in 300 s without and with a token (hub-docs, "Rate limits", free users)."""
_WINDOW = 300
_THIN = 300_000
"""Bytes, about, that are read of a large file to thin it."""


def forecast(recipe: Recipe, tokens: Mapping[str, str]) -> list[str]:
    """What recording by a recipe would take, a line each. Asks some five questions a repository.

    Raises:
        RecordError: a repository cannot be read.
    """
    api = resolvers = held = 0
    lines = []
    started = time.monotonic()
    with RecordingProxy(elsewhere(recipe.upstream, tokens)) as proxy:
        client = Client(proxy, tokens)
        for wanted in recipe.repositories:
            found = _Found(Survey(client, recipe, wanted), wanted, recipe)
            api += found.api
            resolvers += found.resolvers
            held += found.bytes
            lines.append(found.line)
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

    def __init__(self, survey: Survey, wanted: Wanted, recipe: Recipe) -> None:
        files, refs, history = survey.look()
        families = {family: len(held) for family, held in refs.items()}
        heads = {ref["targetCommit"] for family, held in refs.items() if family != "pullRequests" for ref in held[:8]}
        commits = min(recipe.commits, history) + len(heads) - 1 + min(recipe.pulls, families.get("pullRequests", 0))
        pages = 1 + len(files) // 1000
        lfs = sum("lfs" in item for item in files)
        self.api = commits * (2 + 2 * pages + len(files) // 50) + 20 * (1 + len(recipe.callers))
        self.resolvers = commits * (2 * len(files) - lfs + lfs + 1)
        self.bytes = sum(_kept(item, wanted, recipe) for item in files)
        large = sum(item["size"] > recipe.largest for item in files)
        named = ", ".join(f"{number} {family}" for family, number in families.items())
        self.line = (
            f"{survey.repo_id}: {len(files)} files, {large} of them large ({recipe.large}), {history} commits, {named}"
        )


def _kept(item: dict[str, Any], wanted: Wanted, recipe: Recipe) -> int:
    if wanted.only and not any(fnmatchcase(item["path"], pattern) for pattern in wanted.only):
        return 0
    size = int(item["size"])
    return size if size <= recipe.largest or recipe.large == "keep" else _THIN if recipe.large == "thin" else 0
