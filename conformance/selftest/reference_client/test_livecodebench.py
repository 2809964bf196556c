"""The adapter of LiveCodeBench: releases, and tests that come out of a pickle which is never run."""

from __future__ import annotations

import base64
import gzip
import json
import os
import pickle
import pickletools
import shutil
import zlib
from pathlib import Path
from typing import Any

import pytest

from conformance.data import fixtures_dir
from conformance.hub.rows.livecodebench import ROWS, encode
from reference_client.datasets import pickled
from reference_client.datasets.adapters.livecodebench import LiveCodeBench, private_tests
from reference_client.datasets.errors import DatasetError

STAGES = fixtures_dir() / "repositories" / "livecodebench"
TESTS = [
    {"input": "1 2\n", "output": "3\n", "testtype": "stdin"},
    {"input": '"ä"', "output": "1", "testtype": "functional"},
]
TEXT = json.dumps(TESTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for stage in ("1-five-files", "2-sixth-file"):
        shutil.copytree(STAGES / stage, tmp_path, dirs_exist_ok=True)
    return tmp_path


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("release_v1", ["test"]),
        ("release_v3", ["test", "test2", "test3"]),
        ("release_v6", ["test", "test2", "test3", "test4", "test5", "test6"]),
        ("release_latest", ["test", "test2", "test3", "test4", "test5", "test6"]),
        (None, ["test", "test2", "test3", "test4", "test5", "test6"]),
        ("v1", ["test"]),
        ("v2", ["test2"]),
        ("v2_v4", ["test2", "test3", "test4"]),
        ("v5_v6", ["test5", "test6"]),
    ],
)
def test_files_of_a_release(folder: Path, tag: str | None, names: list[str]) -> None:
    """In the order of the releases, and their rows in that order."""
    files = [f"{name}.jsonl" for name in names]
    written = [json.loads(line) for file in files for line in (folder / file).read_text().splitlines()]
    problems = LiveCodeBench(folder)
    assert problems.files(tag) == files
    assert problems.count(tag) == sum(ROWS[file] for file in files)
    assert [row["question_id"] for row in problems.rows(tag)] == [row["question_id"] for row in written]
    assert problems.row(len(written) - 1, tag)["question_id"] == written[-1]["question_id"]


@pytest.mark.parametrize("tag", ["v7", "release_v0", "v4_v2", "v2_v2", "latest"])
def test_tags_that_do_not_exist(folder: Path, tag: str) -> None:
    with pytest.raises(ValueError, match=f"has no config '{tag}'; choose one of: release_latest, release_v1"):
        LiveCodeBench(folder).count(tag)


def test_rows_say_what_their_text_says(folder: Path) -> None:
    """Tests are lists, metadata an object, whichever way a file has them; all else stays."""
    for row, line in zip(
        LiveCodeBench(folder).rows("v3"), (folder / "test3.jsonl").read_text().splitlines(), strict=True
    ):
        written = json.loads(line)
        assert row["public_test_cases"] == json.loads(written["public_test_cases"])
        assert row["metadata"] == json.loads(written["metadata"])
        assert row["question_content"] == written["question_content"]
        unpickled = pickle.loads(zlib.decompress(base64.b64decode(written["private_test_cases"])))
        assert row["private_test_cases"] == json.loads(unpickled)


def test_a_release_without_its_files(folder: Path) -> None:
    (folder / "test4.jsonl").unlink()
    with pytest.raises(DatasetError, match=r"has no file 'test4\.jsonl' of livecodebench/"):
        LiveCodeBench(folder).count()
    assert LiveCodeBench(folder).count("release_v3") == 11


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"question_id": "a"', "is not JSON: "),
        ("[" * 100_000, "is not JSON: "),
        ("3", ": a row should be an object, and is int"),
        ("{}", ": there is no column 'question_title'"),
        ('{"question_title": null}', ": column 'question_title' should hold string, and holds null"),
        ('{"question_title": {}}', ": column 'question_title' should hold string, and holds an object"),
    ],
)
def test_a_broken_line(folder: Path, line: str, says: str) -> None:
    """The rows before it are given, and the error names its row; the others can still be asked for."""
    file = folder / "test.jsonl"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:2], line, *lines[3:]]))
    rows = LiveCodeBench(folder).rows("v1")
    assert [next(rows)["question_id"] for _ in range(2)] == ["abc300_a", "abc301_b"]
    with pytest.raises(DatasetError, match=r"^test\.jsonl, row 2 ?" + says):
        next(rows)
    assert LiveCodeBench(folder).row(3, "v1")["question_id"] == "abc303_a"
    assert LiveCodeBench(folder).count("v1") == 6


def test_empty_lines_are_no_rows(folder: Path) -> None:
    file = folder / "test.jsonl"
    file.write_text(file.read_text().replace("\n", "\n\n \n"))
    assert LiveCodeBench(folder).count("v1") == len(list(LiveCodeBench(folder).rows("v1"))) == 6


