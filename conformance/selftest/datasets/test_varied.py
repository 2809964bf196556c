"""Rows of datasets with other types, forms, cards and layouts than the recorded ones, by way of the stand-in Hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.hub import StandInHub, serve
from conformance.selftest.datasets import varied
from conformance.selftest.datasets.varied import DIGITS, LONG, MOMENT, ROWS
from reference_client import snapshot_download
from reference_client.datasets import get_data_files, get_dataset_config_names, load_rows
from reference_client.datasets.adapters.deepcoder import DeepCoder
from reference_client.datasets.adapters.openthoughts import OpenThoughts, OpenThoughts3
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError, DatasetError


class Place:
    """Where the datasets are, and where their files go."""

    def __init__(self, hub: StandInHub, endpoint: str, cache: Path) -> None:
        self.hub = hub
        self.options: dict[str, Any] = {"endpoint": endpoint, "cache_dir": cache, "token": False}

    def rows(self, name: str, file: str | None = None, **options: Any) -> list[dict[str, Any]]:
        return list(load_rows(f"varied/{name}", data_files=file, **options, **self.options))

    def folder(self, name: str) -> Path:
        return Path(snapshot_download(f"varied/{name}", repo_type="dataset", **self.options))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    hub = StandInHub(varied.repositories())
    with serve(hub) as origins:
        yield Place(hub, origins.url("hub"), tmp_path)


@pytest.mark.parametrize("stored", ["plain", "dictionary", "view", "large", "list-view", "fixed"])
def test_the_same_values_in_another_arrow_type_are_the_same_rows(place: Place, stored: str) -> None:
    if f"{stored}.parquet" not in varied.arrow_types().head.files:
        pytest.skip("this version of Arrow doesn't write it")
    found = place.rows("arrow-types", f"{stored}.parquet")
    assert found == ROWS
    assert [type(row["text"]) for row in found] == [str, str]


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_of_episodes_as_timestamps(
    unit: str, zone: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their unit and zone; what a microsecond has more than is cut."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    hub = StandInHub([varied.episodes(unit, zone)])
    with serve(hub) as origins:
        folder = Place(hub, origins.url("hub"), tmp_path).folder("episodes")
    (found,) = OpenThoughts(folder).stream_trajectories()
    digits = {"s": 0, "ms": 3, "us": 6, "ns": 6}[unit]
    moment = MOMENT.replace(microsecond=MOMENT.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits))
    local = "2025-11-02T10:30:00" if zone == "Europe/Paris" else "2025-11-02T09:30:00"
    suffix = {None: "", "UTC": "+00:00", "Europe/Paris": "+01:00"}[zone]
    fraction = f".{moment.microsecond:06d}" if moment.microsecond else ""
    assert found["steps"][0]["timestamp"] == f"{local}{fraction}{suffix}"


def test_rows_with_a_difficulty_beside_rows_without(place: Place) -> None:
    found = list(OpenThoughts3(place.folder("thoughts")).rows())
    expected = [("code", 7), ("math", None), ("science", None), ("code", 1)]
    assert [(row["domain"], row["difficulty"]) for row in found] == expected
    assert all([message["role"] for message in row["messages"]] == ["user", "assistant"] for row in found)


def test_forms_of_tests_in_their_configs(place: Place) -> None:
    problems = DeepCoder(place.folder("programs"))
    called = {"testtype": "functional"}
    found = {
        (config, split): [(row["tests"], row["func_name"]) for row in problems.rows(config, split)]
        for config, split in (("primeintellect", "train"), ("codeforces", "test"), ("taco", "train"))
    }
    assert found == {
        ("primeintellect", "train"): [
            ([{"input": "[3, 2, 3]", "output": "3", **called}], "f"),
            ([{"input": "1", "output": "2", "testtype": "stdin"}], None),
        ],
        ("codeforces", "test"): [([{"input": "1\n", "output": "2\n", "testtype": "stdin"}], None)],
        ("taco", "train"): [
            ([{"input": "[1, 2]\n3", "output": "4", **called}], "f"),
            ([{"input": DIGITS, "output": "1", **called}], "f"),
        ],
    }


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("long", [{"a": 1, "b": "x"}, {"a": 2, "b": LONG}]),
        ("dates", [{"d": "2024-01-02", "t": "12:30:00", "m": "2024-01-02 10:11:12"}]),
        ("same-names", [{"a": 1, "a.1": 2, "a.2": 3}]),
        ("large-integers", [{"a": 2**63, "b": -(2**63) - 1}]),
    ],
)
def test_tables_that_are_read(place: Place, file: str, rows: list[dict[str, Any]]) -> None:
    assert place.rows("separated", f"{file}.csv") == rows


def test_the_last_row_decides_the_type_of_a_column(place: Place) -> None:
    found = place.rows("separated", "text-at-the-end.csv")
    assert (len(found), found[0], found[-1]) == (1_000_001, {"a": "1"}, {"a": "x"})


def test_the_delimiter_is_that_of_the_name(place: Place) -> None:
    assert place.rows("separated", "semicolons.tsv") == [{"a": "1;2", "b": 3}]


@pytest.mark.parametrize(("file", "says"), [("not-utf8", "is not UTF-8"), ("short-row", "row 1 has 1 values")])
def test_tables_that_are_refused(place: Place, file: str, says: str) -> None:
    with pytest.raises(DatasetError, match=says) as caught:
        place.rows("separated", f"{file}.csv")
    assert "again" not in str(caught.value)


@pytest.mark.parametrize(("name", "configs"), [("late-front-matter", ["x"]), ("same-configs", ["a"])])
def test_cards_that_choose_the_second_file(place: Place, name: str, configs: list[str]) -> None:
    assert get_dataset_config_names(f"varied/{name}", **place.options) == configs
    assert place.rows(name) == [{"n": 2}]


def test_a_parameter_that_would_make_other_rows_is_refused(place: Place) -> None:
    with pytest.raises(DatasetCardError, match="sep"):
        place.rows("parameters")


def test_files_of_a_split_come_in_the_order_of_its_words(place: Place) -> None:
    files = get_data_files("varied/words-of-a-split", **place.options)
    assert files == {"validation": ["valid/b.csv", "dev/a.csv"], "test": ["test/d.csv", "eval/c.csv"]}
    assert place.rows("words-of-a-split", split="validation") == [{"n": 2}, {"n": 1}]


@pytest.mark.parametrize(("name", "kind"), [("images", "image"), ("sounds", "audio"), ("texts", "text")])
def test_a_side_file_is_not_the_table(place: Place, name: str, kind: str) -> None:
    with pytest.raises(DataFilesNotFoundError, match=f"are {kind}, which"):
        place.rows(name)


def test_a_shard_of_an_impossible_split_is_named(place: Place) -> None:
    with pytest.raises(ValueError, match="'a-b'"):
        place.rows("impossible-split", split="train")
