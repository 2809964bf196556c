"""The environment that a port runs in: nothing of the machine's own Hub settings, login or proxies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from conformance.protocol.messages import Context

Changes: TypeAlias = Mapping[str, str | None]
"""Variables to set, or with None to unset."""

_HUB_PREFIXES: Final = ("HF_", "HUGGING_FACE_", "HUGGINGFACE_")
_OTHERS: Final = frozenset(
    {
        *("TRANSFORMERS_OFFLINE", "TRANSFORMERS_CACHE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"),
    }
)


def clean(home: Path) -> dict[str, str | None]:
    """Changes that take the machine's settings out and make `home` the library's home folder.

    `HF_HOME` also holds the login (`HF_TOKEN_PATH` is `$HF_HOME/token`); requests and httpx read `NETRC`.
    """
    changes: dict[str, str | None] = {name: None for name in os.environ if _is_of_the_machine(name)}
    changes["HF_HOME"] = str(home)
    changes["NETRC"] = str(home / "netrc")
    return {**changes, **at_home(home)}


def at_home(home: Path) -> dict[str, str]:
    """Variables by which a program finds the places of its user: all of them below `home`.

    A library whose cache is not that of the Hub keeps it in one of these. What it leaves there must not meet another
    run, nor the user's own files.
    """
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "TMPDIR": str(temporary),
    }


def at_start(context: Context) -> dict[str, str | None]:
    """What a library that reads its environment once must find when it starts."""
    return {**({"HF_HUB_OFFLINE": "1"} if context.offline else {}), **context.env}


def for_node(context: Context) -> dict[str, str | None]:
    """What Node must find when it starts, if the call has an authority to trust: it reads the variable once."""
    return {"NODE_EXTRA_CA_CERTS": context.ca_file} if context.ca_file else {}


def for_call(context: Context) -> dict[str, str | None]:
    """What a Python library must find during the call: the above, and the authority to trust.

    requests reads `REQUESTS_CA_BUNDLE`, httpx and OpenSSL read `SSL_CERT_FILE`.
    """
    trusted = {name: context.ca_file for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") if context.ca_file}
    return {**trusted, **for_node(context), **at_start(context)}


@contextmanager
def applied(changes: Changes) -> Iterator[None]:
    """Make the changes to this process's environment, and take them back at the end."""
    before = {name: os.environ.get(name) for name in changes}
    _change(changes)
    try:
        yield
    finally:
        _change(before)


def with_changes(changes: Changes) -> dict[str, str]:
    """This process's environment with the changes, for a child."""
    merged = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def _change(changes: Changes) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _is_of_the_machine(name: str) -> bool:
    return name.upper().startswith(_HUB_PREFIXES) or name.upper() in _OTHERS
