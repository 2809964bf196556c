"""The conversation with a shim: messages with ids, pages, the hello, and what can go wrong at each step.

It knows nothing of how a shim is started or connected to, and nothing of what becomes of a shim that is wrong.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeAlias

from conformance import __version__
from conformance.ports.drivers.reply import Reply
from conformance.protocol import checked
from conformance.protocol.errors import ProtocolError
from conformance.protocol.messages import (
    NEWEST_PROTOCOL,
    OLDEST_PROTOCOL,
    Answer,
    Bye,
    Call,
    Context,
    Hello,
    Page,
    Request,
    Welcome,
    encode,
)

Step: TypeAlias = Literal["line", "message", "value", "id", "hello", "version"]
"""Where a shim broke the protocol: a line, a message's form, a value, an id, the answer to the hello, its version."""


class Channel(Protocol):
    """What carries messages to a shim and back."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Write a message. May raise `Ended`."""

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """The next message, or None once there will be no more.

        Raises:
            TimeoutError: there was none within `timeout` seconds.
            ProtocolError: a line was not one of the protocol's.
        """


class NoAnswer(Exception):
    """No answer came in time."""


class Ended(Exception):
    """The shim has ended, or closed its side."""


class Breach(Exception):
    """The shim broke the protocol, at a `step`."""

    def __init__(self, text: str, step: Step) -> None:
        super().__init__(text)
        self.step = step


class Conversation:
    """Messages to one running shim and its answers.

    Args:
        channel: carries the messages.
        late: called with the id of an answer to an earlier message, which is then ignored; without it, such an answer
            is a breach.
        sent, came: called with each message, as it is sent and as it came.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        late: Callable[[int], None] | None = None,
        sent: Callable[[dict[str, Any]], None] = lambda message: None,
        came: Callable[[dict[str, Any]], None] = lambda message: None,
    ) -> None:
        self._channel = channel
        self._late = late
        self._sent = sent
        self._came = came
        self._last_id = 0

    def hello(self, deadline: float = math.inf) -> Welcome:
        """Say hello.

        Args:
            deadline: seconds to wait for the answer.

        Raises:
            NoAnswer, Ended, Breach: the welcome is missing, or names a protocol that the suite did not offer.
        """
        answer = self._ask(Hello(self._next_id(), __version__), "hello", deadline)
        if not isinstance(answer, Welcome):
            raise Breach(f'the answer to a hello is a "welcome", not {encode(answer)}', "hello")
        if not OLDEST_PROTOCOL <= answer.protocol <= NEWEST_PROTOCOL:
            offered = f"{OLDEST_PROTOCOL} to {NEWEST_PROTOCOL}"
            raise Breach(f"the shim chose protocol {answer.protocol}; the suite offered {offered}", "version")
        return answer

    def call(
        self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float = math.inf
    ) -> Answer:
        """Call an operation.

        Raises:
            NoAnswer, Ended, Breach: the answer is missing, or the protocol does not allow it.
        """
        answer = self._ask(Call(self._next_id(), operation, arguments, context), operation, deadline)
        if isinstance(answer, Welcome):
            raise Breach('a call was answered with "welcome"; only a hello gets one', "hello")
        return answer

    def bye(self) -> None:
        """Ask the shim to end."""
        self._send(Bye(self._next_id()))

    def _ask(self, message: Hello | Call, during: str, deadline: float) -> Answer:
        until = time.monotonic() + deadline
        reply = Reply(message)
        self._send(message)
        while True:
            answer = self._receive(message, during, until)
            if answer is None:
                continue
            try:
                if not isinstance(answer, Page):
                    return reply.ended(answer)
                reply.take(answer)
            except ProtocolError as error:
                raise Breach(f"in the answer to {during}: {error}", "value") from None

    def _send(self, message: Request) -> None:
        data = checked.request(message)
        self._sent(data)
        self._channel.send(data)

    def _receive(self, message: Request, during: str, until: float) -> Answer | Page | None:
        """The next message in reply to this one; None for a late one to an earlier message."""
        try:
            data = self._channel.receive(until - time.monotonic())
        except TimeoutError:
            raise NoAnswer(f"no answer to {during}") from None
        except ProtocolError as error:
            raise Breach(f"no answer to {during}: {error}", "line") from None
        if data is None:
            raise Ended(f"the shim ended during {during}")
        self._came(data)
        try:
            answer = checked.answer(data)
        except ProtocolError as error:
            raise Breach(f"in the answer to {during}: {error}", "message") from None
        if answer.id == message.id:
            return answer
        if self._late is not None and 0 < answer.id < message.id:
            self._late(answer.id)
            return None
        raise Breach(f"the answer to {during} has id {answer.id}; the message had {message.id}", "id")

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id
