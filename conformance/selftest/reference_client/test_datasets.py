"""Patterns, names and cards as the reference client understands them, beyond what the checks ask of every port."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_client.datasets.card import Config, default_config, read_configs
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError, DatasetError
from reference_client.datasets.files import check_shards, format_of
from reference_client.datasets.patterns import by_name, matching
from reference_client.datasets.rows import read_rows

PATHS = ["a.csv", "d/a.csv", "d/b.csv", "d/e/c.csv", ".h/a.csv", "d/.h.csv", "__x__/a.csv", "d/[1].csv"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.csv", ["a.csv"]),
        ("*.csv", ["a.csv"]),
        ("d/*", ["d/[1].csv", "d/a.csv", "d/b.csv"]),
        ("d/[ab].csv", ["d/a.csv", "d/b.csv"]),
        ("d/[!a].csv", ["d/b.csv"]),
        ("d/?.csv", ["d/a.csv", "d/b.csv"]),
        ("**", ["a.csv", "d/[1].csv", "d/a.csv", "d/b.csv", "d/e/c.csv"]),
        ("**/a.csv", ["a.csv", "d/a.csv"]),
        ("d/**", ["d/[1].csv", "d/a.csv", "d/b.csv", "d/e/c.csv"]),
        ("d/**/c.csv", ["d/e/c.csv"]),
        (".h/*", [".h/a.csv"]),
        ("d/.*", ["d/.h.csv"]),
        ("__x__/*", ["__x__/a.csv"]),
        ("e/*", []),
    ],
)
def test_patterns(pattern: str, expected: list[str]) -> None:
    assert matching(pattern, PATHS) == expected


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["data/train-00000-of-00001.parquet", "test.csv"], {"train": ["data/train-00000-of-00001.parquet"]}),
        (
            ["data/b-00000-of-00001-abc.parquet", "data/test-00000-of-00001.parquet"],
            {"test": ["data/test-00000-of-00001.parquet"], "b": ["data/b-00000-of-00001-abc.parquet"]},
        ),
        (["train/a.csv", "train/test.csv"], {"train": ["train/a.csv", "train/test.csv"]}),
        (["my-dev2/a.csv", "b.csv"], {"validation": ["my-dev2/a.csv"]}),
        (["train.csv", "latest.csv", "valid.csv"], {"train": ["train.csv"], "validation": ["valid.csv"]}),
        (["latest.csv", "b.csv"], {"train": ["b.csv", "latest.csv"]}),
        ([".hidden.csv"], {}),
    ],
)
def test_splits_by_name(paths: list[str], expected: dict[str, list[str]]) -> None:
    assert list(by_name(paths).items()) == list(expected.items())


@pytest.mark.parametrize(
    "front",
    [
        "configs: main",
        "configs:\n- data_files: a.csv",
        "configs:\n- config_name: a\n  data_files: 3",
        "configs:\n- config_name: a\n  data_files: []",
        "configs:\n- config_name: a\n  data_files:\n  - split: has-dash\n    path: a.csv",
        "configs:\n- config_name: a\n  data_files:\n  - split: b\n    path: a.csv\n  - split: b\n    path: c.csv",
        "configs: [",
        "configs:\n- config_name: ''\n  data_files: a.csv",
        "a line",
        "[a, b]",
        "''",
        "0",
    ],
)
def test_cards_that_cannot_be_followed(front: str) -> None:
    with pytest.raises(DatasetCardError):
        read_configs(f"---\n{front}\n---\n")


@pytest.mark.parametrize("front", ["", "# nothing", "null", "{}", "a: b"])
def test_cards_that_declare_nothing(front: str) -> None:
    assert [config.name for config in read_configs(f"---\n{front}\n---\n")] == ["default"]


def test_default_config() -> None:
    """One alone, one so marked, one so named; several are a contradiction."""
    one, other = Config("a"), Config("b")
    assert default_config([one]) is one
    assert default_config([one, other]) is None
    assert default_config([one, Config("default")]) == Config("default")
    assert default_config([one, Config("b", is_default=True)]) == Config("b", is_default=True)
    with pytest.raises(DatasetCardError, match="several"):
        default_config([Config("a", is_default=True), Config("default")])


def test_card_with_windows_line_ends() -> None:
    assert [config.name for config in read_configs("---\r\nconfigs:\r\n- config_name: a\r\n---\r\n# T\r\n")] == ["a"]


@pytest.mark.parametrize(
    ("path", "format"),
    [("a.PARQUET", "parquet"), ("a.jsonl.gz", "json"), ("a.tsv", "tsv"), ("a.parquet.md", None), ("csv", None)],
)
def test_formats(path: str, format: str | None) -> None:
    assert format_of(path) == format


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.jsonl", '{"n": 1}\n\n{"n": 2}\n'), ("a.json", '[{"n": 1}, {"n": 2}]'), ("a.tsv", "n\n1\n2\n")],
)
def test_rows_of_small_formats(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert list(read_rows(tmp_path / name, name)) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b'[{"n": 1}, '),
        ("a.json", b"[" * 100_000),
        ("a.jsonl.gz", b"no gzip"),
        ("a.csv", b"a,b\n1,2,3\n"),
        ("a.csv.gz", b"no gzip"),
    ],
)
def test_a_damaged_file_is_named(name: str, data: bytes, tmp_path: Path) -> None:
    """Whatever library found the damage."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DatasetError, match=f"^{name}[ ,]"):
        list(read_rows(tmp_path / name, name))


@pytest.mark.parametrize(
    ("chosen", "listed", "lacking"),
    [
        (["data/train-00000-of-00002.parquet"], ["data/train-00000-of-00002.parquet"], "data/train-00001-of-00002"),
        (["a-00001-of-00002-5f.json"], ["a-00000-of-00002-0e.json", "a-00001-of-00002-5f.json"], None),
        (["a-00000-of-00002.csv"], ["a-00000-of-00002.csv", "a-00001-of-00002.csv", "b.csv"], None),
        (["a-00000-of-00002.csv"], ["a-00000-of-00002.csv", "b-00001-of-00002.csv"], "a-00001-of-00002"),
        (["a-0-of-2.csv", "part-of-it.csv"], ["a-0-of-2.csv"], None),
    ],
)
def test_numbered_files_are_all_listed(chosen: list[str], listed: list[str], lacking: str | None) -> None:
    """Their names say how many there are; a card may choose some of them, and the listing must have all."""
    if lacking is None:
        check_shards(chosen, listed)
    else:
        with pytest.raises(DataFilesNotFoundError, match=lacking):
            check_shards(chosen, listed)
