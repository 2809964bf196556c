"""`hub-conformance smoke`: tell a wrong shim from a wrong library, by a few probes."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import click

from conformance import ports
from conformance.author import command_probes, probes
from conformance.author.bench import Bench
from conformance.author.probes import Finding
from conformance.author.session import Session, shortened
from conformance.cli.common import Refusal
from conformance.report.text import printable

_EXCHANGES_SHOWN = 2


@click.command()
@click.option("--port", "name", required=True, metavar="NAME", help="A bundled port, or the path of a port.toml.")
@click.option(
    "--deadline",
    type=click.FloatRange(0, min_open=True),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long an answer may take.",
)
@click.option(
    "--hello-deadline",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the first answer may take; some shims compile first.",
)
@click.pass_context
def smoke(ctx: click.Context, name: str, deadline: float, hello_deadline: float) -> None:
    """Send a port's shim requests that every correct shim can answer, whatever its library does.

    For a command-line port this tests the port file: the version, a call of each operation, and an error.

    \b
    ok         the shim does as it should
    wrong      the shim does not: what was sent, what came back, what to write, and how to see it again
    library    the shim seems right: an error of the library, or behaviour that may be the library's own
    not tried  the port lacks what the probe needs

    Exit codes: 0 no probe says wrong, 1 a probe does, 2 usage or harness error.
    """
    description = ports.find(name)
    missing = description.missing()
    if missing:
        raise Refusal(f"The port {description.name} cannot run here: {missing}.")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-conformance-"))
        if description.command_line is not None:
            driver = stack.enter_context(closing(ports.start(description)))
            trying = command_probes.run(driver, Path(folder), deadline)
        else:
            session = Session(description, deadline=deadline, hello_deadline=hello_deadline)
            trying = probes.run(Bench(stack.enter_context(closing(session)), Path(folder), stack))
        findings = []
        for finding in trying:
            findings.append(finding)
            click.echo(shown(finding))
    what = "port file" if description.command_line is not None else "shim"
    wrong = sum(finding.state == "wrong" for finding in findings)
    if wrong:
        click.echo(f"\nthe {what} is wrong in {wrong} of {len(findings)} probes")
    else:
        click.echo(f"\nthe {what} is right as far as {len(findings)} probes can see")
        click.echo(f"next: hub-conformance run --port {name}")
    ctx.exit(1 if wrong else 0)


def shown(finding: Finding) -> str:
    """A finding as text: one line if all is well."""
    first, *further = finding.text.splitlines()
    lines = [f"{finding.state:<9}  {finding.probe:<17}  {first}", *(f"           {line}" for line in further)]
    if finding.state in ("wrong", "library"):
        lines += _block("sent", _last(finding.sent), shortened)
        lines += _block("came back", _last(finding.came) or ("(nothing)",) * bool(finding.sent), shortened)
        lines += _block("write", (finding.write,) if finding.write else (), _wrapped)
        lines += _block("reproduce", finding.reproduce, str)
    return printable("\n".join(lines))


def _last(messages: tuple[str, ...]) -> tuple[str, ...]:
    """The last messages, without hello and welcome where there are others."""
    others = tuple(message for message in messages if '"id": 1,' not in message)
    return (others or messages)[-_EXCHANGES_SHOWN:]


def _block(name: str, lines: tuple[str, ...], show: Callable[[str], str]) -> list[str]:
    if not lines:
        return []
    return [f"    {name}:", *(textwrap.indent(show(line), "      ") for line in lines)]


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False))
