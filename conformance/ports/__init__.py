"""Ports: what they are (`find`), and a way to call them (`start`)."""

from __future__ import annotations

from conformance.ports import inprocess
from conformance.ports.child import Child
from conformance.ports.description import PortDescription, bundled, find
from conformance.ports.driver import Driver
from conformance.ports.errors import (
    PortCrashed,
    PortDescriptionError,
    PortError,
    PortTimedOut,
    ProtocolError,
    Unimplemented,
    Unsupported,
)
from conformance.protocol.messages import Context, PortInfo

__all__ = [
    "Context",
    "Driver",
    "PortCrashed",
    "PortDescription",
    "PortDescriptionError",
    "PortError",
    "PortInfo",
    "PortTimedOut",
    "ProtocolError",
    "Unimplemented",
    "Unsupported",
    "bundled",
    "find",
    "start",
]


def start(description: PortDescription, *, in_child: bool | None = None) -> Driver:
    """A driver of the port.

    Args:
        description: the port.
        in_child: drive it in a process of its own. By default a Python port runs in this process, unless the
            library reads its environment at import and somebody has already imported it under another.

    Raises:
        PortDescriptionError: the port cannot be started on this machine, or cannot run in this process.
        PortCrashed: the library cannot be imported.
    """
    missing = description.missing()
    if missing:
        raise PortDescriptionError(f"The port {description.name} cannot run here: {missing}.")
    if in_child is None:
        in_child = not inprocess.can_run(description)
    if not in_child and description.python is None:
        raise PortDescriptionError(f"The port {description.name} is no Python port; it runs in a child only.")
    if not in_child and description.requires:
        raise PortDescriptionError(
            f"The port {description.name} has an environment of its own; it runs in a child only."
        )
    return Child(description) if in_child else inprocess.InProcess(description)
