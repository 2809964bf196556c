"""Signals that end a run: it cleans up, and exits with 128 plus the signal's number, which no verdict uses."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class Ending:
    """What has ended the run so far."""

    signal: int = 0

    @property
    def exit_code(self) -> int:
        """128 and the number of the first signal; 0 while there was none."""
        return 128 + self.signal if self.signal else 0

    def _handle(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        for other in _signals():  # a second one must not break off the tidying up
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt


@contextlib.contextmanager
def by_signals() -> Iterator[Ending]:
    """Let the first signal be a KeyboardInterrupt here, and those after it nothing."""
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    with handled(ending._handle, _signals()):
        yield ending


@contextlib.contextmanager
def handled(handler: Callable[[int, FrameType | None], None], numbers: Iterable[int]) -> Iterator[None]:
    """Let these signals call a handler here, and what they called before afterwards."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            if signal.getsignal(number) != signal.SIG_IGN:  # a process that ends ignores a second signal until the end
                signal.signal(number, earlier)


def let_workers_tidy_up() -> None:
    """In a process of pytest-xdist: what ends it is a KeyboardInterrupt, so that fixtures and the port are ended."""
    if threading.current_thread() is threading.main_thread():
        for number in _signals():
            signal.signal(number, Ending()._handle)


def _signals() -> list[int]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
