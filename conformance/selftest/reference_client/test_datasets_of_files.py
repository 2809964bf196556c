"""Which files a dataset consists of, and how its card says to read them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from conformance.hub.repository import Commit, Repository, utc
from conformance.selftest.reference_client.conftest import Hub
from conformance.traffic.exchange import Request, Response
from reference_client.datasets import get_data_files, get_dataset_config_names, load_rows
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError
from reference_client.datasets.files import Dataset
from reference_client.datasets.patterns import by_name


def _hub(files: dict[str, str]) -> Hub:
    data = {path: text.encode() for path, text in files.items()}
    commit = Commit.of(data, title="initial commit", date=utc("2026-10-01T08:00:00"))
    return Hub([Repository("o/n", {"main": commit})])


def _places(hub: Hub, folder: Any) -> dict[str, Any]:
    return {"endpoint": hub.endpoint, "cache_dir": folder, "token": False}


@pytest.mark.parametrize("named", [["train.csv"], [], None])
def test_the_tree_says_which_files_there_are(tmp_path: Any, named: list[str] | None) -> None:
    """Whatever the information names."""

    def short(request: Request, response: Response) -> Response:
        if not request.path.startswith("/api/datasets/o/n") or "/tree/" in request.path:
            return response
        said = json.loads(response.body)
        said["siblings"] = named if named is None else [{"rfilename": path} for path in named]
        body = json.dumps(said).encode()
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    with _hub({"train.csv": "a\n1\n", "test.csv": "a\n2\n"}) as hub:
        hub.meddle = short
        assert list(load_rows("o/n", split="test", **_places(hub, tmp_path))) == [{"a": 2}]


@pytest.mark.parametrize(
    ("paths", "kind"),
    [
        (["train/a.jpg", "train/b.jpg", "train/metadata.jsonl"], "image"),
        (["a.wav", "b.wav", "metadata.csv"], "audio"),
        (["a.txt", "b.txt", "c.csv"], "text"),
        (["train/a.jpg", "train/metadata.csv"], "image"),
        (["train/a.wav", "train/metadata.jsonl", "validation/b.wav", "validation/metadata.jsonl"], "audio"),
        (["a.nii.gz", "b.nii.gz", "b.csv"], "nifti"),
        (["a.lance", "b.csv"], "lance"),
        (["a.csv.zip", "b.csv.zip", "c.csv"], "archive"),
        (["a.xml", "b.xml", "c.jsonl"], "xml"),
    ],
)
def test_a_side_file_is_not_the_table(tmp_path: Any, paths: list[str], kind: str) -> None:
    with _hub(dict.fromkeys(paths, "a\n1\n")) as hub, pytest.raises(DataFilesNotFoundError, match=f"are {kind}, which"):
        get_data_files("o/n", **_places(hub, tmp_path))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a.csv", "b.jsonl.bz2"], ["b.jsonl.bz2"]),
        (["a.jsonl", "b.jsonl.zst"], ["a.jsonl", "b.jsonl.zst"]),
        (["a.json", "b.jsonl", "c.json", "d.jsonl", "e.csv", "f.csv", "g.csv"], ["e.csv", "f.csv", "g.csv"]),
        (["a.jsonl", "metadata.csv", "b/metadata.csv"], ["a.jsonl"]),
        (["a.csv", "b.csv", "c.tsv"], ["a.csv", "b.csv", "c.tsv"]),
        (["metadata.csv"], ["metadata.csv"]),
    ],
)
def test_the_ending_of_most_files_decides(tmp_path: Any, paths: list[str], expected: list[str]) -> None:
    """As in datasets: not the format, and side files last. Compressed files are files of their format."""
    with _hub(dict.fromkeys(paths, "a\n1\n")) as hub:
        assert get_data_files("o/n", **_places(hub, tmp_path)) == {"train": expected}


@pytest.mark.parametrize(
    ("pattern", "expected"), [("'*.json'", ["a.json"]), ("'**'", ["a.json"]), ("config.json", ["config.json"])]
)
def test_a_pattern_means_no_configuration(tmp_path: Any, pattern: str, expected: list[str]) -> None:
    """Unless it names the file. datasets, data_files.py, FILES_TO_IGNORE"""
    card = f"---\nconfigs:\n- config_name: x\n  data_files: {pattern}\n---\n"
    with _hub({"README.md": card, "config.json": "{}", "a.json": "{}", "dataset_infos.json": "{}"}) as hub:
        assert get_data_files("o/n", **_places(hub, tmp_path)) == {"train": expected}


def test_many_patterns_and_many_files_take_no_longer_than_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 names and 50,000 files took 18 s, each compared with each. Files that two globs mean took the square."""
    paths = tuple(f"data/{number:06d}.csv" for number in range(20_000))
    dataset = Dataset("o/n", "0" * 40, paths, None, None, None)
    start = time.process_time()
    assert dataset.data_files(None, list(paths)) == {"train": list(paths)}
    assert dataset.data_files(None, ["data/*", "**/*.csv", paths[7]]) == {"train": list(paths)}
    assert time.process_time() - start < 2
    monkeypatch.setattr("reference_client.datasets.files.MATCHES", 40_001)
    assert dataset.data_files(None, {"a": "data/*", "b": ["**/*1.csv", paths[0]]}).keys() == {"a", "b"}
    with pytest.raises(DatasetCardError, match="'o/n' goes over the limit MATCHES"):
        dataset.data_files(None, {"a": "data/*", "b": ["**/*1.csv", "*/*"]})


