"""The command `hub-conformance`."""

from __future__ import annotations

import errno
import importlib
import io
import keyword
import os
import signal
import sys
import traceback
from typing import Any, Final

import click

from conformance import __version__
from conformance.cli.common import HARNESS_ERROR, Refusal
from conformance.errors import ConformanceError

CLOSED_OUTPUT: Final = 128 + 13
"""As a shell reports a process that SIGPIPE ended."""

_OF_A_PLACE: Final = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS),
        *(errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.ELOOP),
    }
)
"""What a file system says of a place that cannot be written to, or not any more."""

# A command is the function of its name in the module of its name, with a `_` behind it where it is a keyword. It is
# imported only when it is called, so the help is fast; that is why the help texts stand here.
COMMANDS: Final = {
    "compare": "Say what differs between two reports.",
    "docs": "Print a page of the documentation, or list the pages.",
    "drift": "Say what has changed on the Hub since it was recorded.",
    "emit": "Print the messages that a shim gets in one check.",
    "explain": "Say what a check demands, or what a finding's code means.",
    "import": "Make a recording of cassettes that vcrpy wrote elsewhere.",
    "list": "List checks, areas, operations, codes, profiles or ports.",
    "mirror": "Say how a mirror differs from the Hub that was recorded.",
    "new-port": "Write a port to begin with: shim, port file, workflow.",
    "plan": "Write what a port lacks for its consumers, and what to do next.",
    "ports": "List the ports and what can run here.",
    "prove": "Show that a check fails each of its mutants.",
    "record": "Record a repository of any Hub.",
    "recording": "Say what a recording holds.",
    "report": "Make one site, or one merged report, of several reports.",
    "replay": "Serve recordings as a plain Hub to any program.",
    "run": "Measure a port and say where it agrees with the Hub.",
    "schema": "Print the JSON Schema of a port file or of expectations.",
    "serve": "Open the Hub of one check for a debugger, and show every request.",
    "smoke": "Tell a wrong shim from a wrong library, by a few probes.",
    "trace": "Read from source what a program needs, or a library offers.",
}


class Commands(click.Group):
    """A group that imports a command when it is called, and turns our own errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
        loaded = importlib.import_module(f"conformance.cli.{module}")
        command = getattr(loaded, module, None) or getattr(loaded, f"{module}_")  # `list_`: `list` is Python's own
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
        except BrokenPipeError:  # standard output is closed, as after `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(CLOSED_OUTPUT)
        except ConformanceError as error:
            raise Refusal(str(error)) from error
        except OSError as error:
            if error.errno not in _OF_A_PLACE:
                traceback.print_exc()
                ctx.exit(HARNESS_ERROR)
            where = f"{error.filename}: " if error.filename else ""
            raise Refusal(f"{where}{error.strerror}: free some space, or give another place") from error
        except Exception:
            # A defect of ours. Python would end with 1, which means that the port is not as expected.
            traceback.print_exc()
            ctx.exit(HARNESS_ERROR)


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="hub-conformance")
def main() -> None:
    """Measure clients of the Hugging Face Hub against recorded traffic."""
    if sys.flags.optimize > 1:  # the requirement of a check is its docstring
        raise Refusal("Python runs without docstrings, which the checks need; leave out -OO and PYTHONOPTIMIZE=2")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character must not cost the output


if __name__ == "__main__":
    main(prog_name="hub-conformance")
