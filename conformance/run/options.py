"""The options of a run: how to measure a port."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import ConformanceError
from conformance.ports import PortDescription
from conformance.ports.drivers.patience import DEADLINE


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure a port.

    Attributes:
        port: the name of a bundled port, or the path of a port.toml.
        report: the folder for the reports; None for a temporary one.
        profile: the name of the profile to score by; None for the newest.
        expectations: the port's known failures; None for the port's own file.
        checks: the ids of the checks to look at one by one, if the user named any: then no operation is probed.
        recording: the folder of a user's recording; None for the bundled ones.
        deadline: seconds that one call may take; None for the usual.
        in_child: whether to drive a Python port in a separate process; None for the default.
        memory: the most main memory of the port's processes, as `512M`; None for no limit.
        attach: the folder with the pipes of a shim that was started by hand.
        has_workers: whether the checks are run by several processes.
        shard: the part of the chosen checks that this run is, from 1, and of how many; None for all of them.
        hub: `stand-in` to let the stand-in Hub answer, which tries checks and measures nothing; None for a recording.
    """

    port: str
    report: Path | None = None
    profile: str | None = None
    expectations: Path | None = None
    checks: tuple[str, ...] = ()
    recording: str | None = None
    deadline: float | None = None
    in_child: bool | None = None
    memory: str | None = None
    attach: Path | None = None
    has_workers: bool = False
    shard: tuple[int, int] | None = None
    hub: str | None = None

    def seconds(self) -> float:
        """How long one call may take.

        Raises:
            ConformanceError: the deadline is not a duration.
        """
        if self.deadline is None:
            return DEADLINE
        if not 0 < self.deadline < math.inf:
            raise ConformanceError(
                f"--deadline {self.deadline:g} is not a duration", "give a number of seconds above 0"
            )
        return self.deadline

    def require_trial(self, port: PortDescription) -> None:
        """Let another Hub than a recorded one answer only where that makes sense.

        Raises:
            ConformanceError: another option excludes it, or the port needs a Xet store.
        """
        if self.hub is None:
            return
        if not self.checks or self.recording:
            raise ConformanceError(f"--hub {self.hub} tries single checks", "name their ids; leave out --recording")
        if port.transfer == "xet":
            raise ConformanceError(
                f"port {port.name} fetches from a Xet store, which the {self.hub} Hub lacks",
                "try the check with a port over HTTP",
            )
