"""Host names that lead to the suite's own origins: for what a client makes of a name, not of an address."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks.support import Port
from conformance.ports.drivers.inprocess import InProcess
from conformance.verdict.require import role


@contextlib.contextmanager
def resolving(port: Port, names: Mapping[str, str]) -> Iterator[None]:
    """While this is open, these names lead to these addresses of loopback, for a library in this process.

    For one in a separate process the machine must know them, as RFC 6761 §6.3 asks for names below `localhost`;
    where it does not, the check does not apply.
    """
    if not isinstance(port.driver, InProcess):
        role(all(_is_known(name, address) for name, address in names.items()), "a resolver for names below localhost")
        yield
        return
    original = socket.getaddrinfo

    def looked_up(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        return original(names.get(name, host), *arguments, **options)

    socket.getaddrinfo = looked_up
    try:
        yield
    finally:
        socket.getaddrinfo = original


def _is_known(name: str, address: str) -> bool:
    try:
        found = socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return any(entry[4][0] == address for entry in found)
