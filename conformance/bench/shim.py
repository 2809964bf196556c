"""What driving a port in a process of its own costs, beside the same port in this process.

`python -m conformance.bench.shim [PORT]` measures a Python port and prints

* for a few operations, what the shim adds to a call: the median over pairs of calls, one of each way after the other;
* the ratio of two whole runs, started together: one in a process of its own, one in process. Both are timed by the
  clock and by the processor, with all processes that they started.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final, NamedTuple

from conformance import ports, replay
from conformance.catalogue.operations import SAMPLES
from conformance.ports import Context, Driver, PortDescription
from conformance.replay import ReplayHub

MOST_PER_CALL: Final = 0.002
"""Seconds, median."""
MOST_OVERALL: Final = 1.3
"""The run in a process of its own over the run in process."""

OPERATIONS: Final = ("try_to_load_from_cache", "repo_info", "hf_hub_download")
"""One that only looks at the disk, one of one request, and one that downloads."""

_PAIRS: Final = 200
_DEADLINE: Final = 30.0


class Cost(NamedTuple):
    """Seconds by the clock, and of the processor."""

    elapsed: float
    processor: float


def added_per_call(description: PortDescription, operation: str) -> tuple[float, float]:
    """The median of a call in process, and of what the shim adds to it, in seconds.

    Both ways have a warm cache: what is measured is the call, not the body. In process, the library shares one
    interpreter with the Hub that it asks, so the shim may add less than nothing.
    """
    with ExitStack() as stack:
        hub = stack.enter_context(ReplayHub(replay.load(SAMPLES[operation].recording)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-conformance-bench-")))
        here = stack.enter_context(closing(ports.start(description, in_child=False)))
        there = stack.enter_context(closing(ports.start(description, in_child=True)))

        def seconds(driver: Driver, cache: str) -> float:
            context = Context(hub.endpoint, str(folder / cache))
            began = time.perf_counter()
            driver.call(operation, SAMPLES[operation].arguments, context, _DEADLINE)
            return time.perf_counter() - began

        for driver, cache in ((here, "here"), (there, "there")):  # imports, connections, the file itself
            seconds(driver, cache)
        timed = [(seconds(here, "here"), seconds(there, "there")) for _ in range(_PAIRS)]
    return statistics.median(one for one, _ in timed), statistics.median(other - one for one, other in timed)


def whole_runs(port: str) -> tuple[Cost, Cost]:
    """What a run in process costs, and one in a process of its own, side by side.

    Raises:
        SystemExit: a run broke off.
    """
    with ThreadPoolExecutor(2) as pool:
        in_process, in_child = pool.map(lambda way: _whole_run(port, way), ("--in-process", "--child"))
    return in_process, in_child


def _whole_run(port: str, way: str) -> Cost:
    began = time.perf_counter()
    command = [sys.executable, "-m", "conformance", "run", "--port", port, "-n", "0", way]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit("a run broke off: run `hub-conformance run` to see why")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime)


def main(port: str = "reference") -> None:
    """Measure and print."""
    description = ports.find(port)
    for operation in OPERATIONS:
        in_process, added = added_per_call(description, operation)
        print(
            f"{operation:<24} {in_process * 1000:6.2f} ms in process, the shim adds {added * 1000:5.2f} ms "
            f"  (median at most {MOST_PER_CALL * 1000:.0f})"
        )
    in_process_run, child_run = whole_runs(port)
    for name, cost in (("in process", in_process_run), ("in a process of its own", child_run)):
        print(f"whole run {name:<24} {cost.elapsed:6.2f} s, {cost.processor:6.2f} s of the processor")
    print(
        f"whole run, shim / in process  {child_run.elapsed / in_process_run.elapsed:6.2f}   (at most {MOST_OVERALL}); "
        f"of the processor {child_run.processor / in_process_run.processor:.2f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
