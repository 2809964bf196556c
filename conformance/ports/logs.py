"""What a Python library logs, at whatever level: a secret in a debug record is a secret in somebody's log file."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def kept(library: str, stream: TextIO) -> Iterator[None]:
    """While this is open, every record that reaches the root logger is written to a stream.

    Records of the library's HTTP client are among them. Libraries often give their own logger a level and do not
    propagate, so that one is changed as well.

    Args:
        library: the name of the library's own logger, its module.
    """
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    own = logging.getLogger(library)
    loggers = (root, own)
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    own.propagate = True
    handlers, own.handlers = own.handlers, []  # they would repeat each record on the suite's own standard error
    try:
        yield
    finally:
        root.removeHandler(handler)
        own.handlers = [*handlers, *own.handlers]
        for logger, level, propagate in before:
            logger.setLevel(level)
            logger.propagate = propagate
