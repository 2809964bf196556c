"""`hub-conformance emit`: the messages that a shim gets in one check, to be piped into it."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

import click

from conformance.author import conversation, one_check
from conformance.cli.common import Refusal

PLACEHOLDER = "http://127.0.0.1:8080"


@click.command()
@click.argument("check_id", metavar="CHECK")
@click.option("--endpoint", metavar="URL", help=f"The endpoint in the messages. Default: {PLACEHOLDER}.")
@click.option("--cache-dir", metavar="DIR", help="The cache folder in the messages. Default: a new one.")
@click.option(
    "--ca-file",
    metavar="FILE",
    default="ca.pem",
    help="The CA file in the messages, if CHECK is served over TLS.",
)
def emit(check_id: str, endpoint: str | None, cache_dir: str | None, ca_file: str) -> None:
    """Print the messages that a shim gets in CHECK, one JSON object a line.

    They are a hello, the calls and a bye:

        hub-conformance emit CHECK --endpoint URL | ./shim

    The calls are those of a library that passes the check. What the check changes between them, on the Hub or on disk,
    is not in the messages; `hub-conformance serve CHECK` makes these changes before a call, and prints an endpoint.
    """
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise Refusal(f"--endpoint {endpoint}: not a URL; give the one that `hub-conformance serve` prints")
    check = one_check.named(check_id)
    # The name of a folder that does not exist: a check begins with an empty cache.
    fresh = Path(tempfile.gettempdir(), f"hub-conformance-{secrets.token_hex(4)}", "hub")
    calls, problem = conversation.calls_of(
        check,
        (endpoint or PLACEHOLDER).rstrip("/"),
        str(Path(cache_dir).absolute() if cache_dir else fresh),
        str(Path(ca_file).absolute()),
    )
    for line in conversation.lines(calls):
        click.echo(line)
    if problem:
        click.echo(f"the reference client did not complete this check: {problem}", err=True)
    if endpoint is None:
        click.echo(f"nothing listens at {PLACEHOLDER}: run hub-conformance serve, and give its endpoint", err=True)
