"""Standard output as the commands write tables and runs to it."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console


class Screen(Console):
    """Standard output. rich would end with 1 where it is closed, which means that the port is not as expected."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError
