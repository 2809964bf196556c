"""What the offline checks have in common: a library that is offline, and how it must behave then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.checks.support import Disk, Port, works
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

OFFLINE = "Hub docs: environment variables, HF_HUB_OFFLINE; huggingface_hub OfflineModeIsEnabled"

REFUSED = ("offline", "local_entry_not_found")
"""Kinds of error that report that the Hub was not asked."""


def offline(port: Port) -> Port:
    """The same library on a machine that is offline by configuration."""
    return replace(port, context=replace(port.context, offline=True))


def online(hub: ReplayHub, port: Port, disk: Disk, operation: str, arguments: Mapping[str, str]) -> None:
    """A control step: online, the same call succeeds, with another cache. Its requests do not count."""
    elsewhere = port.with_cache(disk.root / "another")
    works(f"{operation} online", lambda: getattr(elsewhere, operation)(**arguments))
    hub.wire.clear()


def with_environment(port: Port, variables: Mapping[str, str]) -> Port:
    """The same library with these environment variables set from its start."""
    return replace(port, context=replace(port.context, env=variables))


def require_refused(error: PortError) -> None:
    """The error reports that the Hub was not asked, and not that something does not exist."""
    require(
        error.kind in REFUSED,
        "wrong-error",
        f"the library reported {error.native}: {error.message}",
        expected=list(REFUSED),
        seen=error.kind,
    )


def require_silence(hub: ReplayHub) -> None:
    """No request was sent to any host."""
    require_equal([str(entry) for entry in hub.wire], [], "request-while-offline", "a request was sent while offline")
