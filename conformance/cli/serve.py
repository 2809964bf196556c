"""`hub-conformance serve`: hold one check before one of its calls, with its origins open, and follow the wire."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from conformance import ports
from conformance.author import conversation, one_check
from conformance.catalogue.check import Check
from conformance.cli.common import Refusal
from conformance.ports import Context
from conformance.replay import ReplayHub
from conformance.verdict.judges import judge

_POLL = 0.1


@click.command()
@click.argument("check_id", metavar="CHECK")
@click.option("--call", "number", type=click.IntRange(1), default=1, help="The number of the call to hold. Default: 1.")
@click.option("--port", "name", default="reference", help="The port that makes earlier calls. Default: reference.")
def serve(check_id: str, number: int, name: str) -> None:
    """Open the origins of CHECK, print what a port would be given, and show every request.

    The check runs up to its first call, or up to the call that --call names, with all that it does before that to the
    Hub or on disk. It stays there until Ctrl-C or the end of standard input (of /dev/null: until it gets a signal).
    """
    check = one_check.named(check_id)
    description = ports.find(name)
    with (
        tempfile.TemporaryDirectory(prefix="hub-conformance-") as scratch,
        one_check.opened(check) as hub,
        closing(ports.start(description)) as driver,
    ):
        holding = _Holding(driver, hub, check, number)
        try:
            hub.has_xet = "xet" in check.id
            one_check.run(check, hub, holding, Path(scratch))
        except _Released:
            return
        except Exception as error:
            raise Refusal(f"{check.id} ended before call {number}: {type(error).__name__}: {error}") from error
        raise Refusal(f"{check.id} has no call {number}: its last is call {len(holding.calls)}")


class _Released(BaseException):
    """The author has seen enough. No check catches it."""


class _Holding(one_check.Recorder):
    """Passes calls on up to a certain one, and there waits for the author."""

    def __init__(self, inner: ports.Driver, hub: ReplayHub, check: Check, number: int) -> None:
        super().__init__(inner)
        self._hub = hub
        self._check = check
        self._number = number

    def note(self, operation: str, arguments: Any, context: Context) -> None:
        super().note(operation, arguments, context)
        if len(self.calls) == self._number:
            # Once the endpoint is printed, requests and signals are the author's, however soon they come.
            before = {entry.number for entry in self._hub.wire}
            with _until_the_end() as ended:
                self._show()
                self._follow(ended, before)
            raise _Released

    def _show(self) -> None:
        operation, arguments, context = self.calls[-1]
        hub = self._hub
        said = {
            "endpoint": context.endpoint or "(none: the library reads its environment)",
            "cache_dir": context.cache_dir or "(none: the library reads its environment)",
            "token": context.token or "(none)",
            "offline": "yes" if context.offline else "no",
            "ca_file": context.ca_file or "(none)",
            "env": json.dumps(dict(context.env)),
            "content host": hub.url("cdn"),
            "stranger": hub.url("stranger"),
        }
        click.echo(f"{self._check.id}, call {self._number}\n")
        for name, value in said.items():
            click.echo(f"  {name:<12}  {value}")
        for planned in hub.unfired():
            click.echo(f"  {'planned':<12}  {planned}")
        click.echo("\nfor the curl lines of a report:")
        for origin in ("hub", "cdn", "stranger"):
            click.echo(f"  export {origin.upper()}={shlex.quote(hub.url(origin))}")
        call = {"operation": operation, "arguments": arguments, "context": asdict(context)}
        click.echo(f"\nnow call: {operation} {json.dumps(arguments)}\n\nfor a shim:")
        for line in conversation.lines([call]):
            click.echo(line)
        click.echo("\nrequests (end with Ctrl-C, or by closing standard input):")

    def _follow(self, ended: threading.Event, shown: set[int]) -> None:
        last = False
        while True:
            for entry in self._hub.wire:
                if entry.number not in shown and (last or entry.took):
                    shown.add(entry.number)
                    click.echo(str(entry))
            if last:
                break
            last = ended.wait(_POLL)
        for planned in self._hub.unfired():
            click.echo(f"fault not applied: {planned}")
        for broken in judge(self._hub.wire.whole()):
            click.echo(f"breaks the rule of {broken.check}: {broken.message}")


@contextmanager
def _until_the_end() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C, by SIGTERM, or at the end of standard input.

    A device without an end of its own, such as the /dev/null that a shell gives a job in the background, ends nothing.
    """
    ended = threading.Event()

    def read() -> None:
        if sys.stdin is None or _is_no_input(sys.stdin.fileno()):
            return
        for _ in sys.stdin:
            pass
        ended.set()

    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    threading.Thread(target=read, name="standard input", daemon=True).start()
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_no_input(descriptor: int) -> bool:
    """Whether standard input is /dev/null or the like: a character device that is no terminal."""
    return stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor)
