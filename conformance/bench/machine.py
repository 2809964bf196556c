"""What a measurement depends on besides the code: the processor, and how the peak of a process is read."""

from __future__ import annotations

import os
import platform
import resource
import sys
from pathlib import Path
from typing import Final

_CPUINFO: Final = Path("/proc/cpuinfo")
_STATUS: Final = Path("/proc/self/status")


def has_sha() -> bool:
    """Whether the processor has instructions for SHA-256, by /proc/cpuinfo; on macOS those of Apple's chips have."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    try:
        text = _CPUINFO.read_text()
    except OSError:
        return False
    flags = {flag for line in text.splitlines() if line.startswith(("flags", "Features")) for flag in line.split()}
    return bool(flags & {"sha_ni", "sha2"})


def described() -> str:
    """One line: machine, number of processors, Python, and SHA instructions."""
    sha = "with" if has_sha() else "without"
    python = f"Python {platform.python_version()}"
    return f"{platform.machine()}, {os.cpu_count()} processors {sha} SHA instructions, {python}"


def peak() -> float:
    """MiB that this process had at most.

    `ru_maxrss` counts what the parent had before `exec`, so on Linux it is `VmHWM` (proc(5)).
    """
    if _STATUS.exists():
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / (1 << 10)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
