"""A program that speaks in lines: in a process group of its own, read with deadlines, ended for certain."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

_LONGEST_LINE: Final = 16 << 20
_KEPT_OUTPUT: Final = 64 << 10
_KEPT_NOISE: Final = 20
_READERS_GRACE: Final = 1.0


class LineProcess:
    """A child process that reads and writes one JSON object a line.

    Lines of its standard output that hold no JSON object are noise: kept, and shown by `take_output`.

    Args:
        command: program and arguments; no shell is involved.
        environment: the whole environment of the child.
        folder: where it starts; this process's own unless given.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._errors = bytearray()
        self._noise: collections.deque[str] = collections.deque(maxlen=_KEPT_NOISE)
        self._readers = [
            (stream, threading.Thread(target=read, args=(stream,), name=f"{command[0]} output", daemon=True))
            for stream, read in (
                (_pipe(self._process.stdout), self._read_messages),
                (_pipe(self._process.stderr), self._read_errors),
            )
        ]
        for _, reader in self._readers:
            reader.start()

    def send(self, message: Mapping[str, Any]) -> None:
        """Write a message. A child that reads no more is noticed when its answer is awaited."""
        with contextlib.suppress(BrokenPipeError):
            _pipe(self._process.stdin).write(json.dumps(message).encode() + b"\n")
            _pipe(self._process.stdin).flush()

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """The next message, or None once standard output has ended. Raises `TimeoutError`."""
        try:
            return self._messages.get(timeout=max(timeout, 0))
        except queue.Empty:
            raise TimeoutError from None

    def take_output(self) -> tuple[str, list[str]]:
        """What came on standard error, and the noise of standard output, since this was last asked."""
        with self._lock:
            errors, noise = self._errors.decode("utf-8", "replace"), list(self._noise)
            self._errors.clear()
            self._noise.clear()
        return errors, noise

    def end(self, *, grace: float) -> str:
        """Close the child's standard input, wait, then kill its whole group; say how it ended.

        Args:
            grace: seconds that the child gets to end by itself.
        """
        with contextlib.suppress(OSError):
            _pipe(self._process.stdin).close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        by_itself = self._process.returncode is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        for stream, reader in self._readers:
            reader.join(_READERS_GRACE)
            if not reader.is_alive():  # it is if something left the group and still holds the pipe
                stream.close()
        if not by_itself:
            return "had to be killed"
        return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def _read_messages(self, stdout: IO[bytes]) -> None:
        for line in iter(lambda: stdout.readline(_LONGEST_LINE), b""):
            message = _json_object(line)
            if message is not None:
                self._messages.put(message)
            elif line.strip():
                with self._lock:
                    self._noise.append(line[:200].decode("utf-8", "replace").rstrip())
        self._messages.put(None)

    def _read_errors(self, stderr: IO[bytes]) -> None:
        for chunk in iter(lambda: os.read(stderr.fileno(), _KEPT_OUTPUT), b""):
            with self._lock:
                self._errors += chunk
                del self._errors[:-_KEPT_OUTPUT]


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # all three were asked for
    return stream


def _json_object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
