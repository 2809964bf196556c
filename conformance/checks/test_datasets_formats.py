"""JSON lines, JSON, CSV and TSV: what makes a row, and what its values are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import LIVECODEBENCH, ONE_SPLIT, require_said, rows
from conformance.checks.support_rows import (
    ITER,
    NEVER_FEWER,
    control_reads,
    json_lines,
    put,
    recorded_rows,
    require_rows,
)
from conformance.checks.support_rows import rows as known_rows
from conformance.checks.test_rows_types import require_values
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import control, require_equal

LOAD = "load_rows"
LINES = "jsonlines.org; RFC 8259; datasets, packaged_modules/json"
CSV = "RFC 4180; datasets, packaged_modules/csv"
JSON_VALUES = "conformance/json-values"
CSV_VALUES = "conformance/csv-values"
BOTH = ("number", "text")


check = Checks(LOAD, source=LINES)


def require_numbered(seen: dict[str, Any], count: int) -> None:
    """Rows 1, 2, 3 and so on with their text."""
    require_rows(seen, [{"number": number, "text": f"row {number}"} for number in range(1, count + 1)], BOTH)


@check("datasets/blank-lines-are-no-rows[contract]", kills="blank-lines-are-rows")
def test_blank_lines(hub: ReplayHub, port: Port) -> None:
    """A blank line in JSON lines, in the middle or at the end, is neither a row nor an error."""
    require_numbered(rows(port, "conformance/blank-lines", None, "train"), 3)


@check("datasets/rows-of-gzipped-json-lines[contract]", kills="gzipped-lines-unknown")
def test_gzipped_lines(hub: ReplayHub, port: Port) -> None:
    """JSON lines that are compressed with gzip (`.jsonl.gz`) are read."""
    require_numbered(rows(port, "conformance/gzipped-lines", None, "train"), 3)


@check("datasets/rows-of-a-json-list[contract]", kills="json-is-lines-always")
def test_json_list(hub: ReplayHub, port: Port) -> None:
    """A `.json` file that is one list, over several lines, has a row for each element."""
    require_numbered(rows(port, "conformance/json-list", None, "train"), 2)


@check("datasets/rows-of-tab-separated-values[contract]", kills="commas-in-any-table", level="SHOULD", source=CSV)
def test_tab_separated(hub: ReplayHub, port: Port) -> None:
    """In a `.tsv` file, tabs separate values and commas do not."""
    expected = [{"number": 1, "text": "a, b"}, {"number": 2, "text": "c"}]
    require_rows(rows(port, "conformance/tab-separated", None, "train"), expected, BOTH)


@check("datasets/line-ends-of-windows[contract]", kills="lines-end-as-on-unix")
def test_windows_lines(hub: ReplayHub, port: Port) -> None:
    """JSON lines may end with CR LF, and the last one with nothing."""
    seen = rows(port, JSON_VALUES, None, "train")
    require_equal(seen["count"], 3, "wrong-count", "the file has three rows")


@check("datasets/json-integers-are-exact[contract]", kills="json-integers-through-floats")
def test_json_integers_are_exact(hub: ReplayHub, port: Port) -> None:
    """Whole numbers in JSON lines have all their digits, up to 64 bits."""
    require_column(hub, port, "exact")


@check("datasets/json-fractions-keep-their-digits[contract]", kills="json-floats-rounded")
def test_json_fractions_keep_their_digits(hub: ReplayHub, port: Port) -> None:
    """Fractions in JSON lines are the floats of 64 bits nearest to what is written."""
    require_column(hub, port, "fraction")


@check("datasets/json-booleans-are-booleans[contract]", kills="json-booleans-are-numbers")
def test_json_booleans_are_booleans(hub: ReplayHub, port: Port) -> None:
    """True and false in JSON lines are no numbers."""
    require_column(hub, port, "yes")


@check("datasets/json-lists-of-objects-stay[contract]", kills="json-inner-values-as-text")
def test_json_lists_of_objects_stay(hub: ReplayHub, port: Port) -> None:
    """Lists of objects in JSON lines keep their form, empty lists in them included."""
    require_column(hub, port, "nested")


@check("datasets/json-empty-list-is-a-list[contract]", kills="json-empty-list-is-null")
def test_json_empty_list_is_a_list(hub: ReplayHub, port: Port) -> None:
    """An empty list in JSON lines is an empty list, also where no row has another."""
    require_column(hub, port, "empty")


@check("datasets/json-escapes-are-read[contract]", kills="json-text-normalised")
def test_json_escapes_are_read(hub: ReplayHub, port: Port) -> None:
    """Escapes in JSON lines are decoded to their characters: pairs of surrogates, U+0000, an accent by itself."""
    require_column(hub, port, "text")


def require_column(hub: ReplayHub, port: Port, column: str) -> None:
    """The first and the last row have in this column the values of their lines."""
    expected = [row[column] for row in recorded_rows(hub.repo(JSON_VALUES), ["rows.jsonl"])]
    seen = rows(port, JSON_VALUES, None, "train")
    require_values([seen["first"].get(column), seen["last"].get(column)], [expected[0], expected[-1]])


@check("datasets/absent-value-is-null[contract]", kills="absent-value-is-empty-text", level="SHOULD")
def test_absent_value(hub: ReplayHub, port: Port) -> None:
    """A value that a line lacks and others have is null, or left out; it is not made up."""
    seen = rows(port, JSON_VALUES, None, "train")
    require_values([seen["first"].get("absent"), seen["last"].get("absent")], ["here", None])


@check.each(
    "datasets/csv-{}[contract]",
    {
        "text-with-quotation-marks": ("text", ['a "word", and', "e\u0301"]),
        "text-of-several-lines": ("lines", ["one\r\ntwo", "y"]),
        "whole-numbers": ("whole", [1, 9007199254740993]),
        "fractions": ("fraction", [0.5, 1e300]),
    },
    kills="csv-by-splitting-at-commas",
    source=CSV,
)
def test_csv(hub: ReplayHub, port: Port, member: tuple[str, list[Any]]) -> None:
    """A CSV file has {}: text between quotation marks is one value, and numbers are numbers."""
    column, expected = member
    seen = rows(port, CSV_VALUES, None, "train")
    require_equal(seen["count"], 3, "wrong-count", "the file has three rows")
    require_values([seen["first"].get(column), seen["last"].get(column)], expected)


@check(
    "datasets/csv-booleans[contract]",
    kills="csv-booleans-as-text",
    level="SHOULD",
    source="datasets, packaged_modules/csv",
)
def test_csv_booleans(hub: ReplayHub, port: Port) -> None:
    """A column of `True` and `False` in a CSV file has booleans."""
    seen = rows(port, CSV_VALUES, None, "train")
    require_values([seen["first"].get("yes"), seen["last"].get("yes")], [True, True])


BLANK = "conformance/blank-lines"
CSV_FILE = "rows.csv"


@check.each(
    "datasets/csv-with-{}[contract]",
    {
        "no-last-line-end": b"number,text\n1,row 1\n2,row 2",
        "line-ends-of-unix": b"number,text\n1,row 1\n2,row 2\n",
        "a-quoted-header": b'"number","text"\r\n1,row 1\r\n2,row 2\r\n',
        "every-value-quoted": b'"number","text"\r\n"1","row 1"\r\n"2","row 2"\r\n',
    },
    kills="csv-of-one-form-only",
    source="RFC 4180 §2; datasets gives these rows",
)
def test_csv_forms(hub: ReplayHub, port: Port, member: bytes) -> None:
    """A CSV file with {} has the same rows as any other."""
    put(hub, CSV_VALUES, CSV_FILE, member)
    require_numbered(rows(port, CSV_VALUES, None, "train"), 2)


@check.each(
    "datasets/csv-with-{}-too[contract]",
    {
        "a-byte-order-mark": b"\xef\xbb\xbfnumber,text\r\n1,row 1\r\n2,row 2\r\n",
        "blank-lines": b"number,text\r\n1,row 1\r\n\r\n2,row 2\r\n\r\n",
    },
    kills="csv-of-one-form-only",
    level="SHOULD",
    source="datasets, packaged_modules/csv; datasets gives these rows",
)
def test_csv_of_programs(hub: ReplayHub, port: Port, member: bytes) -> None:
    """A CSV file with {}, as programs write it, has the same rows as one without."""
    put(hub, CSV_VALUES, CSV_FILE, member)
    require_numbered(rows(port, CSV_VALUES, None, "train"), 2)


@check(
    "datasets/csv-column-of-numbers-and-text[contract]",
    kills="csv-types-by-the-first-row",
    level="SHOULD",
    source="datasets, packaged_modules/csv; datasets gives these rows",
)
def test_csv_mixed(hub: ReplayHub, port: Port) -> None:
    """A column of a CSV file that holds a number in one row and text in another is a column of text."""
    put(hub, CSV_VALUES, CSV_FILE, b"number,text\n1,a\nz,b\n")
    seen = rows(port, CSV_VALUES, None, "train")
    require_values([seen["first"].get("number"), seen["last"].get("number")], ["1", "z"])


@check.each(
    "datasets/csv-{}-is-an-error[contract]",
    {
        "with-an-open-quotation": b'number,text\n1,"row 1\n2,row 2\n3,row 3\n',
        "that-is-not-utf-8": b"number,text\n1,row \xe9\n2,row \xe8\n",
    },
    kills="damaged-csv-is-read",
    source=f"RFC 4180 §2; {NEVER_FEWER}; datasets raises DatasetGenerationError",
)
def test_damaged_csv(hub: ReplayHub, port: Port, member: bytes) -> None:
    """A CSV file {} is an error: neither all that follows as one value, nor text with other letters."""
    control_reads(lambda: rows(port, ONE_SPLIT, None, "train"))
    put(hub, CSV_VALUES, CSV_FILE, member)
    require_said(port.error(LOAD, repo_id=CSV_VALUES, split="train"))


@check.each(
    "datasets/{}-is-an-error[contract]",
    {
        "gzip-cut-short": ("conformance/gzipped-lines", "rows.jsonl.gz", lambda body: body[:-12]),
        "gzip-with-a-wrong-byte": (
            "conformance/gzipped-lines",
            "rows.jsonl.gz",
            lambda body: body[:-6] + b"!" + body[-5:],
        ),
        "json-lines-cut-short": ("conformance/blank-lines", "rows.jsonl", lambda body: body[: body.rindex(b"{") + 9]),
        "json-line-that-is-a-text": (BLANK, "rows.jsonl", lambda body: body + b'"row 4"\n'),
        "json-line-that-is-a-list": (BLANK, "rows.jsonl", lambda body: body + b'[4, "row 4"]\n'),
        "json-line-that-is-no-utf-8": (BLANK, "rows.jsonl", lambda body: body + b'{"number": 4, "text": "\xe9"}\n'),
        "json-list-with-a-number": (
            "conformance/json-list",
            "rows.json",
            lambda body: body[: body.rindex(b"]")] + b", 3]",
        ),
        "json-list-cut-short": ("conformance/json-list", "rows.json", lambda body: body[:-10]),
        "web-page-for-json": (
            "conformance/json-list",
            "rows.json",
            lambda body: b"<!doctype html><title>Log in</title>",
        ),
    },
    kills="damaged-text-is-the-end",
    source=f"RFC 1952 §2.3.1; RFC 8259; {NEVER_FEWER}",
)
def test_damaged_text(hub: ReplayHub, port: Port, member: tuple[str, str, Callable[[bytes], bytes]]) -> None:
    """A {}, which the Hub itself has so, is an error, never fewer rows."""
    repo_id, path, damage = member
    rows(port, ONE_SPLIT, None, "train")  # another table is read: the error is about this one
    put(hub, repo_id, path, damage(hub.repo(repo_id).files()[path].body))
    require_said(port.error(LOAD, repo_id=repo_id, split="train"))


FILE = "test.jsonl"


def put_lines(hub: ReplayHub, change: Callable[[list[bytes]], bytes]) -> list[dict[str, Any]]:
    """Let the first file of the programming problems be written in another way; its rows stay."""
    repo = hub.repo(LIVECODEBENCH)
    put(hub, LIVECODEBENCH, FILE, change(repo.files()[FILE].body.splitlines()))
    return recorded_rows(repo, [FILE])


_WRITTEN = {
    "blank-lines": lambda lines: b"\n".join([lines[0], b"", *lines[1:], b"", b"  "]),
    "line-ends-of-windows": lambda lines: b"\r\n".join(lines),
    "no-last-line-end": lambda lines: b"\n".join(lines),
    "keys-in-another-order": lambda lines: b"".join(
        json.dumps(dict(reversed(json.loads(line).items()))).encode() + b"\n" for line in lines
    ),
    "blanks-in-the-lines": lambda lines: b"".join(
        b" \t" + json.dumps(json.loads(line), separators=(" ,  ", " : ")).encode() + b" \n" for line in lines
    ),
    "escapes-for-letters": lambda lines: b"".join(line.replace(b"e", b"\\u0065") + b"\n" for line in lines),
    "a-column-more": lambda lines: b"".join(
        json.dumps({**json.loads(line), "more": [None, {}]}).encode() + b"\n" for line in lines
    ),
}


@check.each("rows/lines-with-{}[livecodebench]", _WRITTEN, kills="lines-as-the-hub-writes-them", operation=ITER)
def test_lines(hub: ReplayHub, port: Port, member: Callable[[list[bytes]], bytes]) -> None:
    """JSON lines with {} have the same rows as without."""
    expected = put_lines(hub, member)
    require_rows(known_rows(port, LIVECODEBENCH, "v1", "test", TEXT), expected, TEXT)


TEXT = ("question_id", "question_content", "contest_date", "difficulty")


@check.each(
    "rows/count-of-lines-with-{}[livecodebench]",
    {name: _WRITTEN[name] for name in ("blank-lines", "no-last-line-end")},
    kills="line-feeds-counted",
    operation="count_rows",
)
def test_count_of_lines(hub: ReplayHub, port: Port, member: Callable[[list[bytes]], bytes]) -> None:
    """`count_rows` counts rows and no line feeds: JSON lines with {} have as many as without."""
    expected = len(put_lines(hub, member))
    seen = port.count_rows(repo_id=LIVECODEBENCH, config_name="v1", split="test")
    require_equal(seen, expected, "wrong-count", "this is not the number of rows")


@check("rows/long-line[livecodebench]", kills="lines-of-a-megabyte-at-most", operation=ITER)
def test_long_line(hub: ReplayHub, port: Port) -> None:
    """A line may be as long as it likes, here two megabytes: the tests of a real problem have more."""
    first, *others = recorded_rows(hub.repo(LIVECODEBENCH), [FILE])
    held = [{**first, "question_content": "what " * 400_000}, *others]
    put(hub, LIVECODEBENCH, FILE, json_lines(held))
    require_rows(known_rows(port, LIVECODEBENCH, "v1", "test", TEXT), held, TEXT)


def _take_apart(port: Port) -> None:
    """A port that leaves tests as text, or reads nothing of this dataset, cannot find out what is wrong with them."""
    try:
        seen = known_rows(port, LIVECODEBENCH, "v2", "test", ("public_test_cases", "metadata"))["first"]
    except PortError as error:
        control(False, "a file without a fault is not read", seen=f"{error.native}: {error.message}")
    taken = isinstance(seen["public_test_cases"], list) and isinstance(seen["metadata"], dict)
    control(taken, "valid tests and metadata were not parsed", seen=seen)


@check.each(
    "rows/{}-is-an-error[livecodebench]",
    {
        "line-without-a-column": lambda row: {name: value for name, value in row.items() if name != "question_content"},
        "line-with-a-list-for-text": lambda row: {**row, "question_content": [row["question_content"]]},
        "line-with-broken-metadata": lambda row: {**row, "metadata": "{"},
        "line-with-broken-public-tests": lambda row: {**row, "public_test_cases": row["public_test_cases"][:-2]},
        "line-with-public-tests-that-are-no-list": lambda row: {**row, "public_test_cases": '{"input": "1"}'},
        "line-with-a-public-test-without-an-output": lambda row: {
            **row,
            "public_test_cases": '[{"input": "1", "testtype": "stdin"}]',
        },
    },
    kills="wrong-lines-are-left-out",
    operation=ITER,
    source=NEVER_FEWER,
)
def test_wrong_line(hub: ReplayHub, port: Port, member: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A {} is an error, never a row less or an empty value."""
    _take_apart(port)
    first, *others = recorded_rows(hub.repo(LIVECODEBENCH), [FILE])
    put(hub, LIVECODEBENCH, FILE, json_lines([member(first), *others]))
    require_said(port.error(ITER, repo_id=LIVECODEBENCH, config_name="v1", split="test"))
