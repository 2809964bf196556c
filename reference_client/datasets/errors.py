"""What can be wrong with a repository that is read as a table."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Iterable

from reference_client.limits import LISTED, SHOWN
from reference_client.urls import printable

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, SHOWN, SHOWN


class DatasetCardError(ValueError):
    """The card describes its configs in an invalid way."""


class DataFilesNotFoundError(FileNotFoundError):
    """No file of a kind that holds rows, or not the one that the card or the caller names."""


class DatasetScriptError(RuntimeError):
    """The dataset is loaded by its own program, which this client never runs."""


class DatasetError(ValueError):
    """A file on disk doesn't hold what the dataset should: it is missing, damaged, or of another form.

    The message names the file, the row where one is to blame (counted from 0 in that file), the column, and what was
    expected.
    """


def shown(value: object) -> str:
    """A foreign value as a message may show it. It is shortened first, for writing all of it may take for ever."""
    try:
        return printable(_SHORT.repr(value))
    except (ValueError, RecursionError):  # a number of more digits than Python writes
        return f"a {type(value).__name__}"


def is_text(value: str) -> bool:
    """Whether a text has no half of a surrogate pair, as Python makes them of bytes that are not UTF-8."""
    return value.encode("utf-8", "replace").decode() == value


def reason(error: Exception) -> str:
    """What an error of Python's says, without its advice to change a limit of the interpreter: the limit protects."""
    return str(error).partition("; use sys.")[0]


def listed(names: Iterable[str]) -> str:
    """Foreign names as a message may list them."""
    left = iter(names)
    first = [printable(name) for name in itertools.islice(left, LISTED)]
    more = sum(1 for _ in left)
    return ", ".join(first) + (f", and {more} more" if more else "")
