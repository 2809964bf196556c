"""The progress of a download, as a bar in the terminal."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec

from reference_client import settings
from reference_client.datasets.cli.output import is_terminal


def shown(*, quiet: bool) -> AbstractContextManager[Bar | None]:
    """What shows the progress: nothing if that is asked for, here or by HF_HUB_DISABLE_PROGRESS_BARS, or if standard
    error is not a terminal, or tqdm is not installed.
    """
    if (
        quiet
        or settings.flag("HF_HUB_DISABLE_PROGRESS_BARS")
        or not is_terminal(sys.stderr)
        or find_spec("tqdm") is None
    ):
        return nullcontext()
    return Bar()


class Bar:
    """One bar for all files of a download: a `store.Progress`.

    It counts bytes. It begins with those that need no fetching, and they don't count for its speed.
    """

    def __init__(self) -> None:
        from tqdm import tqdm

        self._lock = threading.RLock()
        tqdm.set_lock(self._lock)  # its own is for several processes, and takes a semaphore of the system
        self._files = self._complete = self._present = 0
        self._bar = tqdm(
            desc="Asking the Hub",
            unit="B",
            unit_scale=True,
            dynamic_ncols=True,
            miniters=1,  # or a large file that is there already would slow the drawing down
            smoothing=0,  # the speed is that of the whole download
            leave=False,
            file=sys.stderr,
        )

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def planned(self, files: int, size: int) -> None:
        with self._lock:
            self._files = files
            self._bar.leave = True
            self._describe()
            self._bar.reset(total=size)

    def started(self, path: str, size: int, present: int) -> None:
        with self._lock:
            if 0 < present == size:
                self._present += 1
                self._bar.set_postfix_str(f"{self._present} already there", refresh=False)
            self._bar.initial += present
            self._bar.update(present)

    def advanced(self, path: str, count: int) -> None:
        with self._lock:
            self._bar.update(count)
            self._bar.initial = min(self._bar.initial, self._bar.n)  # a file may start again

    def finished(self, path: str) -> None:
        with self._lock:
            self._complete += 1
            self._describe()

    def _describe(self) -> None:
        self._bar.set_description(f"{self._complete}/{self._files} files")
