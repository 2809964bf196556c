"""The messages: to JSON and back, what is refused, and that the description tells the truth."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from conformance import protocol
from conformance.author.probes import SAMPLES
from conformance.protocol import checked
from conformance.protocol.errors import ERROR_KINDS, ProtocolError
from conformance.protocol.messages import (
    Answer,
    Bye,
    Call,
    Context,
    Error,
    Hello,
    Page,
    PortInfo,
    Request,
    Result,
    Unimplemented,
    Unsupported,
    Welcome,
    decode_request,
    encode,
)

README = Path(protocol.__path__[0], "README.md").read_text(encoding="utf-8")


def over_the_wire(message: dict[str, Any]) -> dict[str, Any]:
    travelled: dict[str, Any] = json.loads(json.dumps(message))
    return travelled


@pytest.mark.parametrize(
    "request_",
    [
        Hello(1, "0.1.0"),
        Call(2, "whoami", {"token": False}, Context("http://hub", None, offline=True, env={"A": "b"})),
        Bye(3),
    ],
)
def test_requests_survive_the_journey(request_: Request) -> None:
    """What the suite sends, a shim in Python reads."""
    assert decode_request(over_the_wire(checked.request(request_))) == request_


@pytest.mark.parametrize(
    "answer",
    [
        Welcome(1, 1, PortInfo("mine", "1.0", "go", "go1.27", operations=("whoami",))),
        Page(2, [{"n": 1}, {}]),
        Result(2, None),
        Result(2, [{"path": "é"}]),
        Error(3, "gated_repo", "hub.Gated", "no", 403, "Root=1"),
        Error(3, "other", "hub.Odd", "no"),
        Unsupported(4, "never will"),
        Unimplemented(5, "not yet"),
    ],
)
def test_answers_survive_the_journey(answer: Answer | Page) -> None:
    """What a shim answers, the suite reads."""
    assert checked.answer(over_the_wire(encode(answer))) == answer


def test_what_may_be_missing_may_be_null() -> None:
    """Null in a key that may be missing says no more than if it were."""
    port: dict[str, Any] = {
        "name": "mine",
        "version": "1",
        "language": "go",
        "operations": [],
        "homepage": None,
        "runtime": None,
    }
    welcome = checked.answer({"type": "welcome", "id": 1, "protocol": 1, "port": port})
    assert welcome == Welcome(1, 1, PortInfo("mine", "1", "go"))


def test_unknown_keys_are_ignored() -> None:
    """A key that the protocol does not know does no harm, in either direction."""
    assert checked.answer({"type": "result", "id": 1, "value": 2, "took": 0.1}) == Result(1, 2)
    assert decode_request({**encode(Bye(3)), "reason": "done"}) == Bye(3)


def test_each_side_has_messages_of_its_own() -> None:
    """A port cannot say what the suite says."""
    with pytest.raises(ProtocolError, match="\"type\" is 'bye'; it must be one of: welcome, page, result"):
        checked.answer({"type": "bye", "id": 1})


def test_the_description_lists_the_error_kinds() -> None:
    """The table in the README is the list in the code."""
    table = README.partition("## Error kinds")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)) == ERROR_KINDS


def test_the_conversation_in_the_description_follows_the_protocol() -> None:
    """Every message of the worked example can be read."""
    example = README.partition("## A conversation")[2].partition("```\n")[2].partition("```")[0]
    context = json.dumps(asdict(Context("http://hub", None)))
    lines = re.sub(r"\n {3,}", " ", example).replace("{…}", context).splitlines()
    said = [(line[0], json.loads(line[2:])) for line in lines]
    for side, message in said:
        if side == ">":
            checked.request(decode_request(message))
        else:
            checked.answer(message)
    assert [message["type"] for _, message in said] == [
        *("hello", "welcome"),
        *("call", "result", "call", "error"),
        *("call", "page", "page", "result"),
        "bye",
    ]


def test_the_description_names_every_operation() -> None:
    """The table of operations names those that the probes try, which are all."""
    table = README.partition("## Operations and their values")[2].partition("| shape |")[0]
    named = {name for row in re.findall(r"^\| (`\w+`.*?) \|", table, re.MULTILINE) for name in _operations(row)}
    assert named == set(SAMPLES)


def _operations(cell: str) -> list[str]:
    """`a`, `b` (`argument`): text → a and b."""
    return re.findall(r"`(\w+)`", cell.partition(" (")[0])
