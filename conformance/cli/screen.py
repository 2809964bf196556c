"""Standard output as the commands write tables and runs to it."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from rich.console import Console

_USUAL: Final = 80
"""Columns."""


class Screen(Console):
    """Standard output. rich would end with 1 where it is closed, which means that the port is not as expected.

    Where COLUMNS is 0, as a terminal without a size has it, lines have the usual 80.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if self.width < 1:
            self.width = _USUAL

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError
