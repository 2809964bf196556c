"""Drive a shim that somebody else has started, under a debugger: it reads and writes two named pipes."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from conformance import __version__
from conformance.ports import environment
from conformance.ports.description import PortDescription
from conformance.ports.driver import Operation, unwrap
from conformance.ports.errors import PortCrashed, PortDescriptionError, ProtocolError, Unsupported
from conformance.ports.launch import Launch
from conformance.ports.lines import LONGEST_LINE, Lines
from conformance.ports.process import Tail
from conformance.ports.reply import Reply
from conformance.protocol import checked
from conformance.protocol.messages import (
    Answer,
    Call,
    Context,
    Hello,
    Page,
    PortInfo,
    Request,
    Welcome,
    encode,
)

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
        self._streams: tuple[IO[bytes], IO[bytes]] | None = None
        self._lines = Lines()
        self._info: PortInfo | None = None
        self._last_id = 0
        self._output = Tail()

    def hello(self) -> PortInfo:
        return self._info or self._connect()

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        if self._description.reads_environment == "at-start" and environment.at_start(context):
            raise Unsupported("a process that is attached to cannot be given another environment")
        if self._streams is None:
            self._connect()
        return unwrap(self._ask(Call(self._next_id(), operation, arguments, context), operation))

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        raise Unsupported("several calls at the same time need several processes; there is the attached one only")

    def take_output(self) -> str:
        self._output.add("".join(f"stdout_noise: {line!r}\n" for line in self._lines.take_noise()))
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
        self._streams = to_port.open("wb", buffering=0), from_port.open("rb", buffering=0)
        self._lines = Lines()
        answer = self._ask(Hello(self._next_id(), __version__), "hello")
        if not isinstance(answer, Welcome):
            raise ProtocolError(f'the answer to a hello is a "welcome", not {encode(answer)}')
        self._info = self._description.described(answer.port)
        return self._info

    def _disconnect(self) -> None:
        for stream in self._streams or ():
            stream.close()
        self._streams = None

    def _start_line(self) -> str:
        """What a shell starts the shim with, connected and in the port's environment."""
        changes = self._launch.changes({})
        unset = [word for name, value in changes.items() if value is None for word in ("-u", name)]
        variables = [f"{name}={value}" for name, value in changes.items() if value is not None]
        words = ["env", *unset, *variables, *self._launch.command()]
        to_port, from_port = (shlex.quote(str(pipe)) for pipe in self._pipes)
        return f"{shlex.join(words)} < {to_port} > {from_port}"

    def _ask(self, message: Request, during: str) -> Answer:
        reply = Reply(message)
        self._send(message, during)
        while True:
            answer = checked.answer(self._receive(during))
            if answer.id != message.id:
                raise ProtocolError(f"the answer to {during} has id {answer.id}; the message had {message.id}")
            if not isinstance(answer, Page):
                return reply.ended(answer)
            reply.take(answer)

    def _send(self, message: Request, during: str) -> None:
        assert self._streams is not None
        data = memoryview(json.dumps(checked.request(message)).encode() + b"\n")
        try:
            while data:
                data = data[self._streams[0].write(data) :]
        except BrokenPipeError:
            raise self._ended(during) from None

    def _receive(self, during: str) -> dict[str, Any]:
        assert self._streams is not None
        while not self._lines.messages and not self._lines.overflowed:
            chunk = self._streams[1].read(LONGEST_LINE)
            self._lines.feed(chunk)
            if not chunk and not self._lines.messages:
                raise self._ended(during)
        if self._lines.overflowed:
            self._disconnect()
            raise ProtocolError(f"a line on standard output has more than {LONGEST_LINE >> 20} MiB")
        return self._lines.messages.popleft()

    def _ended(self, during: str) -> PortCrashed:
        self._disconnect()
        return PortCrashed(f"the shim ended during {during}")

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id
