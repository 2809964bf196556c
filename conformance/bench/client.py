"""What the reference client costs, beside `huggingface_hub` and curl: `python -m conformance.bench.client [ROUNDS]`.

All do the same work with the same server on loopback, each time in a process of its own, by turns, so that a busy
machine is as busy for one as for the other.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from conformance.bench import work
from conformance.bench.machine import described, has_sha
from conformance.ports import description

ROUNDS = 5
REFERENCE, NEW, OLD, CURL = "reference", "huggingface_hub", "huggingface_hub-0.36", "curl"
HASH = "(sha256 alone)"
DOWNLOAD, SNAPSHOT, CACHED, IMPORT = "110 MB, verified", "200 files of 10 KB", "cached, by commit", "import, ready"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one work: seconds, CPU seconds (user and system), and the peak of the process in MiB."""

    seconds: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Limit:
    """What the reference client may cost at a work: at most this many times what another does.

    `better` is worth reaching. `with_sha`: whether it holds on processors with SHA instructions, or on those without;
    None for both.
    """

    work: str
    than: str
    most: float
    better: float | None = None
    with_sha: bool | None = None


LIMITS = [
    Limit(DOWNLOAD, NEW, 0.5, 0.35, with_sha=True),
    Limit(DOWNLOAD, CURL, 1.5, 1.2, with_sha=True),
    Limit(DOWNLOAD, HASH, 1.15, with_sha=False),
    Limit(SNAPSHOT, NEW, 0.45, 0.25),
    Limit(IMPORT, NEW, 0.75, 0.5),
    Limit(CACHED, OLD, 0.5, 0.2),
]
MOST_PEAK = 64
"""MiB, of the process that fetches 110 MB."""

_READY = {
    REFERENCE: "from reference_client import hf_hub_download, transport; transport.connections()",
    NEW: "from huggingface_hub import hf_hub_download",
}
_ENVIRONMENT = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",
    "PYTHONPATH": str(Path(__file__).parents[2]),
}

Measure: TypeAlias = Callable[[Path], Cost]
"""Does a work once, in a fresh folder."""


def main(rounds: int = ROUNDS) -> None:
    """Measure and print."""
    print(described())
    os.environ |= _ENVIRONMENT
    with tempfile.TemporaryDirectory() as home, _served(Path(tempfile.gettempdir(), "hub-conformance-bench")) as hub:
        os.environ["HF_HOME"] = home
        costs: dict[tuple[str, str], list[Cost]] = {key: [] for key in _measures(hub)}
        for _ in range(rounds):
            for key, measure in _measures(hub).items():
                with tempfile.TemporaryDirectory(dir=home) as folder:
                    costs[key].append(measure(Path(folder)))
    typical = {key: _median(found) for key, found in costs.items()}
    _print_costs(typical)
    _print_limits(typical)


def _measures(hub: str) -> dict[tuple[str, str], Measure]:
    """What is to be measured: by work, and by who does it."""
    url = f"{hub}/datasets/{work.BIG}/resolve/main/{work.BIG_FILE}"
    found: dict[tuple[str, str], Measure] = {}
    for client, library, interpreter in _clients():
        for name, function in ((DOWNLOAD, "download"), (SNAPSHOT, "snapshot"), (CACHED, "cached")):
            found[name, client] = _call([interpreter, work.__file__, library, function, hub])
        if client in _READY:
            found[IMPORT, client] = _process([interpreter, "-c", _READY[client]])
    found[DOWNLOAD, HASH] = _call([sys.executable, work.__file__, "reference_client", "digest", hub])
    if shutil.which(CURL):
        found[DOWNLOAD, CURL] = _process([CURL, "--silent", "--fail", "--location", url, "--output"], "file")
    return found


def _clients() -> Iterator[tuple[str, str, str]]:
    """Name, library and interpreter of each client that this machine has."""
    yield REFERENCE, "reference_client", sys.executable
    yield NEW, "huggingface_hub", sys.executable
    old = description.find(OLD)
    if reason := old.missing():
        print(f"{OLD}: {reason}")
    else:
        yield OLD, "huggingface_hub", str(old.interpreter)


def _call(command: list[str]) -> Measure:
    """Measure a call of a library, in a process that has imported it."""

    def measure(folder: Path) -> Cost:
        ended = subprocess.run([*command, str(folder)], check=True, stdout=subprocess.PIPE, text=True)
        return Cost(**json.loads(ended.stdout))

    return measure


def _process(command: list[str], *file: str) -> Measure:
    """Measure a whole process; `file` is a name in the folder to give it as its last argument."""

    def measure(folder: Path) -> Cost:
        began, cpu = time.perf_counter(), _cpu_of_children()
        subprocess.run([*command, *(str(folder / name) for name in file)], check=True)
        return Cost(time.perf_counter() - began, _cpu_of_children() - cpu, 0)

    return measure


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in Cost.__slots__))


def _print_costs(typical: dict[tuple[str, str], Cost]) -> None:
    print(f"{'work':20} {'who':22} {'ms':>8} {'CPU ms':>8} {'peak MiB':>9}   (medians)")
    for (name, who), cost in sorted(typical.items()):
        peak = f"{cost.peak:9.0f}" if cost.peak else " " * 9
        print(f"{name:20} {who:22} {cost.seconds * 1000:8.2f} {cost.cpu * 1000:8.2f} {peak}")


def _print_limits(typical: dict[tuple[str, str], Cost]) -> None:
    print(f"\n{'work':20} {'measured against':22} {'ratio':>6} {'of CPU':>6} {'limit':>6} {'better':>6}   reached")
    for limit in LIMITS:
        own, other = typical[limit.work, REFERENCE], typical.get((limit.work, limit.than))
        if other is None:
            print(f"{limit.work:20} {limit.than:22} not measured")
            continue
        ratio = own.seconds / other.seconds
        reached = "yes" if ratio <= limit.most else "no"
        if limit.with_sha not in (None, has_sha()):
            reached = f"does not apply: for processors {'with' if limit.with_sha else 'without'} SHA instructions"
        better = "" if limit.better is None else f"{limit.better:.2f}"
        figures = f"{ratio:6.2f} {own.cpu / other.cpu:6.2f} {limit.most:6.2f} {better:>6}"
        print(f"{limit.work:20} {limit.than:22} {figures}   {reached}")
    peak = typical[DOWNLOAD, REFERENCE].peak
    reached = "yes" if peak <= MOST_PEAK else "no"
    print(f"{DOWNLOAD:20} {'peak in MiB':22} {peak:6.0f} {'':6} {MOST_PEAK:6} {'':6}   {reached}")


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Run the server, with its large file in the folder, while this is open; its endpoint."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "conformance.bench.server", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate("")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
