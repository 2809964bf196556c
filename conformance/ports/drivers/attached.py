"""Drive a shim that was started elsewhere, under a debugger: it reads and writes two named pipes."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from conformance.ports import environment
from conformance.ports.description import PortDescription
from conformance.ports.drivers.conversation import Breach, Conversation, Ended
from conformance.ports.drivers.driver import Operation, unwrap
from conformance.ports.drivers.launch import Launch
from conformance.ports.drivers.lines import LONGEST_LINE, Lines
from conformance.ports.drivers.process import Tail
from conformance.ports.errors import PortCrashed, PortDescriptionError, ProtocolError, Unsupported
from conformance.protocol.messages import Context, PortInfo

T = TypeVar("T")

TO_PORT = "to-port"
FROM_PORT = "from-port"


class Attached:
    """A `Driver` of a shim that the author starts, with its standard input and output on pipes in a folder.

    There are no deadlines, and the process is left alone: a debugger may stop it for as long as it likes. When it has
    ended, the next call waits until it has been started again. What needs another environment, or a second process,
    is unsupported.

    Args:
        description: the port.
        folder: where the pipes are made; it must be there.
        tell: shows a line to the author.

    Raises:
        PortDescriptionError: the pipes cannot be made.
    """

    def __init__(self, description: PortDescription, folder: Path, tell: Callable[[str], None]) -> None:
        if description.command_line is not None:
            raise PortDescriptionError(f"The port {description.name} is a command; there is no shim to attach to.")
        self._description = description
        self._pipes = [folder.absolute() / TO_PORT, folder.absolute() / FROM_PORT]
        self._tell = tell
        for pipe in self._pipes:
            try:
                if not pipe.is_fifo():  # as it is after a run that was broken off
                    os.mkfifo(pipe)
            except OSError as error:
                raise PortDescriptionError(f"{pipe}: the pipe cannot be made: {error.strerror}") from None
        self._launch = Launch(description)
        self._channel: _Pipes | None = None
        self._talk: Conversation | None = None
        self._info: PortInfo | None = None
        self._output = Tail()

    def hello(self) -> PortInfo:
        return self._info or self._connect()

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        if self._description.reads_environment == "at-start" and environment.at_start(context):
            raise Unsupported("the environment of an attached process cannot be changed")
        if self._talk is None:
            self._connect()
        return unwrap(self._ask(lambda talk: talk.call(operation, arguments, context)))

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        raise Unsupported("several calls at the same time need several processes; only the attached one exists")

    def take_output(self) -> str:
        if self._channel is not None:
            self._output.add("".join(f"stdout_noise: {line!r}\n" for line in self._channel.take_noise()))
        return self._output.take()

    def close(self) -> None:
        self._disconnect()
        for pipe in self._pipes:
            pipe.unlink(missing_ok=True)
        self._launch.close()

    def _connect(self) -> PortInfo:
        """Wait for the author to start the shim, and say hello to it."""
        self._tell(f"waiting for the shim; start it by:\n  {self._start_line()}")
        to_port, from_port = self._pipes
        # In the order in which a shell opens them for `< to-port > from-port`; each waits for the other side.
        self._channel = _Pipes(to_port.open("wb", buffering=0), from_port.open("rb", buffering=0))
        self._talk = Conversation(self._channel)
        self._info = self._description.described(self._ask(lambda talk: talk.hello()).port)
        return self._info

    def _disconnect(self) -> None:
        if self._channel is not None:
            self._output.add("".join(f"stdout_noise: {line!r}\n" for line in self._channel.take_noise()))
            self._channel.close()
        self._channel = self._talk = None

    def _start_line(self) -> str:
        """What a shell starts the shim with, connected and in the port's environment."""
        changes = self._launch.changes({})
        unset = [word for name, value in changes.items() if value is None for word in ("-u", name)]
        variables = [f"{name}={value}" for name, value in changes.items() if value is not None]
        words = ["env", *unset, *variables, *self._launch.command()]
        to_port, from_port = (shlex.quote(str(pipe)) for pipe in self._pipes)
        return f"{shlex.join(words)} < {to_port} > {from_port}"

    def _ask(self, step: Callable[[Conversation], T]) -> T:
        """Take a step of the conversation."""
        assert self._talk is not None
        try:
            return step(self._talk)
        except Breach as error:
            self._disconnect()
            raise ProtocolError(str(error)) from None
        except Ended as error:
            self._disconnect()
            raise PortCrashed(str(error)) from None


class _Pipes:
    """The two named pipes of a shim: what is written to it, and what it writes."""

    def __init__(self, to_port: IO[bytes], from_port: IO[bytes]) -> None:
        self._to_port = to_port
        self._from_port = from_port
        self._lines = Lines()

    def send(self, message: Mapping[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        try:
            while data:
                data = data[self._to_port.write(data) :]
        except BrokenPipeError:
            raise Ended("the shim ended and no longer reads") from None

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """The next message; it is waited for without a limit, since a debugger may have stopped the shim."""
        while not self._lines.messages and not self._lines.overflowed:
            chunk = self._from_port.read(LONGEST_LINE)
            self._lines.feed(chunk)
            if not chunk and not self._lines.messages:
                return None
        if self._lines.overflowed:
            raise ProtocolError(f"a line on standard output has more than {LONGEST_LINE >> 20} MiB")
        return self._lines.messages.popleft()

    def take_noise(self) -> list[str]:
        """The lines that were no messages, since this was last asked."""
        return self._lines.take_noise()

    def close(self) -> None:
        self._to_port.close()
        self._from_port.close()
