"""What the suite itself writes into a port's output, and looks for there."""

from __future__ import annotations

from typing import Final

REFUSED_CONNECTION: Final = "hub-conformance: refused a connection to"
"""What the report of a connection to anything but loopback starts with; the host follows."""
