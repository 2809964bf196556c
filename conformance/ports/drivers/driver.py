"""Driving a port, in whatever way it is connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from conformance.ports.errors import PortError, ProtocolError, Unimplemented, Unsupported
from conformance.protocol import messages
from conformance.protocol.messages import Context, PortInfo

Operation: TypeAlias = tuple[str, Mapping[str, Any]]
"""An operation and its arguments."""


class Driver(Protocol):
    """A port that can be called.

    Calls come one at a time, except those of `at_once`. After any exception the next call works: a port that
    ended is started again.
    """

    def hello(self) -> PortInfo:
        """Who the port is and what it can do. Raises as `call` does."""

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        """Run an operation and return its value, as JSON has it (shapes: `conformance/protocol/README.md`).

        Args:
            operation: named after the `huggingface_hub` function.
            arguments: named after that function's parameters.
            context: where the Hub is, who is calling, where files go.
            deadline: seconds to wait for the answer.

        Raises:
            PortError: the library raised an error.
            Unsupported: the library cannot do this.
            Unimplemented: the shim does not know the operation.
            PortCrashed: the port ended.
            PortTimedOut: there was no answer in time.
            ProtocolError: the answer does not follow the protocol.
        """

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        """Run several operations at the same time, each in a separate thread or process.

        Returns:
            For each, in order, its value or the `PortError` that the library raised. Any other error is raised.
        """

    def take_output(self) -> str:
        """What the port wrote to standard error, and astray to standard output, since this was last asked."""

    def close(self) -> None:
        """End the port and everything it started. May be called twice."""


def value_or_error(answer: messages.Answer) -> Any:
    """As `unwrap`, but an error of the library is returned."""
    try:
        return unwrap(answer)
    except PortError as error:
        return error


def unwrap(answer: messages.Answer) -> Any:
    """The value of a result; for any other answer, raise the exception for it."""
    match answer:
        case messages.Result():
            return answer.value
        case messages.Error():
            raise PortError(answer.kind, answer.native, answer.message, answer.status, answer.request_id)
        case messages.Unsupported():
            raise Unsupported(answer.reason, answer.issue)
        case messages.Unimplemented():
            raise Unimplemented(answer.reason)
        case messages.Welcome():
            raise ProtocolError("a welcome is the answer to a hello, not to a call")
