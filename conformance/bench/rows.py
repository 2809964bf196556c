"""What reading rows costs, beside bare pyarrow: `python -m conformance.bench.rows [ROUNDS]`.

Each work is done in a process of its own that has imported what it needs, by turns, so that a busy machine is as busy
for one as for the other. The file has 15,209 rows and about 110 MB; it is made once, in the temporary folder.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.bench.big import ROWS_IN_A_GROUP, agent_parquet
from conformance.bench.machine import peak

ROUNDS = 5
INDEX = 12_345
"""The row that is asked for: in the middle of its row group."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one work: seconds to its first row and to its end, CPU seconds, and the peak of the process in MiB."""

    first: float
    seconds: float
    cpu: float
    peak: float


def count(folder: Path) -> Iterator[Any]:
    from reference_client.datasets.adapters.openthoughts import OpenThoughts

    yield OpenThoughts(folder).count()


def one_row(folder: Path) -> Iterator[Any]:
    from reference_client.datasets.adapters.openthoughts import OpenThoughts

    yield OpenThoughts(folder).row(INDEX)


def one_by_name(folder: Path) -> Iterator[Any]:
    """By a name that no row has, so that all are searched."""
    from reference_client.datasets.adapters.openthoughts import OpenThoughts

    yield OpenThoughts(folder).get_trajectory("nobody")


def all_trajectories(folder: Path) -> Iterator[Any]:
    from reference_client.datasets.adapters.openthoughts import OpenThoughts

    return OpenThoughts(folder).stream_trajectories()


def bare_rows(folder: Path) -> Iterator[Any]:
    """With pyarrow's defaults."""
    return _bare(folder)


def bare_small_batches(folder: Path) -> Iterator[Any]:
    """With batches as small as ours."""
    return _bare(folder, batch_size=64)


def bare_group(folder: Path) -> Iterator[Any]:
    """The row group of the one row, in batches as small as ours."""
    return _bare(folder, batch_size=64, row_groups=[INDEX // ROWS_IN_A_GROUP])


WORKS = (count, one_row, one_by_name, all_trajectories, bare_rows, bare_small_batches, bare_group)


def main(rounds: int = ROUNDS) -> None:
    """Measure and print."""
    kept = Path(tempfile.gettempdir(), "hub-conformance-bench")
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        file = _apart(agent_parquet, kept)
        (data / file.name).symlink_to(file)
        costs: dict[str, list[Cost]] = {work.__name__: [] for work in WORKS}
        for _ in range(rounds):
            for work in WORKS:
                costs[work.__name__].append(_apart(_measure, work, Path(folder)))
    typical = {name: _median(found) for name, found in costs.items()}
    print(f"{'work':20} {'first ms':>9} {'ms':>9} {'CPU ms':>9} {'peak MiB':>9}   (medians of {rounds})")
    for name, cost in typical.items():
        print(
            f"{name.replace('_', ' '):20} {cost.first * 1000:9.2f} {cost.seconds * 1000:9.2f} "
            f"{cost.cpu * 1000:9.2f} {cost.peak:9.0f}"
        )
    _print_limits(typical)


def _measure(work: Callable[[Path], Iterator[Any]], folder: Path) -> Cost:
    """Do a work once, in this process, and tell what it took."""
    import pyarrow.parquet  # noqa: F401 (its import isn't the work's)

    from reference_client.datasets import parquet  # noqa: F401
    from reference_client.datasets.adapters import openthoughts  # noqa: F401

    began, cpu = time.perf_counter(), time.process_time()
    rows = work(folder)
    next(rows)
    first = time.perf_counter() - began
    for _ in rows:
        pass
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Cost(first, seconds, cpu, peak())


def _bare(folder: Path, **options: Any) -> Iterator[Any]:
    import pyarrow.parquet as pq

    (path,) = (folder / "data").iterdir()
    with pq.ParquetFile(path) as opened:
        for batch in opened.iter_batches(**options):
            yield from batch.to_pylist()


def _print_limits(typical: dict[str, Cost]) -> None:
    ours, bare = typical["all_trajectories"], typical["bare_rows"]
    one, group = typical["one_row"], typical["bare_group"]
    limits = [
        ("count: ms", typical["count"].seconds * 1000, 10),
        ("one row: ms", one.seconds * 1000, 60),
        ("one row: peak / that of its row group, bare", one.peak / group.peak, 1.2),
        ("all trajectories: seconds / bare, its defaults", ours.seconds / bare.seconds, 1),
        ("all trajectories: CPU / bare, its defaults", ours.cpu / bare.cpu, 1),
        ("all trajectories: peak MiB", ours.peak, 300),
        ("first trajectory: ms", ours.first * 1000, 100),
    ]
    print(f"\n{'':48} {'measured':>9} {'at most':>8}   reached")
    for name, value, most in limits:
        print(f"{name:48} {value:9.2f} {most:8}   {'yes' if value <= most else 'no'}")


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in Cost.__slots__))


def _apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a fresh process; this one stays small, for a child's peak begins at its parent's size."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
