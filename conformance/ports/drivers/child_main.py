"""The shim of Python ports as a program: `python -m conformance.ports.drivers.child_main ADAPTER MODULE NAME`.

Standard output belongs to the protocol. What the library prints, and what C code under it prints, goes to
standard error, and so does what it logs, at whatever level.
"""

from __future__ import annotations

import functools
import io
import json
import os
import sys
from collections.abc import Callable
from typing import TextIO

from conformance.ports import environment
from conformance.ports.adapters import adapter
from conformance.ports.adapters.adapter import Adapter
from conformance.ports.drivers import guard, logs
from conformance.protocol import tagged
from conformance.protocol.messages import (
    Answer,
    Bye,
    Hello,
    Page,
    Request,
    Unsupported,
    Welcome,
    decode_request,
    encode,
)
from conformance.protocol.output import stray

SPEAKS = 1
"""The protocol version of this shim."""


def main(adapter_class: str, module: str, name: str) -> None:
    """Answer the suite until it says bye or closes standard input."""
    requests, answers = _take_standard_streams()
    library = adapter.load(adapter_class)(module, name)
    answer = functools.partial(_answer, library, module)
    for line in requests:
        request = decode_request(json.loads(line))
        if isinstance(request, Bye):
            break
        _write(answers, answer(request, functools.partial(_write, answers)))


def _write(answers: TextIO, message: Answer | Page) -> None:
    answers.write(tagged.dumps(encode(message)) + "\n")
    answers.flush()


def _answer(library: Adapter, module: str, request: Request, send: Callable[[Page], None]) -> Answer:
    match request:
        case Hello():
            if not request.oldest <= SPEAKS <= request.newest:
                return Unsupported(request.id, f"this shim speaks protocol {SPEAKS} only")
            return Welcome(request.id, SPEAKS, library.info)
        case Bye():
            raise ValueError("a bye has no answer")
    with (
        environment.applied(environment.for_call(request.context)),
        guard.loopback_only(),
        logs.kept(module, sys.stderr),
    ):
        return library.answer(request, send)


def _take_standard_streams() -> tuple[TextIO, TextIO]:
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = _Stray()
    return requests, answers


class _Stray(io.TextIOBase):
    """What Python code prints: shown on standard error, and kept apart from what was written there."""

    def __init__(self) -> None:
        self._line = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        sys.stderr.write("".join(map(stray, lines)))
        return len(text)

    def flush(self) -> None:
        if self._line:
            sys.stderr.write(stray(self._line))
            self._line = ""
        sys.stderr.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
