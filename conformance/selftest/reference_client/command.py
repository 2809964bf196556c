"""`hub-reference` in a process of its own, also in a terminal."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Command:
    """The command, with a Hub and a store.

    Args:
        endpoint: URL of the Hub.
        folder: the store, and where relative paths lead.
        settings: further environment variables.
    """

    endpoint: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
        """Start it; `streams` are those of Popen."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        return subprocess.Popen(
            [sys.executable, "-m", "reference_client.datasets.cli", *arguments],
            env={
                **inherited,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONIOENCODING": "utf-8",
                "HF_ENDPOINT": self.endpoint,
                "HUB_REFERENCE_DIR": str(self.folder),
                **self.settings,
            },
            cwd=self.folder,
            text=True,
            encoding="utf-8",
            preexec_fn=_heed_ctrl_c,
            **streams,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it without a terminal."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self.start(*arguments, stdin=subprocess.DEVNULL, **pipes) as process:
            out, error = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, error)

    @contextmanager
    def in_terminal(self, *arguments: str) -> Iterator[Terminal]:
        """Start it with a terminal for its input and its errors; its output is a pipe."""
        screen, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        with self.start(*arguments, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE) as process:
            os.close(theirs)
            terminal = Terminal(process, screen)
            try:
                yield terminal
            finally:
                process.kill()
                os.close(screen)


def _heed_ctrl_c() -> None:
    """What a shell starts in the background, as CI may be, ignores it, and so would all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A terminal with a command in it.

    Args:
        process: the command.
        screen: the terminal's end of the pseudo-terminal, a file descriptor.
    """

    def __init__(self, process: subprocess.Popen[str], screen: int) -> None:
        self.process = process
        self._screen = screen
        self._shown = b""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def wait_for(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.shown, timeout=60), self.shown

    def finish(self) -> tuple[int, str, str]:
        """Wait for the command's end. Returns its exit code, what it wrote to its output, and to the screen."""
        out, _ = self.process.communicate(timeout=60)
        self._reader.join(60)
        return self.process.returncode, out, self.shown

    @property
    def shown(self) -> str:
        """All that was written to the screen so far."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._screen, 4096)
            except OSError:  # as Linux says that nobody has the other end any more
                piece = b""
            if not piece:
                return
            with self._changed:
                self._shown += piece
                self._changed.notify()
