"""The bar of a run: how many checks have ended, how many are not as expected, and which one runs longest."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

_WIDTH: Final = 20
"""Columns of the bar itself."""
_PER_SECOND: Final = 4


class Bar:
    """Counts checks, and shows a bar on standard error while that is a terminal.

    Attributes:
        ended: how many checks have ended.
        total: how many there are to run; 0 until that is known.
        failed: how many of those that ended are not as expected.
    """

    def __init__(self) -> None:
        self.ended = 0
        self.total = 0
        self.failed = 0
        self._running: dict[str, float] = {}
        self._names: dict[tuple[str, str], str] | None = None
        self._began = time.monotonic()
        self._live: Live | None = None

    def start(self, total: int) -> None:
        """The checks begin; called again, as by each of several processes, it changes nothing."""
        if self.total:
            return
        self.total = total
        self._began = time.monotonic()
        if sys.stderr.isatty():
            # A descriptor of its own: pytest turns the usual one away while a check runs.
            stream = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
            console = Console(file=stream, force_terminal=True)
            self._live = Live(self, console=console, refresh_per_second=_PER_SECOND, transient=True)
            self._live.start()

    def stop(self) -> None:
        """Take the bar away."""
        if self._live is not None:
            self._live.stop()
            self._live.console.file.close()
            self._live = None

    def check_begins(self, nodeid: str) -> None:
        self._running[nodeid] = time.monotonic()

    def check_ends(self, nodeid: str) -> None:
        self._running.pop(nodeid, None)
        self.ended += 1

    def __rich__(self) -> Text:
        """One line, cut to the width of the terminal by rich."""
        full = _WIDTH * self.ended // max(self.total, 1)
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append("━" * full, "green" if not self.failed else "yellow")
        line.append("━" * (_WIDTH - full), "dim")
        line.append(f" {self.ended}/{self.total}")
        if self.failed:
            line.append(f" · {self.failed} not as expected", "yellow")
        line.append(f" · {minutes}:{seconds:02}")
        if self._running:
            nodeid, since = min(self._running.items(), key=lambda item: item[1])
            line.append(f" · {self._id_of(nodeid)}")
            if (waited := time.monotonic() - since) > 3:
                line.append(f" for {waited:.0f} s", "yellow")
        return line

    def _id_of(self, nodeid: str) -> str:
        """The id of the check that a test of pytest is; the test's own name if it is not one."""
        if self._names is None:
            from conformance.catalogue.check import all_checks

            places = ((check.function, id) for id, check in all_checks().items())
            self._names = {_place(function): id for function, id in places}
        file, _, name = nodeid.partition("::")
        return self._names.get((file.rpartition("/")[2].removesuffix(".py"), name), name)


def _place(function: str) -> tuple[str, str]:
    module, _, name = function.partition("::")
    return module.rpartition(".")[2], name
