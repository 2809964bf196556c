"""What a Python library logs, at whatever level: a secret in a debug record is a secret in a user's log file."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Final, TextIO

from conformance.traffic.identity import TOKENS

_MARK: Final = os.path.commonprefix(list(TOKENS.values()))  # noqa: RUF071
"""What every token of the suite begins with, and nothing else."""


@contextlib.contextmanager
def kept(library: str, stream: TextIO) -> Iterator[None]:
    """While this is open, what is shown of the library's log is written to a stream, and every record with a token.

    All records are looked at that reach the root logger, those of the library's HTTP client among them. What is not
    shown by default and holds no token is left out: it would bury the rest.

    Args:
        library: the name of the library's own logger, its module.
    """
    root, own = logging.getLogger(), logging.getLogger(library)
    handler = _Telling(stream, library, own.getEffectiveLevel())
    before = [(logger, logger.level, logger.propagate) for logger in (root, own)]
    # Libraries often give their own logger a level and let nothing propagate; its handlers would repeat each record.
    handlers, own.handlers = own.handlers, []
    root.addHandler(handler)
    for logger in (root, own):
        logger.setLevel(logging.DEBUG)
    own.propagate = True
    try:
        yield
    finally:
        root.removeHandler(handler)
        own.handlers = [*handlers, *own.handlers]
        for logger, level, propagate in before:
            logger.setLevel(level)
            logger.propagate = propagate


class _Telling(logging.Handler):
    """Writes the records that matter: the library's from a level on, and any with a token in it."""

    def __init__(self, stream: TextIO, library: str, level: int) -> None:
        super().__init__(logging.DEBUG)
        self._stream = stream
        self._library = library
        self._level = level

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except Exception:  # a record whose arguments do not fit its text is the library's affair
            return
        is_own = record.name == self._library or record.name.startswith(f"{self._library}.")
        if (is_own and record.levelno >= self._level) or _MARK in text:
            self._stream.write(f"{text}\n")
