"""Drive a port in a process of its own, over the protocol.

What can come of a call is listed in `conformance.ports.errors`. After a crash, a missed deadline or a breach
of the protocol the process is ended with everything it started, and the next call starts a new one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import conformance
from conformance import __version__
from conformance.ports import environment
from conformance.ports.description import PortDescription
from conformance.ports.driver import Operation, unwrap
from conformance.ports.errors import PortCrashed, PortError, PortTimedOut, ProtocolError
from conformance.ports.process import LineProcess
from conformance.ports.reply import Reply
from conformance.protocol import checked
from conformance.protocol.messages import (
    NEWEST_PROTOCOL,
    OLDEST_PROTOCOL,
    Answer,
    Bye,
    Call,
    Context,
    Hello,
    Page,
    PortInfo,
    Request,
    Welcome,
    encode,
)

_TAIL: Final = 2000
_BEFORE_HELLO: Final = "before the hello, where it does no harm"
_AFTER_HELLO: Final = "standard output is for the protocol; the usual cause is a logger, send it to standard error"


class Child:
    """A `Driver` of a port in a process of its own, which lives from call to call.

    A port that reads its environment once gets a further process for a call that needs another environment. That one
    is kept until a call needs yet another.

    Args:
        description: the port.
        hello_deadline: seconds from the start to the answer to the hello; some ports compile first.
    """

    def __init__(self, description: PortDescription, *, hello_deadline: float = 60.0) -> None:
        self._description = description
        self._hello_deadline = hello_deadline
        self._folder = tempfile.TemporaryDirectory(prefix="hub-conformance-child-")
        self._home = Path(self._folder.name, "home")
        self._home.mkdir()
        self._process: LineProcess | None = None
        self._changes: dict[str, str | None] = {}
        self._changed: Child | None = None
        self._info: PortInfo | None = None
        self._last_id = 0
        self._output: list[str] = []

    def hello(self) -> PortInfo:
        return self._info or self._start({})

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        child = self._prepared(context)
        return unwrap(child._ask(Call(child._next_id(), operation, arguments, context), deadline, operation))

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        children = [Child(self._description, hello_deadline=self._hello_deadline) for _ in operations]

        def run(child: Child, operation: Operation) -> Any:
            try:
                return child.call(*operation, context, deadline)
            except PortError as error:
                return error

        try:
            for child in children:  # started before any is called, so that the calls do meet
                child._prepared(context)
            with ThreadPoolExecutor(len(children)) as pool:
                return list(pool.map(run, children, operations))
        finally:
            for child in children:
                child.close()
                self._output.append(child.take_output())

    def take_output(self) -> str:
        self._collect_output()
        text = "".join(self._output)
        self._output.clear()
        return text + (self._changed.take_output() if self._changed else "")

    def close(self) -> None:
        self._stop()
        self._folder.cleanup()
        if self._changed:
            self._changed.close()

    def _prepared(self, context: Context) -> Child:
        """A child that can take a call with this context: this one, or the one with a changed environment."""
        wanted = environment.at_start(context) if self._description.reads_environment == "at-start" else {}
        child = self
        if wanted:
            self._changed = self._changed or Child(self._description, hello_deadline=self._hello_deadline)
            child = self._changed
        if child._process is None or wanted != child._changes:
            child._start(wanted)
        return child

    def _start(self, changes: dict[str, str | None]) -> PortInfo:
        self._stop()
        command = self.command()
        try:
            self._process = LineProcess(command, self.environment(changes), self._home)
        except OSError as error:
            raise PortCrashed(f"{command[0]} could not be started: {error}") from None
        self._changes = changes
        answer = self._ask(Hello(self._next_id(), __version__), self._hello_deadline, "hello")
        if not isinstance(answer, Welcome):
            raise self._breach(f'the answer to a hello is a "welcome", not {encode(answer)}')
        if not OLDEST_PROTOCOL <= answer.protocol <= NEWEST_PROTOCOL:
            known = f"{OLDEST_PROTOCOL} to {NEWEST_PROTOCOL}"
            raise self._breach(f"the port chose protocol {answer.protocol}; the suite offered {known}")
        self._collect_output(_BEFORE_HELLO)
        self._info = self._description.described(answer.port)
        return self._info

    def command(self) -> list[str]:
        """The command line that starts the port."""
        description = self._description
        if description.python is not None:
            return [
                str(description.interpreter),
                "-m",
                "conformance.ports.child_main",
                description.adapter,
                description.python,
                description.name,
            ]
        return list(description.command)

    def environment(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        """The whole environment that the port starts with, given what a call changes in it."""
        importable: dict[str, str | None] = {}
        if self._description.requires:
            importable["PYTHONPATH"] = str(self._suite_alone())
        elif self._description.node_modules is not None:
            importable["NODE_PATH"] = str(self._description.node_modules)
        elif self._description.python is not None:  # the child finds the modules that this process finds
            importable["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        clean = environment.clean(self._home)
        return environment.with_changes({**importable, **clean, **self._description.environment, **changes})

    def _suite_alone(self) -> Path:
        """A folder to import the suite from, without what is installed beside it."""
        folder = Path(self._folder.name, "suite")
        folder.mkdir(exist_ok=True)
        link = folder / conformance.__name__
        if not link.is_symlink():
            link.symlink_to(Path(conformance.__file__).resolve().parent, target_is_directory=True)
        return folder

    def _ask(self, message: Request, deadline: float, during: str) -> Answer:
        assert self._process is not None
        until = time.monotonic() + deadline
        reply = Reply(message)
        self._process.send(checked.request(message))
        while True:
            try:
                data = self._process.receive(until - time.monotonic())
            except TimeoutError:
                self._stop(grace=0)
                raise PortTimedOut(f"no answer to {during} within {deadline:g} s{self._tail()}") from None
            if data is None:
                ending = self._stop()
                raise PortCrashed(f"the port {ending} during {during}{self._tail()}")
            try:
                answer = checked.answer(data)
                if answer.id == message.id:
                    if not isinstance(answer, Page):
                        return reply.ended(answer)
                    reply.take(answer)
                    continue
            except ProtocolError as error:
                raise self._breach(f"in the answer to {during}: {error}") from None
            if not 0 < answer.id < message.id:
                raise self._breach(f"the answer to {during} has id {answer.id}; the message had {message.id}")
            self._output.append(f"a second answer to message {answer.id} was ignored\n")

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _breach(self, text: str) -> ProtocolError:
        self._stop(grace=0)
        return ProtocolError(f"{text}{self._tail()}")

    def _tail(self) -> str:
        """The end of the output, for a message; `take_output` still has it."""
        text = "".join(self._output).strip()[-_TAIL:]
        return f"; it wrote:\n{text}" if text else ""

    def _stop(self, *, grace: float = 1.0) -> str:
        """End the process, if there is one; say how it ended."""
        if self._process is None:
            return "was not running"
        self._process.send(checked.request(Bye(self._next_id())))
        ending = self._process.end(grace=grace)
        self._collect_output()
        self._process = None
        return ending

    def _collect_output(self, explanation: str = _AFTER_HELLO) -> None:
        if self._process is None:
            return
        errors, noise = self._process.take_output()
        self._output += [errors] if errors else []
        self._output += [f"stdout_noise: {line!r} ({explanation})\n" for line in noise]
