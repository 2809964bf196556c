"""Results on standard output, everything else on standard error.

Names of files and texts of servers are shown without the control characters that could play tricks on a terminal.
"""

from __future__ import annotations

import codecs
import dataclasses
import io
import json
import logging
import os
import re
import shutil
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from typing import Any, TextIO

from reference_client.datasets.cli.errors import Refusal

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\ud800-\udfff]")
"""JSON escapes other control characters anyway. Half a surrogate pair can't be written in UTF-8."""

_GAP = "  "
_ESCAPES = "reference_client.datasets.cli.output"
"""The name of `_escaped` among Python's handlers of errors."""


class OutputClosed(Exception):
    """The reader of standard output has closed it, as after `| head`."""


def write_lines(lines: Iterable[str]) -> None:
    """Write each line as soon as it exists, to a terminal without control characters.

    What the encoding of standard output lacks is written as JSON escapes it, also in a text: `\\u00e9`. Bytes of a path
    that are not UTF-8 are written as they are.

    Raises OutputClosed, and whatever `lines` raises.
    """
    shown = printable if is_terminal(sys.stdout) else str
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_ESCAPES)
    for line in lines:
        with output():
            print("\n".join(map(shown, line.split("\n"))))


@contextmanager
def output() -> Iterator[None]:
    """Raise OutputClosed when standard output is closed meanwhile, and Refusal when it can't be written."""
    if sys.stdout is None:
        raise Refusal("standard output can't be written: it is closed.")
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # Or Python complains at its end, when it writes what it still has:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise OutputClosed from None
        raise Refusal(f"standard output can't be written: {error.strerror}.") from None


def complain(message: str) -> None:
    """Print a text on standard error, in one line."""
    if sys.stderr is not None:
        print(f"hub-reference: {printable(' '.join(message.split()))}", file=sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal. Python has None for one that is closed from the start."""
    return stream is not None and stream.isatty()


class Warnings(logging.Handler):
    """Prints the client's warnings on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(record.getMessage())


def printable(text: str) -> str:
    """A text with escapes for what can't be printed: `\\x1b` for the control character."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start]
    if "\udc80" <= text <= "\udcff":  # how Python reads such a byte of a path
        return os.fsencode(text), error.start + 1
    return json.dumps(text)[1:-1], error.start + 1


codecs.register_error(_ESCAPES, _escaped)


def to_json(value: Any) -> str:
    """A value as indented JSON; see `_plain` for what JSON hasn't. Raises DatasetError for NaN and infinity."""
    return _json(value, indent=2)


def to_line(value: Any) -> str:
    """A value as JSON on one line; otherwise as `to_json`."""
    return _json(value, separators=(",", ":"))


def _json(value: Any, **form: Any) -> str:
    from reference_client.datasets.integers import to_json as json_of

    try:
        text = json_of(value, default=_plain, ensure_ascii=False, allow_nan=False, **form)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        from reference_client.datasets.errors import DatasetError

        raise DatasetError(f"this can't be written as JSON: {error}") from None
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table. In a terminal, columns that it is too narrow for are left out, beginning at the right."""
    listed = [head, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in listed) for column in range(len(head))]
    if is_terminal(sys.stdout):
        limit = shutil.get_terminal_size().columns
        while len(widths) > 1 and len(_GAP) * (len(widths) - 1) + sum(widths) > limit:
            widths.pop()
    return [_GAP.join(map(str.ljust, row, widths)).rstrip() for row in listed]


def readable_size(count: int) -> str:
    """A number of bytes as people read it: `109.1 MB`, the M for 1000²."""
    size, units = float(count), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while size >= 999.95 and unit != "TB":
        size, unit = size / 1000, next(units)
    return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"


def _plain(value: Any) -> Any:
    """Dataclasses are objects, times are in ISO 8601, bytes in base64; decimals and all else as Python writes them."""
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    is_object = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return dataclasses.asdict(value) if is_object else str(value)
