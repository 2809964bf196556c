"""The command `hub-conformance`."""

from __future__ import annotations

import importlib
import keyword
import signal
import traceback
from typing import Any, Final

import click

from conformance import __version__
from conformance.cli.common import HARNESS_ERROR, Refusal
from conformance.errors import ConformanceError

# A command is the function of its name in the module of its name, with a `_` behind it where it is a keyword. It is
# imported only when it is called, so the help is fast; that is why the help texts stand here.
COMMANDS: Final = {
    "drift": "Say what has changed on the Hub since it was recorded.",
    "emit": "Print the messages that a shim gets in one check.",
    "explain": "Say what a check demands, why, and how libraries come to fail it.",
    "import": "Make a recording of cassettes that vcrpy wrote elsewhere.",
    "mirror": "Say how a mirror differs from the Hub that was recorded.",
    "new-port": "Write a port to begin with: shim, port file, expectations, workflow.",
    "ports": "List the ports and what can run here.",
    "record": "Record a repository of any Hub.",
    "recording": "Say what a recording holds.",
    "replay": "Serve recordings as a plain Hub to any program.",
    "run": "Measure a port and say where it agrees with the Hub.",
    "serve": "Open the Hub of one check for a debugger, and show every request.",
    "smoke": "Tell a wrong shim from a wrong library, by a few probes.",
}


class Commands(click.Group):
    """A group that imports a command when it is called, and turns our own errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
        command = getattr(importlib.import_module(f"conformance.cli.{module}"), module)
        if not isinstance(command, click.Command):
            raise TypeError(f"conformance.cli.{module}.{module} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(128 + signal.SIGINT)  # click's own way ends with 1, which means that the port is not as expected
        except ConformanceError as error:
            raise Refusal(str(error)) from error
        except Exception:
            # A defect of ours. Python would end with 1, which means that the port is not as expected.
            traceback.print_exc()
            ctx.exit(HARNESS_ERROR)


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="hub-conformance")
def main() -> None:
    """Measure clients of the Hugging Face Hub against recorded traffic."""


if __name__ == "__main__":
    main(prog_name="hub-conformance")
