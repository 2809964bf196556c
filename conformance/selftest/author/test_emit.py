"""`emit` prints what a shim gets: nothing else, and nothing of the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.author import conversation
from conformance.catalogue.check import all_checks
from conformance.protocol.messages import Bye, Call, Hello, decode_request
from conformance.selftest.author.conftest import Command

HUB = "https://hub.example"


@pytest.mark.parametrize(
    ("id", "operations"),
    [
        ("download/git-file[gsm8k]", ["hf_hub_download"]),
        ("info/sha-is-the-head[gsm8k]", ["dataset_info"]),
        ("errors/missing-repository[contract]", ["dataset_info", "dataset_info"]),
        ("download/recovers-from-a-cut[gsm8k]", ["hf_hub_download"]),
    ],
)
def test_the_messages_follow_the_protocol(id: str, operations: list[str]) -> None:
    """A hello, the calls and a bye, numbered from 1, with the endpoint and the cache that were given."""
    if id not in all_checks():
        pytest.skip(f"there is no check {id}")
    calls, problem = conversation.calls_of(all_checks()[id], HUB, "/cache/hub", "/ca.pem")
    assert problem is None
    requests = [decode_request(json.loads(line)) for line in conversation.lines(calls)]
    assert [request.id for request in requests] == list(range(1, len(requests) + 1))
    assert isinstance(requests[0], Hello)
    assert isinstance(requests[-1], Bye)
    found = [request for request in requests if isinstance(request, Call)]
    assert [call.operation for call in found] == operations
    assert {call.context.endpoint for call in found} == {HUB}
    assert found[-1].context.cache_dir == "/cache/hub", "a control step before has a cache beside it"


def test_other_places_are_moved_too() -> None:
    """What a check says of a folder of its own, or of the Hub in the environment, stands at the place given.

    A proxy is the check's own server: it has no other place.
    """
    moved = ("environment/", "download/local-dir-holds")
    ids = [id for id in all_checks() if id.startswith(moved) and "proxy" not in id]
    assert ids
    for id in ids[:12]:
        calls, _ = conversation.calls_of(all_checks()[id], HUB, "/cache/hub", "/ca.pem")
        text = json.dumps(calls)
        assert "127.0.0.1" not in text, id
        assert "hub-conformance-" not in text, id


def test_standard_output_is_for_messages(command: Command, tmp_path: Path) -> None:
    """The hint that nobody answers yet goes to standard error, and is gone when an endpoint is given."""
    ended = command("emit", "download/git-file[gsm8k]")
    assert ended.returncode == 0
    assert [json.loads(line)["type"] for line in ended.stdout.splitlines()] == ["hello", "call", "bye"]
    assert "nothing listens at" in ended.stderr
    ended = command("emit", "download/git-file[gsm8k]", "--endpoint", f"{HUB}/", "--cache-dir", "here")
    assert ended.stderr == ""
    context = json.loads(ended.stdout.splitlines()[1])["context"]
    assert context["endpoint"] == HUB
    assert context["cache_dir"] == str(tmp_path / "here")


def test_an_endpoint_is_a_url(command: Command) -> None:
    """Anything else is refused with one line."""
    ended = command("emit", "download/git-file[gsm8k]", "--endpoint", "localhost")
    assert ended.returncode == 2
    assert "not a URL" in ended.stderr
