"""Drive a command-line client: a process for each call, which ends with a path or an error."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from conformance.ports import environment
from conformance.ports.description import PortDescription
from conformance.ports.drivers.commandline import CommandLine
from conformance.ports.drivers.driver import Operation
from conformance.ports.drivers.launch import Launch
from conformance.ports.drivers.process import Process, Tail, TooMuchMemory, how_it_ended
from conformance.ports.errors import PortCrashed, PortError, PortTimedOut, ProtocolError, Unimplemented
from conformance.protocol.messages import Context, PortInfo

_VERSION: Final = re.compile(r"\d+(\.\w+)+")
_VERSION_DEADLINE: Final = 60.0
_TOLD: Final = 2000


@dataclass(frozen=True, slots=True)
class _Ended:
    """A process that has ended by itself. `output` is what it wrote on either stream."""

    exit_code: int
    stdout: str
    output: str


class Exec:
    """A `Driver` of a command-line client, as its port file describes it.

    Args:
        description: the port, with a `command_line`.
        memory_limit: bytes of main memory that a process and what it starts may hold at once, or None.
    """

    def __init__(self, description: PortDescription, *, memory_limit: int | None = None) -> None:
        if description.command_line is None:
            raise ValueError(f"{description.name} has no command lines")
        self._description = description
        self._line: CommandLine = description.command_line
        self._memory_limit = memory_limit
        self._launch = Launch(description)
        self._info: PortInfo | None = None
        self._output = Tail()
        self._lock = threading.Lock()  # calls at once share the output

    def hello(self) -> PortInfo:
        if self._info is None:
            ended = self._run(self._line.version, {}, _VERSION_DEADLINE, "--version")
            version = _VERSION.search(ended.output)
            if ended.exit_code or version is None:
                how = f"{how_it_ended(ended.exit_code)}; it wrote:\n{ended.output.strip()[-_TOLD:]}"
                raise PortCrashed(f"{' '.join(self._line.version)} reported no version and {how}")
            described = self._description
            own = PortInfo(described.name, version[0], described.language, operations=described.operations)
            self._info = described.described(own)
        return self._info

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        if operation not in self._line.operations:
            raise Unimplemented(f"the port file has no command for {operation}")
        values = self._line.values(operation, arguments, context)
        command = self._line.operations[operation].command(values)
        # Variables of the call take precedence over those of the user's environment.
        variables = {**environment.for_call(context), **self._line.variables(values)}
        ended = self._run(command, variables, deadline, operation)
        if ended.exit_code:
            raise self._error(ended)
        path = self._line.path(operation, values) or ended.stdout.strip().rpartition("\n")[2]
        if not path:
            raise ProtocolError(
                f"{command[0]} ended with exit code 0, but its standard output does not end with a path"
            )
        return {"path": path}

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        def run(operation: Operation) -> Any:
            try:
                return self.call(*operation, context, deadline)
            except PortError as error:
                return error

        with ThreadPoolExecutor(len(operations)) as pool:
            return list(pool.map(run, operations))

    def take_output(self) -> str:
        return self._output.take()

    def close(self) -> None:
        self._launch.close()

    def _run(self, command: Sequence[str], variables: environment.Changes, deadline: float, during: str) -> _Ended:
        """Run a command to its end. Raises `PortCrashed` or `PortTimedOut`."""
        stdout, output = Tail(), Tail()

        def take(chunk: bytes) -> None:
            stdout.feed(chunk)
            output.feed(chunk)

        try:
            process = Process(
                command,
                self._launch.environment(variables),
                self._launch.home,
                stdout=take,
                stderr=output.feed,
                memory_limit=self._memory_limit,
            )
        except OSError as error:
            raise PortCrashed(f"{command[0]} could not be started: {error}") from None
        process.close_input()
        until = time.monotonic() + deadline
        exceeded = ""
        try:
            while not process.has_ended() and (left := until - time.monotonic()) > 0:
                process.move(left)
        except TooMuchMemory as error:
            exceeded = str(error)
        code = process.end(grace=0)
        with self._lock:
            self._output.add(output.text)
        said = output.text.strip()[-_TOLD:]
        tail = f"; it wrote:\n{said}" if said else ""
        if exceeded:
            raise PortCrashed(f"{command[0]} {exceeded}; it was killed during {during}{tail}")
        if code is None:
            raise PortTimedOut(f"{command[0]} did not end within {deadline:g} s during {during}{tail}")
        if code < 0:
            raise PortCrashed(f"{command[0]} {how_it_ended(code)} during {during}{tail}")
        return _Ended(code, stdout.text, output.text)

    def _error(self, ended: _Ended) -> PortError:
        """The error for an exit code and its output."""
        kind, status = self._line.failure(ended.exit_code, ended.output)
        return PortError(kind, f"exit code {ended.exit_code}", ended.output.strip()[-_TOLD:], status)
