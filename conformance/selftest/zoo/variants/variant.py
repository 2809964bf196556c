"""A correct client that is unusual: how one is declared, and what several share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from conformance.mutants.mutant import wrap
from conformance.ports.description import CacheKind
from reference_client import session

Apply = Callable[[pytest.MonkeyPatch], None]


FILES: Final = ("cache", "download")
"""The areas that a habit of downloads can touch first; each names more where it matters."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A habit, the areas that it can touch, the checks that fail it for a stated reason, and what cache it has."""

    name: str
    habit: str
    apply: Apply
    areas: tuple[str, ...]
    fair: dict[str, str] = field(default_factory=dict)
    cache: CacheKind = "hub"


ONE_QUESTION: Final = "economy is what the check is about"
ONE_QUESTION_CHECKS: Final = (
    "cache/second-call-asks-one-question[gsm8k]",
    "cache/large-file-asks-one-question[gsm8k]",
)


VARIANTS: Final[dict[str, Variant]] = {}


def variant(*areas: str, **fair: str) -> Callable[[Apply], Apply]:
    """Make a function that patches the reference client a variant. `fair` is added by `fails`."""

    def declare(apply: Apply) -> Apply:
        name = apply.__name__.replace("_", "-")
        VARIANTS[name] = Variant(name, apply.__doc__ or "", apply, areas, getattr(apply, "fair", {}))
        return apply

    return declare


def fails(reason: str, *ids: str) -> Callable[[Apply], Apply]:
    """Say which checks fail a variant rightly, and why."""

    def declare(apply: Apply) -> Apply:
        apply.fair = {**getattr(apply, "fair", {}), **dict.fromkeys(ids, reason)}  # type: ignore[attr-defined]
        return apply

    return declare


def keeps(kind: CacheKind) -> Callable[[Apply], Apply]:
    """Say what cache a variant has. It stands above `variant`."""

    def declare(apply: Apply) -> Apply:
        name = apply.__name__.replace("_", "-")
        VARIANTS[name] = replace(VARIANTS[name], cache=kind)
        return apply

    return declare


def sending(
    patch: pytest.MonkeyPatch, change: Callable[[str, str, dict[str, str]], tuple[str, dict[str, str]]]
) -> None:
    """Let every request be sent with the URL and headers that `change` makes of its method, URL and headers."""

    def send(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        url, headers = change(method, url, dict(headers))
        return original(method, url, headers, *rest)

    wrap(patch, session, "send", send)


def is_file(url: str) -> bool:
    """Whether a URL on the Hub is that of a file."""
    return "/resolve/" in urlsplit(url).path
