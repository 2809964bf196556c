"""What can come of a call to a port, besides a value.

=====================  =============================================================================
`PortError`            the library raised an error: a result that a check can judge
`Unsupported`          the library cannot do this
`Unimplemented`        the shim does not know the operation
`PortCrashed`          the port ended, or could not be started
`PortTimedOut`         no answer within the deadline
`ProtocolError`        the shim sent an invalid answer (`conformance.protocol.errors`)
=====================  =============================================================================
"""

from __future__ import annotations

from conformance.errors import ConformanceError
from conformance.protocol.errors import ProtocolError

__all__ = [
    "PortCrashed",
    "PortDescriptionError",
    "PortError",
    "PortTimedOut",
    "ProtocolError",
    "Unimplemented",
    "Unsupported",
]


class PortDescriptionError(ConformanceError):
    """A port cannot be found, or its description is wrong. The text has the right form."""


class PortError(Exception):
    """The library's own error.

    Attributes:
        kind: one of `conformance.protocol.errors.ERROR_KINDS`.
        native: the library's name for it, for a Python class `module.ClassName`.
        message: the library's text.
        status: the HTTP status, if an answer of the Hub caused it.
        request_id: the Hub's id of the request, if the error carries it.
    """

    def __init__(
        self, kind: str, native: str, message: str, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(f"{kind}: {native}: {message}")
        self.kind = kind
        self.native = native
        self.message = message
        self.status = status
        self.request_id = request_id


class Unsupported(Exception):
    """The library cannot do this.

    Attributes:
        reason: why, in a sentence.
        issue: the address where that is discussed, or None.
        declared: whether the port's own description shows it, by its operations or its `cache`. Only what is declined
            in spite of the description needs an expectation.
    """

    def __init__(self, reason: str, issue: str | None = None, *, declared: bool = False) -> None:
        super().__init__(f"{reason} ({issue})" if issue else reason)
        self.reason = reason
        self.issue = issue
        self.declared = declared


class Unimplemented(Exception):
    """The shim does not know the operation."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PortCrashed(Exception):
    """The port ended, or could not be started. The text has how it ended and the last it wrote."""


class PortTimedOut(Exception):
    """The port did not answer within the deadline. The text names the call."""