def test_compressed_lines(tmp_path: Path) -> None:
    """A `.gz` that is cut short is an error, not the end."""
    from reference_client.datasets import json_lines

    file = tmp_path / "rows.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"n": 1}\n{"n": 2}\n'))
    assert list(json_lines.read_rows(file, file.name)) == [{"n": 1}, {"n": 2}]
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DatasetError, match=r"rows\.jsonl\.gz can't be read, download it again"):
        json_lines.count_rows(file, file.name)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("text", [TEXT, json.dumps([{**TESTS[0], "input": "x" * 70_000}])])
def test_private_tests_of_every_protocol(protocol: int, text: str) -> None:
    """Short and long strings have opcodes of their own."""
    assert private_tests(packed(pickle.dumps(text, protocol=protocol))) == json.loads(text)


def test_private_tests_in_plain_json() -> None:
    assert private_tests(TEXT) == TESTS == private_tests(encode(TEXT))


class Evil:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("hidden", [lambda evil: evil, lambda evil: [TEXT, evil], lambda evil: {TEXT: evil}])
def test_a_malicious_pickle_is_not_run(tmp_path: Path, protocol: int, hidden: Any) -> None:
    """The error names an opcode that no string needs, and what the pickle would do is not done."""
    trap = tmp_path / "trap"
    data = pickle.dumps(hidden(Evil(trap)), protocol=protocol)
    with pytest.raises(ValueError, match=r"its pickle has opcode [A-Z_]+, which no string needs; it was not run"):
        private_tests(packed(data))
    assert not trap.exists()
    pickle.loads(data)
    assert trap.exists()


def test_no_opcode_but_those_of_a_string() -> None:
    """Whatever precedes the string is refused by name; those that a pickled string has, and no others, pass."""
    allowed = {
        *("PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    }
    arguments = {"I": b"1\n", "F": b"1\n", "L": b"1L\n", "S": b"'a'\n", "i": b"os\nmkdir\n", "c": b"os\nmkdir\n"}
    for opcode in pickletools.opcodes:
        if opcode.name in allowed:
            continue
        argument = arguments.get(
            opcode.code, b"1\n" if opcode.arg and opcode.arg.n == pickletools.UP_TO_NEWLINE else b"\0" * 8
        )
        data = opcode.code.encode("latin-1") + argument + pickle.dumps(TEXT)
        with pytest.raises(ValueError, match=f"its pickle has opcode {opcode.name}, "):
            pickled.pickled_string(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "its base64 holds no zlib stream|cut short"),
        ("not base64!", "neither JSON nor base64"),
        (encode(TEXT)[:-1], "neither JSON nor base64"),
        (f"{encode(TEXT)}\n", "neither JSON nor base64"),
        ("äöü", "neither JSON nor base64"),
        (base64.b64encode(TEXT.encode()).decode(), "its base64 holds no zlib stream"),
        (base64.b64encode(zlib.compress(pickle.dumps(TEXT))[:-9]).decode(), "its zlib stream is cut short"),
        (base64.b64encode(zlib.compress(pickle.dumps(TEXT)) + b"more").decode(), "something follows its zlib stream"),
        (packed(pickle.dumps(TEXT)[:-1]), "its pickle can't be read"),
        (packed(pickle.dumps(TEXT) + b"more"), "should hold one string and nothing else"),
        (packed(b"."), "should hold one string and nothing else, and holds 0"),
        (packed(b"\x8c\x01a\x8c\x01b."), "should hold one string and nothing else, and holds 2"),
        (packed(b"\x8c\x01\xff."), "its pickle can't be read: .*utf-8"),
        (packed(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f."), "its pickle can't be read"),
        (packed(b"\x00"), "its pickle can't be read: .*unknown"),
        (encode("not JSON"), "Expecting value"),
        (encode("[" * 100_000), "nested too deeply"),
        ("[" * 100_000, "neither JSON nor base64"),
        (encode("{}"), "tests should be a list, and are dict"),
        ("3", "tests should be a list, and are int"),
        ("[3]", "test 0 should be an object, and is int"),
        ('[{"testtype": "shell", "input": "", "output": ""}]', "should have the type stdin, .*, and has 'shell'"),
        ('[{"testtype": "stdin", "input": ""}]', "test 0 should have an 'output' that is a string"),
        ('[{"testtype": "stdin", "input": 1, "output": ""}]', "test 0 should have an 'input' that is a string"),
    ],
)
def test_tests_that_cannot_be_read(folder: Path, text: str, says: str) -> None:
    """The error says why; that of a row names the file, the row and the column as well."""
    with pytest.raises(ValueError, match=says):
        private_tests(text)
    file = folder / "test6.jsonl"
    first, *rest = file.read_text().splitlines()
    broken = json.dumps({**json.loads(first), "private_test_cases": text})
    file.write_text("\n".join([*rest, broken]))
    with pytest.raises(DatasetError, match=rf"^test6\.jsonl, row 3: column 'private_test_cases': .*({says})"):
        LiveCodeBench(folder).row(3, "v6")


def test_a_compression_bomb() -> None:
    """It is given up at the limit: a text a byte shorter passes."""
    data = pickle.dumps("[" + " " * 2**20 + "]")
    assert pickled.decode(packed(data), max_bytes=len(data) + 1).strip("[] ") == ""
    with pytest.raises(ValueError, match=r"is larger than 1 MiB \(CELL_BYTES\) when decompressed"):
        pickled.decode(packed(data), max_bytes=2**20)
