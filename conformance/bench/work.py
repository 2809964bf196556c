"""One measured work of one client, in a process of its own: `python work.py LIBRARY WORK ENDPOINT FOLDER`.

Run by the interpreter of any environment, so it needs the standard library only. It prints a line of JSON: seconds
and CPU seconds of the work, imports and a first small download left out, and the peak of the process in MiB.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from conformance.bench.machine import peak

BIG, BIG_FILE, SMALL_FILE = "bench/big", "data/train-00000-of-00001.parquet", "README.md"
MANY = "bench/many"
COMMIT = "c" * 40
CALLS = 300
"""Calls that a work of microseconds is measured over."""
_NOBODY = "http://127.0.0.1:9"


def download(client: Any, endpoint: str, folder: str) -> int:
    """The large file, nothing of it on disk."""
    client.hf_hub_download(BIG, BIG_FILE, repo_type="dataset", endpoint=endpoint, cache_dir=folder)
    return 1


def snapshot(client: Any, endpoint: str, folder: str) -> int:
    """All small files, none of them on disk."""
    client.snapshot_download(MANY, repo_type="dataset", endpoint=endpoint, cache_dir=folder)
    return 1


def cached(client: Any, endpoint: str, folder: str) -> int:
    """A file on disk, by its commit. Nothing listens there, so a request would be an error."""
    for _ in range(CALLS):
        client.hf_hub_download(
            BIG, SMALL_FILE, repo_type="dataset", revision=COMMIT, endpoint=_NOBODY, cache_dir=folder
        )
    return CALLS


def digest(client: Any, endpoint: str, folder: str) -> int:
    """The sha256 of as many bytes as the large file has, and nothing else: no client that verifies can take less."""
    block, sha256 = bytes(1 << 20), hashlib.sha256()
    for _ in range(105):
        sha256.update(block)
    return 1


def main(library: str, work: str, endpoint: str, folder: str) -> None:
    """Measure and print."""
    client = importlib.import_module(library)
    works: dict[str, Callable[[Any, str, str], int]]
    works = {"download": download, "snapshot": snapshot, "cached": cached, "digest": digest}
    client.hf_hub_download(BIG, SMALL_FILE, repo_type="dataset", endpoint=endpoint, cache_dir=folder)
    client.snapshot_download  # noqa: B018 (loads what it needs)
    began, cpu = time.perf_counter(), time.process_time()
    times = works[work](client, endpoint, folder)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps({"seconds": seconds / times, "cpu": cpu / times, "peak": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
