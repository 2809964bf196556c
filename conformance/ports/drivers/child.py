"""Drive a port in a separate process, over the protocol.

What can come of a call is listed in `conformance.ports.errors`. After a crash, a missed deadline or a breach
of the protocol the process is ended with everything it started, and the next call starts a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from conformance.ports import environment
from conformance.ports.description import PortDescription
from conformance.ports.drivers.conversation import Breach, Conversation, Ended, NoAnswer
from conformance.ports.drivers.driver import Operation, unwrap
from conformance.ports.drivers.launch import Launch
from conformance.ports.drivers.process import KILLED, LineProcess, Tail, TooMuchMemory
from conformance.ports.errors import PortCrashed, PortError, PortTimedOut, ProtocolError
from conformance.protocol.messages import Context, PortInfo

T = TypeVar("T")

_TAIL: Final = 2000
_BEFORE_HELLO: Final = "before the hello, where it does no harm"
_AFTER_HELLO: Final = "standard output is for the protocol; the usual cause is a logger, send it to standard error"
_NO_MESSAGE: Final = "it begins like JSON and is not a JSON object; a message is one, whole, in one line of UTF-8"
_NO_LINE_FEED: Final = "; it began a line and did not end it: write a line feed after each message, and flush"


class Child:
    """A `Driver` of a port in a separate process, which lives from call to call.

    A port that reads its environment once gets a further process for a call that needs another environment. That one
    is kept until a call needs yet another.

    Args:
        description: the port.
        hello_deadline: seconds from the start to the answer to the hello; some ports compile first.
        memory_limit: bytes of main memory that the process and what it starts may hold at once, or None. One that
            holds more crashed.
    """

    def __init__(
        self, description: PortDescription, *, hello_deadline: float = 60.0, memory_limit: int | None = None
    ) -> None:
        self._description = description
        self._hello_deadline = hello_deadline
        self._memory_limit = memory_limit
        self._launch = Launch(description)
        self._process: LineProcess | None = None
        self._talk: Conversation | None = None
        self._changes: dict[str, str | None] = {}
        self._changed: Child | None = None
        self._info: PortInfo | None = None
        self._output = Tail()

    def hello(self) -> PortInfo:
        return self._info or self._start({})

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        child = self._prepared(context)
        return unwrap(child._ask(operation, lambda talk: talk.call(operation, arguments, context, deadline), deadline))

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        children = [self._another() for _ in operations]

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
                self._output.add(child.take_output())

    def take_output(self) -> str:
        self._collect_output()
        return self._output.take() + (self._changed.take_output() if self._changed else "")

    def close(self) -> None:
        self._stop()
        self._launch.close()
        if self._changed:
            self._changed.close()

    def _prepared(self, context: Context) -> Child:
        """A child that can take a call with this context: this one, or the one with a changed environment."""
        wanted = environment.at_start(context) if self._description.reads_environment == "at-start" else {}
        if self._description.language in ("javascript", "typescript"):
            wanted = {**environment.for_node(context), **wanted}
        child = self
        if wanted:
            self._changed = self._changed or self._another()
            child = self._changed
        if child._process is not None and child._process.has_ended():
            self._output.add(f"the port {child._stop()} between two calls; a new one was started\n")
        if child._process is None or wanted != child._changes:
            child._start(wanted)
        return child

    def _another(self) -> Child:
        return Child(self._description, hello_deadline=self._hello_deadline, memory_limit=self._memory_limit)

    def _start(self, changes: dict[str, str | None]) -> PortInfo:
        self._stop()
        command = self._launch.command()
        try:
            self._process = LineProcess(
                command, self._launch.environment(changes), self._launch.home, memory_limit=self._memory_limit
            )
        except OSError as error:
            raise PortCrashed(f"{command[0]} could not be started: {error}") from None
        self._changes = changes
        self._talk = Conversation(self._process, late=self._ignored)
        welcome = self._ask("hello", lambda talk: talk.hello(self._hello_deadline), self._hello_deadline)
        self._collect_output(_BEFORE_HELLO)
        self._info = self._description.described(welcome.port)
        return self._info

    def _ask(self, during: str, step: Callable[[Conversation], T], deadline: float) -> T:
        """Take a step of the conversation. When it fails, end the process and report the state of the port."""
        assert self._talk is not None
        try:
            return step(self._talk)
        except NoAnswer as error:
            unfinished = _NO_LINE_FEED if self._process is not None and self._process.is_in_a_line else ""
            self._stop(grace=0)
            raise PortTimedOut(f"{error} within {deadline:g} s{unfinished}{self._tail()}") from None
        except TooMuchMemory as error:
            self._stop(grace=0)
            raise PortCrashed(f"the port {error}; it was killed during {during}{self._tail()}") from None
        except Breach as error:
            self._stop(grace=0)
            raise ProtocolError(f"{error}{self._tail()}") from None
        except Ended:
            ending = self._stop()
            if ending == KILLED:
                text = f"the port closed its standard output during {during} and did not end"
            else:
                text = f"the port {ending} during {during}"
            raise PortCrashed(f"{text}{self._tail()}") from None

    def _ignored(self, id: int) -> None:
        self._output.add(f"a second answer to message {id} was ignored\n")

    def _tail(self) -> str:
        """The end of the output, for a message; `take_output` still has it."""
        text = self._output.text.strip()[-_TAIL:]
        return f"; it wrote:\n{text}" if text else ""

    def _stop(self, *, grace: float = 1.0) -> str:
        """End the process, if there is one; return how it ended."""
        if self._process is None:
            return "was not running"
        if self._talk is not None:
            self._talk.bye()
        ending = self._process.end(grace=grace)
        self._collect_output()
        self._process = self._talk = None
        return ending

    def _collect_output(self, explanation: str = _AFTER_HELLO) -> None:
        if self._process is None:
            return
        errors, noise = self._process.take_output()
        self._output.add(errors)
        self._output.add("".join(f"stdout_noise: {line!r} ({_cause(line, explanation)})\n" for line in noise))


def _cause(noise: str, usual: str) -> str:
    """Why a line may be noise. What begins like a message was hardly written by a logger."""
    return _NO_MESSAGE if noise.lstrip("\0\ufeff ").startswith(("{", "[{")) else usual
