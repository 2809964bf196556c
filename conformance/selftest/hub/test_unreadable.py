"""Content of a repository that cannot be parsed breaks no answer of the stand-in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.hub import StandInHub
from conformance.hub.repository import Commit, Repository, RepoType, utc
from conformance.selftest.hub.asking import Asking


def _about(repo_type: RepoType, files: dict[str, bytes]) -> Any:
    """The information about a repository with these files, parsed as strictly as RFC 8259 has it."""
    commit = Commit.of(files, title="initial commit", date=utc("2026-10-01T08:00:00"))
    ask = Asking(StandInHub([Repository("someone/something", {"main": commit}, repo_type)]))
    response = ask(f"/api/{repo_type}s/someone/something")
    assert response.status == 200, response.body

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(response.body, parse_constant=refuse)


@pytest.mark.parametrize("repo_type", ["dataset", "model"])
@pytest.mark.parametrize(
    "readme",
    [
        b"---\na: [\n---\n",
        b"---\n- a\n---\n",
        b"---\nabc\n---\n",
        b"---\nd: 2024-13-01\n---\n",
        b"---\nx: !!python/object/apply:os.getcwd []\n---\n",
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
    ],
)
def test_a_card_is_json(repo_type: RepoType, yaml: bytes, value: object) -> None:
    """What YAML has and JSON has not: a date is its text, the rest is null."""
    assert _about(repo_type, {"README.md": b"---\nd: " + yaml + b"\n---\n"})["cardData"] == {"d": value}


@pytest.mark.parametrize("config", [b"{broken", b"[]", b"\xff", b'{"architectures": NaN}'])
def test_a_config_that_is_no_object_is_empty(config: bytes) -> None:
    assert _about("model", {"config.json": config})["config"] == {}


@pytest.mark.parametrize("weights", [b"\x01", b"", b"\x02" + b"\0" * 7 + b"[]", b"\x07" + b"\0" * 7 + b'{"a":1}'])
def test_weights_that_are_none_are_not_counted(weights: bytes) -> None:
    assert "safetensors" not in _about("model", {"model.safetensors": weights})
