"""A line that says what a long command is doing; on a terminal alone, except for what a person must know."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class StepBar:
    """A bar on stderr. Use as a context manager."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(pulse_style="cyan"),
            TextColumn("{task.completed:.0f} steps"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("asking", total=None)

    def __enter__(self) -> StepBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def tell(self, what: str) -> None:
        """Another step has begun."""
        self._progress.update(self._task, description=what, advance=1)

    def say(self, line: str) -> None:
        """Something that a person must know, terminal or not."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
