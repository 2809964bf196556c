"""The messages: to JSON and back, what is refused, and that the description tells the truth."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conformance import protocol
from conformance.protocol.errors import ERROR_KINDS, ProtocolError
from conformance.protocol.messages import (
    Answer,
    Bye,
    Call,
    Context,
    Error,
    Hello,
    PortInfo,
    Request,
    Result,
    Unimplemented,
    Unsupported,
    Welcome,
    decode_answer,
    decode_request,
    encode,
)

README = Path(protocol.__path__[0], "README.md").read_text(encoding="utf-8")


def over_the_wire(message: Request | Answer) -> dict[str, Any]:
    travelled: dict[str, Any] = json.loads(json.dumps(encode(message)))
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
    assert decode_request(over_the_wire(request_)) == request_


@pytest.mark.parametrize(
    "answer",
    [
        Welcome(1, 1, PortInfo("mine", "1.0", "go", "go1.27", operations=("whoami",))),
        Result(2, None),
        Result(2, [{"path": "é"}]),
        Error(3, "gated_repo", "hub.Gated", "no", 403, "Root=1"),
        Error(3, "other", "hub.Odd", "no"),
        Unsupported(4, "never will"),
        Unimplemented(5, "not yet"),
    ],
)
def test_answers_survive_the_journey(answer: Answer) -> None:
    """What a shim answers, the suite reads."""
    assert decode_answer(over_the_wire(answer)) == answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, '"type" is None; a port answers with'),
        ({"type": "result", "id": 1}, "\"value\" is missing in a message of type 'result'"),
        ({"type": "result", "id": "1", "value": 2}, "\"id\" is '1'; it must be a whole number"),
        ({"type": "result", "id": True, "value": 2}, '"id" is True; it must be a whole number'),
        ({"type": "unsupported", "id": 1}, '"reason" is missing'),
        (
            {"type": "error", "id": 1, "kind": "odd", "native": "", "message": ""},
            "\"kind\" is 'odd'; it must be one",
        ),
        (
            {"type": "error", "id": 1, "kind": "other", "native": "", "message": "", "status": "404"},
            "\"status\" is '404'; it must be a whole number or null",
        ),
        ({"type": "welcome", "id": 1, "protocol": 1, "port": {"name": "x"}}, '"version" is missing'),
    ],
)
def test_a_wrong_answer_is_told_what_to_send(answer: dict[str, Any], told: str) -> None:
    """The message names the key, what it was and what it must be."""
    with pytest.raises(ProtocolError) as raised:
        decode_answer(answer)
    assert told in str(raised.value)


def test_the_description_lists_the_error_kinds() -> None:
    """The table in the README is the list in the code."""
    table = README.partition("## Error kinds")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)) == ERROR_KINDS


def test_the_conversation_in_the_description_follows_the_protocol() -> None:
    """Every message of the worked example can be read."""
    example = README.partition("## A conversation")[2].partition("```\n")[2].partition("```")[0]
    context = json.dumps({"offline": False, "env": {}})
    lines = re.sub(r"\n {3,}", " ", example).replace("{…}", context).splitlines()
    decoders = {">": decode_request, "<": decode_answer}
    messages = [decoders[line[0]](json.loads(line[2:])) for line in lines]
    assert [message.type for message in messages] == [
        *("hello", "welcome"),
        *("call", "result", "call", "error"),
        "bye",
    ]
