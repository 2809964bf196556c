"""From a command line to an exit code."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from typing import Any, NoReturn

from reference_client.datasets.cli import download, hub, manage, rows, serve
from reference_client.datasets.cli.errors import Refusal, exit_code
from reference_client.datasets.cli.output import OutputClosed, Warnings, complain, write_lines
from reference_client.datasets.cli.stop import Stopped, end, stoppable

CLOSED_OUTPUT = 141
"""As a shell reports a process that SIGPIPE ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Returns:
        The exit code: 0; 1 for what the Hub or the disk refuses; 2 for bad usage; 141 if the reader of the output has
        closed it. Ctrl-C ends the process with 130, SIGTERM with 143.
    """
    logging.getLogger("reference_client").handlers[:] = [Warnings()]
    try:
        options = _parser().parse_args(arguments)
        with stoppable(options.when_stopped):
            write_lines(options.run(options))
    except Stopped as stopped:
        end(stopped)
    except OutputClosed:
        return CLOSED_OUTPUT
    except UnicodeEncodeError as error:  # of a name: what is written is escaped
        complain(f"the system's {error.encoding} can't represent {error.object!r}; set LC_ALL=C.UTF-8.")
        return 1
    except (Refusal, OSError, ValueError) as error:
        complain(str(error))
        return exit_code(error)
    return 0


class _Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message}; see '{self.prog} --help'")
        self.exit(2)

    def print_help(self, file: Any = None) -> None:
        """On standard output; argparse itself passes over it when that fails."""
        write_lines([self.format_help().rstrip("\n")])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="hub-reference",
        description="Datasets of the Hugging Face Hub: download them, manage them, read them.",
        epilog="The Hub is the one at HF_ENDPOINT; the token is HF_TOKEN, or what huggingface_hub has stored.",
    )
    parser.set_defaults(when_stopped="stopped")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (download, manage, rows, serve, hub):
        group.add_commands(commands)
    return parser