def test_a_note_beside_the_data_is_not_the_table(tmp_path: Any) -> None:
    with _hub({"a.csv": "a\n1\n", "licence.txt": "free"}) as hub:
        assert get_data_files("o/n", **_places(hub, tmp_path)) == {"train": ["a.csv"]}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["dev/a.csv", "valid/b.csv"], ["valid/b.csv", "dev/a.csv"]),
        (["dev.csv", "val.csv", "valid.csv", "validation.csv"], ["validation.csv", "valid.csv", "dev.csv", "val.csv"]),
        (["eval/a.csv", "test/b.csv", "testing/c.csv"], ["test/b.csv", "testing/c.csv", "eval/a.csv"]),
        (["train-b.csv", "training-a.csv", "train-a.csv"], ["train-a.csv", "train-b.csv", "training-a.csv"]),
        (
            ["a/train-x.csv", "b-train.csv", "my.train.csv", "train.csv"],
            ["a/train-x.csv", "train.csv", "b-train.csv", "my.train.csv"],
        ),
        (
            ["a-test/x.csv", "test-a/x.csv", "test/x.csv", "x-test-y/x.csv"],
            ["test/x.csv", "test-a/x.csv", "a-test/x.csv", "x-test-y/x.csv"],
        ),
        (["a/my-val/x.csv", "b/val/c/x.csv"], ["b/val/c/x.csv", "a/my-val/x.csv"]),
        (["dev/valid/a.csv", "valid/b.csv"], ["dev/valid/a.csv", "valid/b.csv"]),
    ],
)
def test_files_of_a_split_in_the_order_of_its_words(paths: list[str], expected: list[str]) -> None:
    (found,) = by_name(paths).values()
    assert found == expected


@pytest.mark.parametrize("others", [[], ["data/train-00000-of-00001.parquet"]])
@pytest.mark.parametrize("name", ["a-b", "a b", "a..b", "a-00000-of-00001"])
def test_a_shard_of_no_split(others: list[str], name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        by_name([f"data/{name}-00000-of-00001.parquet", *others])


@pytest.mark.parametrize(
    ("setting", "file", "refused"),
    [
        ("sep: ';'", "a.csv", True),
        ("column_names: [p, q]", "a.csv", True),
        ("sep: null", "a.csv", False),
        ("header: null", "a.csv", True),
        ("sep: ';'", "a.jsonl", False),
        ("field: data", "a.jsonl", True),
        ("field: data", "a.csv", False),
        ("dataset_size: 5", "a.csv", False),
    ],
)
def test_parameters_of_a_card(tmp_path: Any, setting: str, file: str, refused: bool) -> None:
    """Those that would make other rows are refused by name; names of configs and files are told all the same."""
    card = f"---\nconfigs:\n- config_name: x\n  data_files: {file}\n  {setting}\n---\n"
    with _hub({"README.md": card, "a.csv": "a\n1\n", "a.jsonl": '{"a": 1}\n'}) as hub:
        places = _places(hub, tmp_path)
        assert get_dataset_config_names("o/n", **places) == ["x"]
        assert get_data_files("o/n", **places) == {"train": [file]}
        if refused:
            with pytest.raises(DatasetCardError, match=setting.partition(":")[0]):
                list(load_rows("o/n", **places))
        else:
            assert list(load_rows("o/n", **places)) == [{"a": 1}]


@pytest.mark.parametrize(("split", "what"), [(None, "several splits"), ("dev", "no split 'dev'")])
def test_a_split_that_must_be_named(tmp_path: Any, split: str | None, what: str) -> None:
    with (
        _hub({"train.csv": "a\n1\n", "test.csv": "a\n1\n"}) as hub,
        pytest.raises(ValueError, match=rf"^'o/n' has {what}; choose one of: train, test\.$"),
    ):
        next(load_rows("o/n", split=split, **_places(hub, tmp_path)))


_SPLITS = """---
configs:
- config_name: x
  data_files: [{{split: train, path: a.csv}}, {{split: test, path: "{}"}}]
---
"""


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"train.csv": "a\n1\n", "test.jsonl": '{"a": 2}\n'}, "train csv, test json"),
        ({"train.csv": "a\n1\n", "test.tsv": "a\n1\n"}, "train csv, test tsv"),
        ({"train.csv": "a\n1\n", "dev.txt": "a"}, "train csv, validation text"),
        ({"README.md": _SPLITS.format("b.jsonl"), "a.csv": "a\n1\n", "b.jsonl": "{}"}, "train csv, test json"),
        ({"README.md": _SPLITS.format("b*"), "a.csv": "a\n1\n"}, "train csv, test has no data files"),
    ],
)
def test_splits_of_different_formats(tmp_path: Any, files: dict[str, str], found: str) -> None:
    """datasets refuses them. One of the splits came out empty here, without a word."""
    with _hub(files) as hub, pytest.raises(DataFilesNotFoundError, match=f"different formats: {found}"):
        list(load_rows("o/n", split="train", **_places(hub, tmp_path)))


@pytest.mark.parametrize(
    "field", [{"id": "../../x"}, {"id": "a b"}, {"sha": "main"}, {"sha": "../../x"}, {"sha": None}]
)
def test_an_information_that_cannot_be_right_is_not_the_callers_fault(tmp_path: Any, field: dict[str, Any]) -> None:
    """A ValueError would say that an argument is wrong, and a moving revision that files are of one commit."""

    def other(request: Request, response: Response) -> Response:
        if not request.path.startswith("/api/datasets/o/n") or "/tree/" in request.path:
            return response
        body = json.dumps({**json.loads(response.body), **field}).encode()
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    with _hub({"train.csv": "a\n1\n"}) as hub:
        hub.meddle = other
        with pytest.raises(OSError, match=hub.endpoint):
            get_data_files("o/n", **_places(hub, tmp_path))
