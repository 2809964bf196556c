"""Whom a Python library talks to during a call: anything but loopback is refused, and reported.

The suite runs on loopback alone. A library that phones elsewhere (to count its users, to ask for a newer version) does
it without its user's knowledge, and would make a check depend on the network.
"""

from __future__ import annotations

import atexit
import contextlib
import ipaddress
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from conformance.protocol.output import REFUSED_CONNECTION

_EVENTS: Final = {"socket.connect", "socket.getaddrinfo", "socket.sendto"}

_lock = threading.Lock()
_depth = 0
_installed = False


@contextlib.contextmanager
def loopback_only() -> Iterator[None]:
    """While this is open, this process connects to loopback only; any other attempt fails and is reported on stderr.

    The attempt raises `ConnectionRefusedError` in the library, as if no server listened there.
    """
    global _depth
    _install()
    with _lock:
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1


@contextlib.contextmanager
def not_ended() -> Iterator[None]:
    """While this is open, `os._exit` in this process raises `SystemExit`: it would end the run without a verdict.

    A process that was forked from this one ends by it as ever.
    """
    exit_now = os._exit
    _refuse()
    try:
        yield
    finally:
        os._exit = exit_now


def not_ended_at_exit() -> None:
    """Let `os._exit` raise also while this process ends, in what a library has registered with `atexit` before."""
    atexit.register(_refuse)  # of what is registered, the last is called first


def _refuse() -> None:
    exit_now, suite = os._exit, os.getpid()

    def raised(status: int) -> NoReturn:
        if os.getpid() != suite:
            exit_now(status)
        raise SystemExit(f"os._exit({status})")

    os._exit = raised


def _install() -> None:
    """Audit hooks (PEP 578) cannot be taken out again, so there is one, which reads `_depth`."""
    global _installed
    with _lock:
        if not _installed:
            sys.addaudithook(_audit)
            _installed = True


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _depth or event not in _EVENTS:
        return
    host = arguments[0] if event == "socket.getaddrinfo" else _host(arguments[1])
    if host is not None and not _is_loopback(host):
        print(f"{REFUSED_CONNECTION} {host}", file=sys.stderr)
        raise ConnectionRefusedError(f"{host} is not loopback")


def _host(address: Any) -> str | None:
    """The host of an address; None for one of another family, such as a Unix socket."""
    return address[0] if isinstance(address, tuple) else None


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
