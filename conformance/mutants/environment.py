"""Clients that ignore what the user has set for the whole machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import cache, session, settings

_NOBODY = "http://127.0.0.1:9"
"""A port where no server listens (RFC 863 is no longer in use)."""


def _change_url(patch: pytest.MonkeyPatch, change: Any) -> None:
    """Send each request to another URL."""
    wrap(
        patch,
        session,
        "send",
        lambda original, method, url, *args: original(method, change(url), *args),
    )


@mutant
def endpoint_variable_ignored(patch: pytest.MonkeyPatch) -> None:
    """Uses one fixed Hub and ignores HF_ENDPOINT; here one that does not answer."""
    patch.setattr(settings, "endpoint", lambda: _NOBODY)


@mutant
def endpoint_to_the_letter(patch: pytest.MonkeyPatch) -> None:
    """Appends a path to HF_ENDPOINT without a check for a slash at its end."""

    def to_the_letter(url: str) -> str:
        parts = urlsplit(url)
        slashes = "/" if os.environ.get("HF_ENDPOINT", "").endswith("/") else ""
        return parts._replace(path=slashes + parts.path).geturl()

    _change_url(patch, to_the_letter)


@mutant
def path_of_the_endpoint_dropped(patch: pytest.MonkeyPatch) -> None:
    """Takes of the endpoint the host only."""
    _change_url(patch, lambda url: urlsplit(url)._replace(path=urlsplit(url).path.replace("/mirror", "")).geturl())


@mutant
def endpoint_variable_goes_before_call(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub of HF_ENDPOINT although the call names another."""

    def elsewhere(url: str) -> str:
        return urlsplit(url)._replace(netloc=urlsplit(settings.endpoint()).netloc).geturl()

    _change_url(patch, elsewhere)


def _look_up_cache_without(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Let the cache be found as if these variables were not set; the home is then that of the working directory."""

    def find(original: Any) -> Path:
        with pytest.MonkeyPatch.context() as without:
            for name in names:
                without.delenv(name, raising=False)
            without.setenv("HOME", str(Path(os.environ["NETRC"]).parent))
            found: Path = original()
        return found

    wrap(patch, settings, "hub_cache", find)


@mutant
def cache_variable_ignored(patch: pytest.MonkeyPatch) -> None:
    """Keeps its cache below the home and ignores HF_HUB_CACHE."""
    _look_up_cache_without(patch, "HF_HUB_CACHE")


@mutant
def home_variable_ignored(patch: pytest.MonkeyPatch) -> None:
    """Knows no HF_HOME."""
    _look_up_cache_without(patch, "HF_HOME")


@mutant
def xdg_variable_ignored(patch: pytest.MonkeyPatch) -> None:
    """Knows no XDG_CACHE_HOME."""
    _look_up_cache_without(patch, "XDG_CACHE_HOME")


def _below_the_folder(names: tuple[str, ...]) -> Path | None:
    """A path with a tilde, taken as the name of a folder; None where the variables have no such path."""
    text = settings._first(*names)
    return Path(os.environ["NETRC"]).parent / text if text.startswith("~") else None


@mutant
def tilde_to_the_letter(patch: pytest.MonkeyPatch) -> None:
    """Takes `~` for the name of a folder; here in a separate folder."""
    wrap(
        patch,
        settings,
        "_path",
        lambda original, *names: _below_the_folder(names) or original(*names),
    )


@mutant
def cache_variable_goes_before_call(patch: pytest.MonkeyPatch) -> None:
    """Keeps its cache at HF_HUB_CACHE although the call names another folder."""
    wrap(
        patch,
        cache.RepoCache,
        "of",
        lambda original, cache_dir, *args: original(os.environ.get("HF_HUB_CACHE", cache_dir), *args),
    )


@mutant
def offline_variable_ignored(patch: pytest.MonkeyPatch) -> None:
    """Sends requests although HF_HUB_OFFLINE is set."""
    patch.setattr(settings, "offline", lambda: False)


@mutant
def any_value_is_true(patch: pytest.MonkeyPatch) -> None:
    """Takes a variable for true as soon as it is set."""
    patch.setattr(settings, "flag", lambda name: name in os.environ)


@mutant
def timeouts_ignored(patch: pytest.MonkeyPatch) -> None:
    """Uses its fixed timeouts and ignores the variables."""
    patch.setattr(settings, "_seconds", lambda name: settings.DEFAULT_TIMEOUT)
