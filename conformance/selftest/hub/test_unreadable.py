"""Content of a repository that cannot be parsed breaks no answer of the stand-in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.hub import StandInHub
from conformance.hub.repository import Commit, Repository, RepoType, utc
from conformance.selftest.hub.asking import Asking
from conformance.traffic.compact import to_json


def _about(repo_type: RepoType, files: dict[str, bytes]) -> Any:
    """The information about a repository with these files, parsed as strictly as RFC 8259 has it."""
    commit = Commit.of(files, title="initial commit", date=utc("2026-10-01T08:00:00"))
    ask = Asking(StandInHub([Repository("someone/something", {"main": commit}, repo_type)]))
    response = ask(f"/api/{repo_type}s/someone/something")
    assert response.status == 200, response.body

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(response.body, parse_constant=refuse)


def _many(form: str) -> bytes:
    """A card of a few hundred bytes whose aliases make four hundred million values."""
    lines = ["a0: &a0 {x: 1, y: 2, z: 3}"]
    lines += [f"a{number}: &a{number} " + form.format(", ".join([f"*a{number - 1}"] * 9)) for number in range(1, 10)]
    return "\n".join(["---", *lines, "---", ""]).encode()


@pytest.mark.parametrize("repo_type", ["dataset", "model"])
@pytest.mark.parametrize(
    "readme",
    [
        b"---\na: [\n---\n",
        b"---\n- a\n---\n",
        b"---\nabc\n---\n",
        b"---\nd: 2024-13-01\n---\n",
        b"---\nx: !!python/object/apply:os.getcwd []\n---\n",
        b"---\na: &a [*a]\n---\n",
        b"---\n" + b"{a: " * 3000 + b"\n---\n",
        _many("[{}]"),
        _many("{{<<: [{}]}}"),
    ],
)
def test_a_card_that_is_no_mapping_is_left_out(repo_type: RepoType, readme: bytes) -> None:
    assert "cardData" not in _about(repo_type, {"README.md": readme})


@pytest.mark.parametrize("repo_type", ["dataset", "model"])
@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        (b"2024-01-02", "2024-01-02"),
        (b"2024-01-02 03:04:05", "2024-01-02T03:04:05"),
        (b".nan", None),
        (b"!!binary QQ==", None),
        (b"!!set {a, b}", None),
        (b"\xe9", "\N{REPLACEMENT CHARACTER}"),
        (b'"\\ud83d"', "\ud83d"),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b"0x" + b"f" * 5000, None),
    ],
)
def test_a_card_is_json(repo_type: RepoType, yaml: bytes, value: object) -> None:
    """What YAML has and JSON has not: a date is its text, the rest is null."""
    assert _about(repo_type, {"README.md": b"---\nd: " + yaml + b"\n---\n"})["cardData"] == {"d": value}


@pytest.mark.parametrize("config", [b"{broken", b"[]", b"\xff", b'{"architectures": NaN}'])
def test_a_config_that_is_no_object_is_empty(config: bytes) -> None:
    assert _about("model", {"config.json": config})["config"] == {}


@pytest.mark.parametrize("config", [b'{"model_type": 1e999}', b'{"model_type": -1e999}'])
def test_a_config_with_a_number_too_large_for_json(config: bytes) -> None:
    assert _about("model", {"config.json": config})["config"] == {"model_type": None}


def test_half_a_surrogate_pair_is_escaped() -> None:
    """As `JSON.stringify` does: UTF-8 has no bytes for it."""
    assert to_json({"a": "\udc00", "b": "\ud83d\ude00"}) == b'{"a":"\\udc00","b":"\xf0\x9f\x98\x80"}'


def test_attributes_of_any_bytes() -> None:
    """Their other lines still count."""
    files = {".gitattributes": b"\xff filter=lfs\n*.bin filter=lfs\n", "a.bin": b"1"}
    assert Commit.of(files, title="initial commit", date=utc("2026-10-01T08:00:00")).files["a.bin"].lfs


def test_a_body_that_is_nested_without_end_is_refused() -> None:
    commit = Commit.of({"a": b"1"}, title="initial commit", date=utc("2026-10-01T08:00:00"))
    ask = Asking(StandInHub([Repository("someone/something", {"main": commit})]))
    sent = {"Content-Type": "application/json"}
    target = "/api/datasets/someone/something/paths-info/main"
    assert ask(target, method="POST", sent=sent, body=b"[" * 100_000).status == 400


def _weights(shape: str) -> bytes:
    header = f'{{"a":{{"dtype":"F32","shape":{shape}}}}}'.encode()
    return len(header).to_bytes(8, "little") + header


@pytest.mark.parametrize(
    "weights",
    [
        b"\x01",
        b"",
        b"\x02" + b"\0" * 7 + b"[]",
        b"\x07" + b"\0" * 7 + b'{"a":1}',
        _weights("[-1]"),
        _weights("[1.5]"),
        _weights("[1e999]"),
        _weights(f"[{','.join(['10'] * 5000)}]"),
    ],
)
def test_weights_that_are_none_are_not_counted(weights: bytes) -> None:
    assert "safetensors" not in _about("model", {"model.safetensors": weights})
