"""A dataset of a test, served as `hub-reference serve` does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from reference_client.datasets.cli.http_server import server
from reference_client.datasets.cli.served import Served


def served(adapter: Any, name: str) -> Iterator[str]:
    """Serve an adapter; yields the URL, without a trailing slash."""
    with server(Served(adapter, name), 0) as bound:
        thread = threading.Thread(target=bound.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{bound.server_address[1]}"
        bound.shutdown()
        thread.join(5)
