"""A program in its own process group: reads have deadlines, `end` kills the group."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from conformance.ports import family
from conformance.ports.drivers.lines import LONGEST_LINE, Lines
from conformance.protocol.errors import ProtocolError

KILLED: Final = "had to be killed"
"""How a process ended that did not end by itself."""

_CHUNK: Final = 1 << 20
"""No less than a pipe holds, so that one read takes all that is there."""

_LOOK: Final = 0.05
"""Seconds between two looks at whether a silent process still lives: what it started may hold its output open."""

_LOOK_AT_MEMORY: Final = 0.2

_NAP: Final = 0.01
"""Seconds between two looks at whether a process without open output still lives."""

_SHORTER: Final = "send rows in several pages, and what is logged to standard error"


class TooMuchMemory(Exception):
    """The processes hold more main memory than they may."""


class Tail:
    """The last 64 Ki characters of a text that grows.

    Attributes:
        text: what is kept of it.
    """

    _KEPT: Final = 64 << 10

    def __init__(self) -> None:
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, text: str) -> None:
        self.text = (self.text + text)[-self._KEPT :]

    def feed(self, chunk: bytes) -> None:
        """Add bytes of a stream as they come."""
        self.add(self._decoder.decode(chunk))

    def take(self) -> str:
        """The text; it is then empty."""
        text, self.text = self.text, ""
        return text


class Process:
    """A child process whose output is taken in while it is waited for; there are no threads.

    Args:
        command: program and arguments; no shell is involved.
        environment: the whole environment of the child.
        folder: where it starts; this process's own unless given.
        stdout, stderr: take what it writes there; an empty chunk is the end.
        memory_limit: bytes of main memory that it and what it starts may hold at once, or None.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path | None,
        *,
        stdout: Callable[[bytes], None],
        stderr: Callable[[bytes], None],
        memory_limit: int | None = None,
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._process = subprocess.Popen(
            command,
            env={**environment, family.VARIABLE: self._mark},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._stdin, self._stdout, self._stderr = map(
            _pipe, (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        self._outgoing = bytearray()
        self._memory_limit = memory_limit
        self._memory_seen = 0.0
        self._selector = selectors.DefaultSelector()
        for stream, take in ((self._stdout, stdout), (self._stderr, stderr)):
            self._selector.register(stream, selectors.EVENT_READ, take)
        os.set_blocking(self._stdin.fileno(), False)
        self.is_silent = False
        """No more will come on standard output: it was closed, or the process has ended."""

    def has_ended(self) -> bool:
        """Whether the process has ended by itself; what it started may live.

        Its id stays taken until `end`: an ended process is looked at, not reaped, so that no other process gets its id.
        """
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # other code has waited for it
            return self._process.poll() is not None

    def write(self, data: bytes) -> None:
        """Write to standard input. What the pipe does not take now goes there while the process is waited for."""
        self._outgoing += data
        self._write()

    def move(self, timeout: float) -> None:
        """Take in what the process has written, or wait for that; return at the latest after `timeout` seconds.

        Raises:
            TooMuchMemory: there is a limit, and it was exceeded.
        """
        self._move(timeout)
        now = time.monotonic()
        if self._memory_limit is not None and now >= self._memory_seen + _LOOK_AT_MEMORY:
            self._memory_seen = now
            used = family.memory(self._mark)
            if used > self._memory_limit:
                raise TooMuchMemory(f"used {used >> 20} MiB of memory; the limit is {self._memory_limit >> 20} MiB")

    def look(self) -> None:
        """Take in what the process has written by now."""
        if not self._stdout.closed:
            self._move(0)

    def close_input(self) -> None:
        """End standard input. What the process has not read by now is dropped. May be called twice."""
        if not self._stdin.closed:
            self._outgoing.clear()
            self._write()
            self._stdin.close()

    def end(self, *, grace: float) -> int | None:
        """Close standard input, wait, then kill the process and all that it started.

        Args:
            grace: seconds that it gets to end by itself.

        Returns:
            Its exit code, or minus the number of the signal that ended it; None if it had to be killed here.
        """
        self.close_input()
        until = time.monotonic() + grace
        while not self.has_ended() and (left := until - time.monotonic()) > 0:
            self._move(left)
        by_itself = self.has_ended()
        if self._process.returncode is None:  # once it is reaped, its id may be another's
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        family.kill(self._mark)
        code = self._process.wait()
        self._move(0)
        self._selector.close()
        self._stdout.close()
        self._stderr.close()
        return code if by_itself else None

    def _move(self, timeout: float) -> None:
        ended = self.has_ended()  # asked first: what it wrote before is in the pipes by now
        if not ended and not self._selector.get_map():
            time.sleep(min(timeout, _NAP))
            return
        for key, _ in self._selector.select(0 if ended else min(timeout, _LOOK)):
            if key.fileobj is self._stdin:
                self._write()
            else:
                self._read(key)
        self.is_silent = self.is_silent or ended

    def _read(self, key: selectors.SelectorKey) -> None:
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            self._selector.unregister(key.fileobj)
            self.is_silent = self.is_silent or key.fileobj is self._stdout
        key.data(chunk)

    def _write(self) -> None:
        """Write what the pipe takes; have it watched as long as something is left."""
        try:
            taken = self._stdin.write(self._outgoing) if self._outgoing else None
            del self._outgoing[: taken or 0]
        except BrokenPipeError:  # noticed when its output ends
            self._outgoing.clear()
        watched = self._stdin.fileno() in self._selector.get_map()
        if self._outgoing and not watched:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        elif watched and not self._outgoing:
            self._selector.unregister(self._stdin)


class LineProcess:
    """A child process that reads and writes one JSON object a line.

    Lines of its standard output that hold no JSON object are noise: kept, and shown by `take_output`.

    Args:
        command, environment, folder, memory_limit: as for `Process`.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path | None = None,
        *,
        memory_limit: int | None = None,
    ) -> None:
        self._lines = Lines()
        self._errors = Tail()
        self._process = Process(
            command,
            environment,
            folder,
            stdout=self._lines.feed,
            stderr=self._errors.feed,
            memory_limit=memory_limit,
        )

    def has_ended(self) -> bool:
        """Whether the process has ended by itself."""
        return self._process.has_ended()

    def send(self, message: Mapping[str, Any]) -> None:
        """Write a message. A child that reads no more is noticed when its answer is awaited."""
        self._process.write(json.dumps(message).encode() + b"\n")

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """The next message, or None once there will be no more.

        Raises:
            TimeoutError: there was none within `timeout` seconds.
            ProtocolError: a line was too long to be one.
            TooMuchMemory: there is a limit, and it was exceeded.
        """
        until = time.monotonic() + timeout
        while not self._lines.messages:
            if self._lines.overflowed:
                raise ProtocolError(f"a line on standard output has more than {LONGEST_LINE >> 20} MiB: {_SHORTER}")
            if self._process.is_silent:
                return None
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._process.move(left)
        return self._lines.messages.popleft()

    @property
    def is_in_a_line(self) -> bool:
        """Whether a line of standard output has begun and not ended."""
        return self._lines.is_unfinished

    def take_output(self) -> tuple[str, list[str]]:
        """What came on standard error, and the noise of standard output, since this was last asked."""
        if not self._lines.messages:
            self._process.look()
        return self._errors.take(), self._lines.take_noise()

    def end(self, *, grace: float) -> str:
        """Close the child's standard input, wait, then kill it with all that it started; return how it ended.

        Args:
            grace: seconds that the child gets to end by itself.
        """
        return how_it_ended(self._process.end(grace=grace))


def how_it_ended(code: int | None) -> str:
    """What `Process.end` returned, in words."""
    if code is None:
        return KILLED
    if code >= 0:
        return f"ended with exit code {code}"
    names = {each.value: each.name for each in signal.Signals}  # most real-time signals have none
    return f"was ended by {names.get(-code, f'signal {-code}')}"


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # all three were asked for
    return stream
