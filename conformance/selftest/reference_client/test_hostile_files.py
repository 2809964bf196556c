"""Files and cards of strangers: each ends in the error that is documented, soon, and in little memory."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.repocard
import pytest

from reference_client.datasets.adapters.gsm8k import Gsm8k
from reference_client.datasets.card import Config, read_configs, read_head
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError, DatasetError
from reference_client.datasets.files import check_shards
from reference_client.datasets.globs import matches
from reference_client.limits import CARD_BYTES, CARD_DEPTH, CARD_SCALAR, CARD_VALUES

NINE = "[{}]".format(",".join(["*{0}"] * 9))
LAUGHS = "\n".join(
    ["a: &a [x,x,x,x,x,x,x,x,x]", *(f"{b}: &{b} {NINE.format(a)}" for a, b in itertools.pairwise("abcdefghi"))]
)
MERGES = "\n".join(
    ["a: &a {x: 1}", *(f"{b}: &{b} {{<<: {NINE.format(a)}}}" for a, b in itertools.pairwise("abcdefghi"))]
)


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < 5


def card(yaml: str) -> str:
    return f"---\n{yaml}\n---\n"


@pytest.mark.parametrize("total", ["30000000", "99999999999", "9" * 200])
@pytest.mark.parametrize("partial", [True, False])
def test_a_number_of_shards_takes_no_memory(tmp_path: Path, total: str, partial: bool) -> None:
    """However large the total that a name says."""
    (tmp_path / "main").mkdir()
    path = f"main/train-00000-of-{total}.parquet"
    (tmp_path / path).touch()
    gsm8k = Gsm8k(tmp_path, partial=partial)
    if partial:
        assert gsm8k.files("main", "train") == [path]
    else:
        with pytest.raises(DatasetError, match=rf"lacks {int(total) - 1} of the shards of \S+, the first is number 1;"):
            gsm8k.files("main", "train")


@pytest.mark.parametrize("name", ["00001-of-00001", "00000-of-00000", "00007-of-00002"])
@pytest.mark.parametrize("partial", [True, False])
def test_a_shard_beyond_the_total(tmp_path: Path, name: str, partial: bool) -> None:
    (tmp_path / "main").mkdir()
    (tmp_path / f"main/train-{name}.parquet").touch()
    with pytest.raises(DatasetError, match="which is not possible"):
        Gsm8k(tmp_path, partial=partial).files("main", "train")


def test_many_shards_are_looked_through_once() -> None:
    listed = [f"train-{number:05d}-of-30000.parquet" for number in range(30000)]
    check_shards(listed, listed)
    with pytest.raises(DataFilesNotFoundError, match="lacks train-29999-of-30000"):
        check_shards(listed[:-1], listed[:-1])


@pytest.mark.parametrize(
    ("yaml", "limit"),
    [
        (f"{LAUGHS}\nconfigs: [*i]", "CARD_VALUES"),
        (f"{LAUGHS}\nconfigs: {{x: *i}}", "CARD_VALUES"),
        (f"{LAUGHS}\nconfigs: [{{config_name: a, data_files: *i}}]", "CARD_VALUES"),
        (f"{MERGES}\nconfigs: []", "CARD_VALUES"),
        ("a: &a [*a]", "CARD_VALUES"),
        ("x:\n" + "- a\n" * (CARD_VALUES + 1), "CARD_VALUES"),
        ("x: [" * 200_000, "CARD_DEPTH"),
        ("x: " + "[" * 2000, "CARD_DEPTH"),
        ("- " * 5000 + "a", "CARD_DEPTH"),
        ("x: 1" + ":1" * CARD_SCALAR, "CARD_SCALAR"),
        ("x: '" + "é" * (CARD_BYTES // 2) + "'", "CARD_BYTES"),
    ],
)
def test_a_card_over_a_limit(yaml: str, limit: str) -> None:
    with pytest.raises(DatasetCardError, match=f"goes over the limit {limit} = "):
        read_configs(card(yaml))


@pytest.mark.parametrize(
    "yaml",
    [
        "x: " + "[" * (CARD_DEPTH - 1) + "]" * (CARD_DEPTH - 1),
        "x:\n" + "- a\n" * (CARD_VALUES - 5),
        "x: '" + "a" * (CARD_BYTES - 100) + "'",
        "a: &a [x]\nb: *a",
    ],
)
def test_a_card_within_the_limits(yaml: str) -> None:
    assert read_configs(card(f"{yaml}\nconfigs: []")) == [Config("default")]


@pytest.mark.parametrize(
    "yaml",
    [
        "configs: [{config_name: a, data_files: [{split: [a], path: p}]}]",
        "configs: [{config_name: a, data_files: [{split: {}, path: p}]}]",
        "configs: [{config_name: a, data_files: {[a]: p}}]",
        "configs: [{config_name: a, data_dir: [a]}]",
        "configs: [{config_name: [a]}]",
        "x: 2025-13-45",
        "x: 2001-12-14t21:59:43.10-99:99",
        "x: !!int ''",
        "x: !!float ''",
        "x: !!bool maybe",
        "x: !!timestamp soon",
        "x: !!python/name:os.system",
        "configs: [0x" + "f" * 10_000 + "]",
    ],
)
def test_a_card_with_wrong_values(yaml: str) -> None:
    """Ends in an error in one short line."""
    with pytest.raises(DatasetCardError) as caught:
        read_configs(card(yaml))
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_what_a_message_shows_is_short() -> None:
    with pytest.raises(DatasetCardError) as caught:
        read_configs(card("configs: {x: [[" + ",".join(['"\\e[2J"'] * 9000) + "]]}"))
    assert len(str(caught.value)) < 500
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("before", ["\n", "  ", "\t\n\n ", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("after", ["", "\n", "\r\n", " ", "\t \r\n", " \n# Title\n"])
def test_where_front_matter_begins_and_ends(before: str, end: str, after: str) -> None:
    """Behind white space, and before blanks."""
    assert read_configs(before + end.join(["---", "configs:", "- config_name: x", "---"]) + after) == [Config("x")]


@pytest.mark.parametrize(
    ("first", "last"), [("--- \n", "---\n"), ("---\n", "---x\n"), ("---\n", "---\r"), ("---\n", " ---\n")]
)
def test_lines_that_are_no_border(first: str, last: str) -> None:
    """As huggingface_hub 2.4 and the Hub have it."""
    text = f"{first}configs:\n- config_name: x\n{last}"
    assert read_configs(text) == [Config("default")]
    assert huggingface_hub.repocard.REGEX_YAML_BLOCK.search(text) is None


def test_of_two_configs_with_one_name_the_last_counts() -> None:
    twice = "configs: [{config_name: a, data_files: train.csv}, {config_name: a, data_files: test.csv}]"
    assert read_configs(card(twice)) == [Config("a", {"train": ["test.csv"]})]


def test_only_the_head_of_a_card_is_read(tmp_path: Path) -> None:
    """The text below may be as long as it likes, also where a character falls on the border."""
    readme = tmp_path / "README.md"
    readme.write_text(card("configs: [{config_name: x}]") + "é" * CARD_BYTES, "utf-8")
    assert read_configs(read_head(readme)) == [Config("x")]
    readme.write_text("---\n" + "é" * CARD_BYTES, "utf-8")
    with pytest.raises(DatasetCardError, match="CARD_BYTES = "):
        read_head(readme)
    readme.write_bytes(b"---\nx: \xff\n---\n")
    with pytest.raises(DatasetCardError, match="utf-8"):
        read_head(readme)


@pytest.mark.parametrize("count", [4, 10, 500])
def test_globs_end(count: int) -> None:
    """Soon, however many folders they leave open."""
    path = "/".join(["d"] * 255 + ["a.parquet"])
    assert not matches("**/" * count + "zzz.parquet", path)
    assert not matches("**/d/" * count + "zzz.parquet", path)
    assert matches("**/" * min(count, 255) + "a.parquet", path)
    assert matches("**/d/" * min(count, 255) + "a.parquet", path)
