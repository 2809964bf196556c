"""What can't be downloaded into the store, and isn't, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, Hub
from conformance.selftest.reference_client.stores import contents
from conformance.traffic.exchange import Request, Response
from conformance.traffic.identity import TOKENS
from reference_client.datasets.store import DatasetConfig, Store, StoreError, StoreUsageError


def relist(change: Callable[[list[dict[str, object]]], object]) -> Callable[[Request, Response], Response]:
    """Change what the Hub lists."""

    def meddle(request: Request, response: Response) -> Response:
        if "/tree/" not in request.path:
            return response
        items = json.loads(response.body)
        change(items)
        body = json.dumps(items).encode()
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    return meddle


def test_a_pattern_without_a_match_is_an_error_that_lists_what_is_there(store: Store) -> None:
    """Also when others match: nothing is left out in silence, and nothing is fetched."""
    with pytest.raises(StoreUsageError, match=r"No file .* matches '\*\.csv'.*README\.md"):
        store.download(DatasetConfig(GSM8K, file_pattern=["*.md", "*.csv"]))
    assert not (store.root / "openai").exists()
    with pytest.raises(StoreUsageError, match="must be a file pattern"):
        store.download(DatasetConfig(GSM8K, file_pattern=[]))


@pytest.mark.parametrize("path", ["../../evil.parquet", "/evil.parquet", "a/../../b.parquet", "C:\\a.parquet", "a//b"])
def test_a_listing_that_leads_out_is_refused_whole(hub: Hub, store: Store, tmp_path: Path, path: str) -> None:
    """Not even the good files of such a list are fetched."""
    hub.meddle = relist(lambda items: items[-1].update(path=path))
    with pytest.raises(StoreError, match=r"is invalid|Invalid filename"):
        store.download(DatasetConfig(GSM8K))
    assert not (store.root / "openai").exists()
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    "change", [{"size": -1}, {"size": "many"}, {"size": True}, {"oid": 5, "lfs": None}, {"path": "\ud800"}]
)
def test_a_listing_that_makes_no_sense_is_an_error(hub: Hub, store: Store, change: dict[str, object]) -> None:
    """And not a traceback."""
    hub.meddle = relist(lambda items: items[-1].update(change))
    with pytest.raises(StoreError):
        store.download(DatasetConfig(GSM8K, file_pattern="**"))


def test_a_file_and_a_folder_of_one_name_are_an_error(hub: Hub, store: Store) -> None:
    """Before anything is fetched."""
    hub.meddle = relist(lambda items: items[-1].update(path="README.md/train.parquet"))
    with pytest.raises(StoreError, match=r"'README.md/train.parquet' and 'README.md' cannot both be"):
        store.download(DatasetConfig(GSM8K, file_pattern="**"))
    assert not (store.root / "openai").exists()


def test_names_that_differ_in_case_need_a_disk_that_tells_them_apart(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another one the second would overwrite the first."""
    hub.meddle = relist(lambda items: items.append(items[-1] | {"path": str(items[-1]["path"]).upper()}))
    monkeypatch.setattr("reference_client.datasets.store.place.Place.ignores_case", lambda _: True)
    with pytest.raises(StoreError, match="cannot both be on this disk"):
        store.download(DatasetConfig(GSM8K, file_pattern="**"))


@pytest.mark.parametrize(
    "repo", ["a/../../x", "..", "a/b/c", "/etc/passwd", "gsm8k", "", "a\\b/c", "a/b\n", "toString"]
)
def test_names_that_no_repository_has_are_refused_before_any_request(hub: Hub, store: Store, repo: str) -> None:
    """By every method, and nothing is written."""
    for call in (
        lambda: store.download(DatasetConfig(repo)),
        lambda: store.delete(repo),
        lambda: store.is_downloaded(repo),
    ):
        with pytest.raises(StoreUsageError):
            call()
    assert hub.requests() == []
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (DatasetConfig("conformance/gated", file_pattern="**"), "is gated: ask for access"),
        (DatasetConfig("conformance/none"), "no repository 'conformance/none'"),
        (DatasetConfig("conformance/disabled"), "has been disabled"),
        (DatasetConfig(GSM8K, revision="none"), "has no revision 'none'"),
        (DatasetConfig(GSM8K, revision="../../x"), "Invalid revision"),
    ],
)
def test_what_the_hub_refuses_is_said_in_plain_words(store: Store, config: DatasetConfig, message: str) -> None:
    """With what to do about it."""
    with pytest.raises(StoreError, match=message):
        store.download(config)


def test_the_token_of_the_config_is_sent_and_written_nowhere(store: Store) -> None:
    """It opens a private repository."""
    config = DatasetConfig("conformance/private", access_token=TOKENS["owner"], file_pattern="**")
    with pytest.raises(StoreError, match="no repository"):
        store.download(replace(config, access_token=None))
    store.download(config)
    assert TOKENS["owner"] not in repr(config)
    assert not any(TOKENS["owner"].encode() in data for data in contents(store.root).values())
