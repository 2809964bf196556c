"""Ports: what they are (`find`), and a way to call them (`start`)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from conformance.ports.description import PortDescription, bundled, find
from conformance.ports.drivers import inprocess
from conformance.ports.drivers.attached import Attached
from conformance.ports.drivers.child import Child
from conformance.ports.drivers.driver import Driver
from conformance.ports.drivers.execute import Exec
from conformance.ports.drivers.folders import WithFolders
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
    "attach",
    "bundled",
    "bytes_of",
    "find",
    "start",
]


def attach(description: PortDescription, folder: Path) -> Driver:
    """A driver of a shim that the author starts; the line to start it by is shown on standard error.

    Args:
        description: the port.
        folder: where the named pipes are made that connect it.

    Raises:
        PortDescriptionError: the pipes cannot be made there.
    """
    return _foldered(description, Attached(description, folder, lambda line: print(line, file=sys.stderr, flush=True)))


def bytes_of(size: str) -> int:
    """A size such as `512M` or `2G` in bytes; K, M and G are powers of 1024.

    Raises:
        PortDescriptionError: it is not a size.
    """
    found = re.fullmatch(r"([1-9]\d*)([KMG]?)", size)
    if found is None:
        raise PortDescriptionError(
            f"{size!r} is not a size: write a number of bytes, or one with K, M or G, such as 512M."
        )
    return int(found[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[found[2]]


def start(description: PortDescription, *, in_child: bool | None = None, memory_limit: int | None = None) -> Driver:
    """A driver of the port.

    Args:
        description: the port.
        in_child: drive it in a separate process. By default a Python port runs in this process, unless the
            library reads its environment at import and it has already been imported under another.
        memory_limit: bytes of main memory (RSS) that the port's processes may hold at once; it then runs in separate
        processes.

    Raises:
        PortDescriptionError: the port cannot be started on this machine, or cannot run in this process.
        PortCrashed: the library cannot be imported.
    """
    missing = description.missing()
    if missing:
        raise PortDescriptionError(f"The port {description.name} cannot run here: {missing}.")
    if description.command_line is not None:
        if in_child is False:
            raise PortDescriptionError(f"The port {description.name} is a command, so leave out --in-process.")
        return Exec(description, memory_limit=memory_limit)
    if in_child is None and memory_limit is not None:
        in_child = True
    if in_child is None:
        in_child = not inprocess.can_run(description)
    if not in_child and description.python is None:
        raise PortDescriptionError(f"The port {description.name} is not a Python library, so leave out --in-process.")
    if not in_child and description.requires:
        raise PortDescriptionError(
            f"The port {description.name} has a separate environment, so leave out --in-process."
        )
    if in_child:
        return _foldered(description, Child(description, memory_limit=memory_limit))
    if memory_limit is not None:
        raise PortDescriptionError("A memory limit needs a separate process; leave out --in-process or --port-memory.")
    return _foldered(description, inprocess.InProcess(description))


def _foldered(description: PortDescription, driver: Driver) -> Driver:
    """The driver, which gives downloads a folder where the port's file asks for it."""
    return WithFolders(driver, description.local_dir) if description.local_dir is not None else driver
