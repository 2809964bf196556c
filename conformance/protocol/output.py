"""What the suite itself writes into a port's output, and looks for there."""

from __future__ import annotations

from typing import Final

REFUSED_CONNECTION: Final = "hub-conformance: refused a connection to"
"""What the report of a connection to anything but loopback starts with; the host follows."""

STRAY: Final = "stdout_noise:"
"""What a line begins with that a library wrote to standard output."""


def stray(line: str) -> str:
    """A line of standard output as it is shown among the rest of the output."""
    return f"{STRAY} {line!r}\n"
