"""What the suite itself costs: the time of each check beside the time that the port spends in its operations.

`python -m conformance.bench.suite [PORT]` runs every check in one process and prints, over all of them,

* the ratio of the whole run to the port's own time, collection and start-up left out;
* the median of what a check costs beyond the port's time: its origins, its evidence, its verdict.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance.ports.drivers.child import Child
from conformance.ports.drivers.inprocess import InProcess

MOST_OVERALL = 1.5
"""The whole run over the port's own time."""
MOST_PER_CHECK = 0.010
"""Seconds, median."""


class Stopwatch:
    """Measures each test as a whole, and the calls of the port within it."""

    def __init__(self) -> None:
        self.checks: list[float] = []
        self.ports: list[float] = []
        self._in_port = 0.0

    def pytest_configure(self) -> None:
        for driver in (InProcess, Child):
            self._measure(driver)

    def _measure(self, driver: Any) -> None:
        original = driver.call

        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                self._in_port += time.perf_counter() - began

        driver.call = call

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        self._in_port = 0.0
        began = time.perf_counter()
        result = yield
        self.checks.append(time.perf_counter() - began)
        self.ports.append(self._in_port)
        return result


def main(port: str = "reference") -> None:
    """Measure and print."""
    watch = Stopwatch()
    code = pytest.main(
        [
            str(Path(conformance.__file__).parent / "checks"),
            f"--config-file={os.devnull}",
            f"--rootdir={Path(conformance.__file__).parent}",
            "--disable-plugin-autoload",
            "-phub_conformance",
            "-psyrupy",
            "-pno:cacheprovider",
            "-pno:terminalreporter",
            f"--hub-port={port}",
        ],
        plugins=[watch],
    )
    if not watch.checks or code not in (0, 1):
        raise SystemExit("no check was measured: run `hub-conformance run` to see why")
    costs = [check - port_time for check, port_time in zip(watch.checks, watch.ports, strict=True)]
    whole, ports = sum(watch.checks), sum(watch.ports)
    print(f"{port}: {len(costs)} checks, {whole:.2f} s, of these {ports:.2f} s in the port's operations")
    print(f"whole run / port's own time   {whole / ports:6.2f}   (at most {MOST_OVERALL})")
    print(
        f"suite's cost of a check       {statistics.median(costs) * 1000:6.2f} ms median, "
        f"{max(costs) * 1000:.0f} ms at most   (median at most {MOST_PER_CHECK * 1000:.0f})"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
