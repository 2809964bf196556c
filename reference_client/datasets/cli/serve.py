"""`hub-reference serve`: a dataset that is on disk, over HTTP on loopback."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reference_client.datasets.cli import options as arguments
from reference_client.datasets.cli.errors import Refusal
from reference_client.datasets.cli.names import adapter_of, local_path

if TYPE_CHECKING:
    from reference_client.datasets.cli.options import Commands


def add_commands(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve",
        parents=[arguments.known(), arguments.revision("main, else the newest download"), arguments.folder()],
        help="serve a downloaded dataset over HTTP, with a page to look at it",
        description="Serves what is on disk on 127.0.0.1, read-only: /api/rows and /api/trajectories as JSON lines, "
        "one at /api/rows/INDEX and /api/trajectories/INDEX|RUN_ID, /api/count, /api, and a page at /. Ctrl-C ends it.",
    )
    serve.add_argument("--port", type=_port, default=0, metavar="N", help="default: any free port")
    serve.set_defaults(run=_serve, when_stopped="the server has ended")


def _port(text: str) -> int:
    if not arguments.is_number(text) or len(text) > len("65535") or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a port; write a number from 0 to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets.cli.http_server import HOST, server
    from reference_client.datasets.cli.served import Served
    from reference_client.datasets.store import Store

    adapter = adapter_of(options.name)
    served = Served(adapter(local_path(Store(options.dir), adapter.REPO, options.revision)), options.name)
    try:
        bound = server(served, options.port)
    except OSError as error:
        raise Refusal(f"{HOST}:{options.port} can't be served: {error.strerror}; choose another --port.") from None
    with bound:
        yield f"http://{HOST}:{bound.server_address[1]}/"
        bound.serve_forever(poll_interval=0.2)
