"""How tests here ask a hostile server, and what it may serve."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.selftest.reference_client.raw_server import Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    HfApi,
    hf_hub_download,
)

PACKED = gzip.compress(bytes(1 << 30), 1)


TOKEN = "hf_" + "s" * 30


NOBODY = "http://127.0.0.1:9"


HELLO = b"hello"


HELLO_ID = hashlib.sha1(b"blob 5\0hello").hexdigest()


def info(server: RawServer, token: str | bool = False) -> Any:
    return HfApi(server.url, token).dataset_info("o/n")


def download(server: RawServer, cache: Path, name: str = "a", **options: Any) -> str:
    return hf_hub_download("o/n", name, cache_dir=cache, endpoint=server.url, token=False, **options)


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.parent.name == "blobs"]


def serve_file(body: bytes, size: int, etag: str = HELLO_ID, *lines: str) -> Callable[[str], Bytes]:
    return lambda head: head_of_a_file(size, etag) if head.startswith("HEAD") else answer(body, *lines)
