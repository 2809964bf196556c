"""`hub-conformance replay`: recordings as a plain Hub, for any program."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from conformance.cli.common import Refusal
from conformance.replay.fault_words import HELP
from conformance.replay.plain import PlainHub
from conformance.run.ending import handled
from conformance.traffic.exchange import Request, Response
from conformance.traffic.identity import ANONYMOUS

NOT_RECORDED = 3
"""The exit code of --strict where something was asked for that is not recorded."""

_LOCAL = "127.0.0.1,localhost,127.0.0.2"
_THEIRS: Final = re.compile(
    r"(HF|HUGGING_?FACE)[A-Z_]*(TOKEN|API_KEY)[A-Z_]*|HF_OIDC_[A-Z_]+"
    r"|(HF|HUGGINGFACE|TRANSFORMERS|PYTORCH_TRANSFORMERS|PYTORCH_PRETRAINED_BERT)_[A-Z_]*CACHE"
    r"|HF_DATASETS_(DOWNLOADED_DATASETS|EXTRACTED_DATASETS)_PATH"
    r"|(HF_HUB|TRANSFORMERS|HF_DATASETS|HF_EVALUATE)_OFFLINE|HUGGINGFACE_CO_STAGING"
)
"""Variables of a person's own that would lead a program past the replayed Hub, or give it a real token.

`HF_HUB_DISABLE_IMPLICIT_TOKEN` is a wish, and no token.
"""
_WISHES: Final = ("HF_HUB_DISABLE_IMPLICIT_TOKEN",)


_COMMAND: Final = "conformance.command"


class _WithCommand(click.Command):
    """A command whose words after `--` are another program's. click alone forgets where the `--` was."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        place = args.index("--") if "--" in args else len(args)
        ctx.meta[_COMMAND] = args[place + 1 :]
        if place < len(args) and not args[place + 1 :]:
            raise click.UsageError("there is no command after --; leave the -- out to serve until Ctrl-C")
        return super().parse_args(ctx, args[:place])


@click.command(cls=_WithCommand)
@click.argument("folders", nargs=-1, required=True, metavar="DIR... [-- COMMAND...]")
@click.option("--fault", "faults", metavar="WORDS", multiple=True, help=f"Inject a fault: {HELP}.")
@click.option("--as", "caller", metavar="CALLER", help="Run COMMAND as this caller, with an invented HF_TOKEN.")
@click.option("--strict", is_flag=True, help="End with exit code 3 if a request has no recorded answer.")
@click.option("--quiet", is_flag=True, help="Do not show the requests.")
@click.pass_context
def replay(
    context: click.Context,
    folders: tuple[str, ...],
    faults: tuple[str, ...],
    caller: str | None,
    strict: bool,
    quiet: bool,
) -> None:
    """Serve the recordings in each DIR as a Hub, to any program.

    With a COMMAND, it runs with HF_ENDPOINT and a fresh cache set, and its exit code is passed on. Without one, the
    Hub stays until Ctrl-C. Nothing leaves the machine, and no real token is used.
    """
    command: list[str] = context.meta[_COMMAND]

    def show(request: Request, response: Response) -> None:
        missing = " (not recorded)" if response.source.startswith("unrecorded") else ""
        click.echo(f"{response.status} {request.method} {request.target[:150]}{missing}", err=True)

    hub = PlainHub.of(*folders, faults=faults)
    if not quiet:
        hub.on_answer(show)
    if caller is not None and caller not in (*hub.tokens, ANONYMOUS):
        held = ", ".join([ANONYMOUS, *hub.tokens])
        raise Refusal(f"--as {caller}: the recording holds no answers to this caller; it has: {held}")
    who = caller or (next(iter(hub.tokens)) if len(hub.tokens) == 1 else ANONYMOUS)
    with hub:
        code = _run(command, hub, who) if command else _wait(hub)
    for what in hub.unrecorded:
        click.echo(f"no recorded answer: {what[:300]}", err=True)
    for what in hub.unfired:
        click.echo(f"fault not applied: {what}", err=True)
    if command and not hub.requests:
        click.echo(f"{command[0]} sent no request to this Hub: it must read its endpoint from HF_ENDPOINT", err=True)
    for error in hub.errors[:1]:
        raise error
    context.exit(NOT_RECORDED if strict and hub.unrecorded else code)


def environment(endpoint: str, home: Path, token: str | None, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that is to use a replayed Hub, and no token or cache of a person's.

    Args:
        endpoint: the Hub's URL.
        home: where the program may keep what it downloads.
        token: a made-up one, or None.
        given: the environment to begin with.
    """
    kept = {name: value for name, value in given.items() if name in _WISHES or not _THEIRS.fullmatch(name)}
    said = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_CACHE": str(home / "hub")}
    said |= {"HF_DATASETS_CACHE": str(home / "datasets"), "HF_HUB_DISABLE_TELEMETRY": "1"}
    for name in ("NO_PROXY", "no_proxy"):
        said[name] = ",".join(filter(None, (given.get(name), _LOCAL)))
    return {**kept, **said, **({"HF_TOKEN": token} if token else {})}


def _run(command: list[str], hub: PlainHub, who: str) -> int:
    with tempfile.TemporaryDirectory(prefix="hub-conformance-", ignore_cleanup_errors=True) as home:
        variables = environment(hub.endpoint, Path(home), hub.tokens.get(who), os.environ)
        try:
            process = subprocess.Popen(command, env=variables)
        except OSError as error:
            raise Refusal(f"{command[0]}: cannot be started ({error.strerror})") from None
        # A signal to end is the program's: it would stay behind, and so would its folder.
        numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
        with handled(lambda number, _: process.send_signal(number), numbers):
            while True:
                try:
                    code = process.wait()
                    break
                except KeyboardInterrupt:  # the program got it as well, and decides
                    continue
    return 128 - code if code < 0 else code


def _wait(hub: PlainHub) -> int:
    click.echo(f"HF_ENDPOINT={hub.endpoint}")
    for name, token in hub.tokens.items():
        click.echo(f"HF_TOKEN={token}  # {name}")
    sys.stdout.flush()
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0
