"""Clients that continue without the token, or with another caller's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, download
from reference_client.errors import HfHubHTTPError
from reference_client.session import Session


@mutant
def refused_token_left_out(patch: pytest.MonkeyPatch) -> None:
    """Asks without the token for what it was refused with it."""

    def asked(original: Any, self: Session, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except HfHubHTTPError as error:
            if self.token is None or error.response.status_code != 401:
                raise
            return original(replace(self, token=None), *args, **kwargs)

    wrap(patch, Session, "request", asked)


@mutant
def last_token_is_everybodys(patch: pytest.MonkeyPatch) -> None:
    """Keeps one token for the whole process: that of the call which came last."""
    last: list[str | None] = [None]

    def opened(original: Any, self: HfApi, token: Any) -> Any:
        made = original(self, token)
        last[0] = made.token
        return made

    wrap(patch, HfApi, "session", opened)
    wrap(
        patch,
        Session,
        "request",
        lambda original, self, *args, **kwargs: original(replace(self, token=last[0]), *args, **kwargs),
    )


@mutant
def token_outlives_its_call(patch: pytest.MonkeyPatch) -> None:
    """Keeps using the first token that it was ever given."""
    first: list[str] = []

    def asked(original: Any, self: Session, *args: Any, **kwargs: Any) -> Any:
        if self.token is not None and not first:
            first.append(self.token)
        return original(replace(self, token=first[0] if first else None), *args, **kwargs)

    wrap(patch, Session, "request", asked)


@mutant
def listing_is_everybodys(patch: pytest.MonkeyPatch) -> None:
    """Keeps a listing in memory, and returns it to the next caller."""
    kept: dict[str, list[Any]] = {}

    def listed(original: Any, self: HfApi, repo_id: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
        if repo_id not in kept:
            kept[repo_id] = list(original(self, repo_id, *args, **kwargs))
        return iter(kept[repo_id])

    wrap(patch, HfApi, "list_repo_tree", listed)


@mutant
def last_token_downloads_all(patch: pytest.MonkeyPatch) -> None:
    """Keeps one token for all downloads: that of the one which began last."""
    last: list[str | None] = [None]

    def opened(endpoint: str | None, token: Any) -> Session:
        made = Session.of(endpoint, token)
        last[0] = made.token
        return made

    patch.setattr(download, "Session", SimpleNamespace(of=opened))
    wrap(
        patch,
        Session,
        "request",
        lambda original, self, *args, **kwargs: original(replace(self, token=last[0]), *args, **kwargs),
    )
