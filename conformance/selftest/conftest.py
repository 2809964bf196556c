"""What holds for all tests of the suite itself."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest

# huggingface_hub reads these when it is imported, and a test may be the first to do that.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_XET"] = "1"

# A shell lets background jobs ignore SIGINT, and programs that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start the slow tests first, on different workers, so that no worker runs one alone at the end.

    pytest-xdist gives each worker a first chunk of consecutive tests, a quarter of its share
    (`LoadScheduling.schedule`). The slow tests of one file stay together, since they share fixtures.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    seconds: Counter[str] = Counter()
    for item in items:
        if marker := item.get_closest_marker("slow"):
            seconds[item.nodeid.partition("::")[0]] += marker.kwargs.get("seconds", 10)
    if workers == 1 or not seconds:
        return
    slow: dict[int, list[pytest.Item]] = {worker: [] for worker in range(workers)}
    load = dict.fromkeys(slow, 0)
    for file, cost in seconds.most_common():
        worker = min(load, key=load.__getitem__)
        load[worker] += cost
        slow[worker] += [i for i in items if i.nodeid.startswith(f"{file}::") and i.get_closest_marker("slow")]
    chunk = max(len(items) // workers // 4, 2)
    quick = iter([item for item in items if not item.get_closest_marker("slow")])
    ordered: list[pytest.Item] = []
    for first in slow.values():
        ordered += first
        ordered += [item for _, item in zip(range(chunk - len(first)), quick, strict=False)]
    items[:] = [*ordered, *quick]
