"""Ctrl-C and SIGTERM: the process ends soon, in one line, and leaves what the next one can go on from."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from reference_client.datasets.cli.output import complain, is_terminal

GRACE = 1.0
"""Seconds to tidy up: to note what has arrived, and to remove temporary files. A process that waits for a silent server
gets no longer. The process then ends as if it was killed, which the store survives at any moment."""

_ending = threading.Lock()


class Stopped(KeyboardInterrupt):
    """The process was asked to end.

    Attributes:
        exit_code: 128 and the signal's number, as shells have it: 130 or 143.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number


@contextmanager
def stoppable(message: str) -> Iterator[None]:
    """Let SIGINT and SIGTERM raise Stopped in the main thread, and end the process when that isn't enough.

    Args:
        message: the text to print then.
    """

    def stop(number: int, _: FrameType | None) -> None:
        for other in handled:  # tidying up is not to be stopped in its turn
            signal.signal(other, signal.SIG_IGN)
        stopped = Stopped(message, number)
        timer = threading.Timer(GRACE, _cut_off, [stopped])
        timer.daemon = True
        timer.start()
        raise stopped

    # Signals that the process ignores from its start, as under `nohup` and in scripts, stay ignored.
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    handled = [number for number, handler in before.items() if handler != signal.SIG_IGN]
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])


def end(stopped: Stopped) -> NoReturn:
    """Print what happened and end the process, even while its threads wait."""
    _ending.acquire()  # a second thread waits here for the end
    try:
        complain(str(stopped))
    finally:
        os._exit(stopped.exit_code)


def _cut_off(stopped: Stopped) -> NoReturn:
    if is_terminal(sys.stderr):
        print(file=sys.stderr)  # a bar has begun this line
    end(stopped)
