"""What the Hub's JSON must be: checked field by field where it comes in, so that nothing behind has to ask again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from reprlib import Repr
from typing import TYPE_CHECKING, Any, TypeVar

from reference_client.errors import FileMetadataError
from reference_client.limits import FILE_BYTES
from reference_client.urls import printable, without_query

if TYPE_CHECKING:  # urllib3 takes long to import, and a warm cache doesn't need it
    from reference_client.transport import Response

Parsed = TypeVar("Parsed")

_NAMES = {str: "a text", int: "a number", dict: "an object", list: "a list"}
_short = Repr()


class AnswerError(FileMetadataError):
    """An answer that no Hub gives: another status, no JSON, or JSON of another form."""


class FieldError(ValueError):
    """A field is not what it should be."""

    def __init__(self, name: str, kind: str, value: object) -> None:
        super().__init__(f"{name} should be {kind}, and is {printable(_short.repr(value))}")


@contextlib.contextmanager
def answer_of(url: str) -> Iterator[None]:
    """Let what cannot be right in an answer be an AnswerError that names where it comes from."""
    try:
        yield
    except RecursionError:
        raise AnswerError(f"The answer of {without_query(url)} cannot be right: it goes down without end.") from None
    except ValueError as error:
        if isinstance(error, OSError):
            raise
        raise AnswerError(
            f"The answer of {without_query(url)} cannot be right: {printable(str(error)).rstrip('.')}."
        ) from error


def read(response: Response, parse: Callable[[Any], Parsed]) -> Parsed:
    """What an answer says. Raises AnswerError if that can't be right."""
    with answer_of(response.url):
        if response.status_code != 200:
            raise ValueError(f"its status is {response.status_code}")
        try:
            said = response.json()
        except ValueError as error:
            raise ValueError(f"it is no JSON ({error})") from error
        return parse(said)


def an_object(said: Any, name: str = "it") -> Mapping[str, Any]:
    """The value itself. Raises FieldError if it is no object."""
    return _is(said, dict, name)  # type: ignore[no-any-return]


def a_list(said: Any, name: str = "it") -> list[Any]:
    """The value itself. Raises FieldError if it is no list."""
    return _is(said, list, name)  # type: ignore[no-any-return]


def text(said: Mapping[str, Any], name: str) -> str:
    """A field that must be a text."""
    return _is(said.get(name), str, name)  # type: ignore[no-any-return]


def text_or_none(said: Mapping[str, Any], name: str) -> str | None:
    """A field that must be a text, if it is there."""
    return None if said.get(name) is None else text(said, name)


def size(said: Mapping[str, Any], name: str) -> int:
    """A field that must be a number of bytes."""
    found = said.get(name)
    if type(found) is not int or not 0 <= found <= FILE_BYTES:
        raise FieldError(name, f"a number up to FILE_BYTES = {FILE_BYTES}", found)
    return found


def _is(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise FieldError(name, _NAMES[kind], value)
    return value
