"""Drive a Python port in this process: the fastest way, and the one a debugger can step through."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from conformance.ports import environment
from conformance.ports.adapters import adapter
from conformance.ports.description import PortDescription
from conformance.ports.drivers import guard, logs
from conformance.ports.drivers.child import Child
from conformance.ports.drivers.driver import Operation, unwrap, value_or_error
from conformance.ports.drivers.reply import Reply
from conformance.ports.drivers.scratch import Scratch
from conformance.ports.errors import PortCrashed, PortTimedOut
from conformance.protocol import tagged
from conformance.protocol.messages import Answer, Call, Context, PortInfo, Result
from conformance.protocol.output import stray

_IMPORTED: Final[dict[str, dict[str, str]]] = {}
"""Modules that were imported here, with the description's environment at that time."""


def can_run(description: PortDescription) -> bool:
    """Whether the library in this process has, or will have, the environment that its description asks for.

    A library that reads its environment once and was imported elsewhere has not.
    """
    module = description.python
    if module is None or description.requires:
        return False
    if description.reads_environment == "at-call" or module not in sys.modules:
        return True
    return _IMPORTED.get(module) == description.environment


class InProcess:
    """A `Driver` of a Python library in this process.

    Each call runs in a thread, so that it can have a deadline. A call that needs an environment which this
    process cannot give the library any more (see `PortDescription.reads_environment`) runs in a child.

    Raises:
        PortCrashed: the library cannot be imported.
    """

    def __init__(self, description: PortDescription) -> None:
        if description.python is None or description.requires:
            raise ValueError(f"{description.name} cannot run in this process")
        self._description = description
        self._home = Scratch("hub-conformance-home-")
        self._ids = itertools.count(1)
        self._output = io.StringIO()
        self._printed = io.StringIO()
        self._child: Child | None = None
        imported_before = description.python in sys.modules
        try:
            with environment.applied(self._environment()):
                self._adapter = adapter.load(description.adapter)(description.python, description.name)
        except Exception as error:
            self._home.cleanup()
            raise PortCrashed(f"{description.python} cannot be imported: {error!r}") from error
        if not imported_before:
            _IMPORTED[description.python] = dict(description.environment)

    def hello(self) -> PortInfo:
        return self._description.described(self._adapter.info)

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        if self._description.reads_environment == "at-start" and environment.at_start(context):
            self._child = self._child or Child(self._description)
            return self._child.call(operation, arguments, context, deadline)
        call = Call(next(self._ids), operation, arguments, context)
        with environment.applied({**self._environment(), **environment.for_call(context)}), self._capture():
            answer = self._answer(call, deadline)
        return unwrap(answer)

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        if self._description.reads_environment == "at-start" and environment.at_start(context):
            self._child = self._child or Child(self._description)
            return self._child.at_once(operations, context, deadline)
        calls = [Call(next(self._ids), operation, arguments, context) for operation, arguments in operations]
        # The environment and the standard streams are the whole process's: they are changed once, for all.
        with (
            environment.applied({**self._environment(), **environment.for_call(context)}),
            self._capture(),
            ThreadPoolExecutor(len(calls)) as pool,
        ):
            answers = list(pool.map(lambda call: self._answer(call, deadline), calls))
        return [value_or_error(answer) for answer in answers]

    def take_output(self) -> str:
        text = "".join(map(stray, _taken(self._printed).splitlines())) + _taken(self._output)
        return text + (self._child.take_output() if self._child else "")

    def close(self) -> None:
        if self._child:
            self._child.close()
        self._home.cleanup()

    def _environment(self) -> dict[str, str | None]:
        """What this process's environment must be changed by, as it is now."""
        return {**environment.clean(Path(self._home.name)), **self._description.environment}

    def _answer(self, call: Call, deadline: float) -> Answer:
        reply = Reply(call)
        answers: list[Answer] = []
        ended: list[BaseException] = []

        def run() -> None:
            try:
                with guard.loopback_only():
                    answers.append(self._adapter.answer(call, reply.take))
            except BaseException as error:
                ended.append(error)

        thread = threading.Thread(target=run, name=f"{self._description.name} {call.operation}", daemon=True)
        thread.start()
        thread.join(deadline)
        if ended:
            raise PortCrashed(f"{call.operation} ended with {ended[0]!r}") from ended[0]
        if not answers:
            raise PortTimedOut(
                f"{call.operation} did not answer within {deadline:g} s; its thread {thread.name!r} was left running"
            )
        return reply.ended(_as_json(answers[0]))

    @contextlib.contextmanager
    def _capture(self) -> Iterator[None]:
        """Keep what the library prints or logs during a call. What it prints on standard output stays apart."""
        with (
            guard.not_ended(),
            logs.kept(str(self._description.python), self._output),
            contextlib.redirect_stdout(self._printed),
            contextlib.redirect_stderr(self._output),
        ):
            yield


def _taken(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text


def _as_json(answer: Answer) -> Answer:
    """The answer as it would have come from a child, so that both ways of driving give the same."""
    if not isinstance(answer, Result):
        return answer
    return Result(answer.id, json.loads(tagged.dumps(answer.value)))
