"""What comes in answer to one message: pages, if an operation gives rows, and then the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.ports.rows import Summary
from conformance.protocol import checked
from conformance.protocol.errors import ProtocolError
from conformance.protocol.messages import ROW_OPERATIONS, Answer, Call, Page, Request, Result


class Reply:
    """Takes in the messages of a reply one by one. Rows are summed up as they come, so their number is not limited."""

    def __init__(self, request: Request) -> None:
        self._operation = request.operation if isinstance(request, Call) else None
        self._rows = Summary() if self._operation in ROW_OPERATIONS else None

    def take(self, page: Page) -> None:
        """Take in a page. Raises `ProtocolError`."""
        if self._rows is None:
            raise ProtocolError('a "page" came, and this call does not return rows; send the whole value in a "result"')
        with _no_depths():
            self._rows.add(page.rows)

    def ended(self, answer: Answer) -> Answer:
        """The answer as a check sees it: the value of a result is checked and plain, or sums the rows up.

        Raises:
            ProtocolError: the value has not the shape of this operation's values.
        """
        if self._operation is None or not isinstance(answer, Result):
            return answer
        with _no_depths():
            value = checked.value(self._operation, answer.value)
        return Result(answer.id, value if self._rows is None else self._rows.value())


@contextmanager
def _no_depths() -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise ProtocolError("a value is nested more deeply than the suite can follow") from None
