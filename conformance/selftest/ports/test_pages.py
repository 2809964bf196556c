"""Rows come in pages, and the suite sums them up while they come, wherever the port runs."""

from __future__ import annotations

import hashlib
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.ports import Context, PortDescription, PortError, ProtocolError, start
from conformance.ports.drivers.child import Child
from conformance.ports.drivers.reply import Reply
from conformance.ports.rows import Summary
from conformance.protocol.messages import Call, Page, Result

NOWHERE = Context("http://127.0.0.1:9", None)
PATIENT = 30.0
LOAD = Call(1, "load_rows", {}, NOWHERE)

LIBRARY = """
from datetime import datetime, timezone

__version__ = "1"

def load_rows(repo_id, split=None):
    for number in range(250):
        if split == "broken" and number == 120:
            raise OSError("the second file cannot be read")
        yield {"n": number, "at": datetime(2024, 1, 4, 12, 5, 15, tzinfo=timezone.utc), "raw": b"hello"}
"""

LINE = (
    '{"at":"2024-01-04T12:05:15.000Z","n":N,"raw":'
    '{"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","size":5}}\n'
)
"""How a row of that library goes into the digest of all."""

SHIM = """
import json, sys
port = {"name": "pages", "version": "1", "language": "python", "operations": ["load_rows"]}
for line in sys.stdin:
    call = json.loads(line)
    answers = [{"type": "welcome", "protocol": 1, "port": port}]
    if call["type"] == "call":
        answers = call["arguments"]["answers"]
    for answer in answers:
        print(json.dumps({"id": call["id"], **answer}), flush=True)
"""
PAGE = {"type": "page", "rows": [{"n": 1}, {"n": 2}]}
END = {"type": "result", "value": None}


@pytest.fixture
def shim(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Calls an operation of a shim that answers what it is told to."""
    program = tmp_path / "shim.py"
    program.write_text(SHIM, "utf-8")
    child = Child(PortDescription("pages", "python", tmp_path, ("load_rows",), command=(sys.executable, str(program))))
    yield lambda operation, *answers: child.call(operation, {"answers": answers}, NOWHERE, PATIENT)
    child.close()


@pytest.mark.parametrize("in_child", [False, True], ids=["in this process", "in a child"])
def test_rows_are_the_same_wherever_the_port_runs(
    in_child: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of several pages, with values that JSON lacks, are summed up to the same; an error may end them."""
    (tmp_path / "library_of_rows.py").write_text(LIBRARY, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    description = PortDescription(
        "rows", "python", tmp_path, ("load_rows",), python="library_of_rows", reads_environment="at-call"
    )
    driver = start(description, in_child=in_child)
    try:
        value = driver.call("load_rows", {"repo_id": "a/b"}, NOWHERE, PATIENT)
        with pytest.raises(PortError, match="the second file cannot be read"):
            driver.call("load_rows", {"repo_id": "a/b", "split": "broken"}, NOWHERE, PATIENT)
        again = driver.call("load_rows", {"repo_id": "a/b"}, NOWHERE, PATIENT)
    finally:
        driver.close()
    assert value == again
    assert value["count"] == 250
    assert value["columns"] == {"n": "int", "at": "string", "raw": "struct<sha256: string, size: int>"}
    assert value["first"]["at"] == "2024-01-04T12:05:15.000Z"
    assert value["last"]["n"] == 249
    lines = (LINE.replace("N", str(number)) for number in range(250))
    assert value["sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_pages_do_not_matter(shim: Callable[..., Any]) -> None:
    """However the rows are cut into pages, and be there none, the sum is the same."""
    rows = PAGE["rows"]
    whole = shim("load_rows", PAGE, END)
    assert (whole["count"], whole["first"], whole["last"]) == (2, {"n": 1}, {"n": 2})
    assert shim("load_rows", {**PAGE, "rows": rows[:1]}, {**PAGE, "rows": []}, {**PAGE, "rows": rows[1:]}, END) == whole
    none = shim("load_rows", END)
    assert (none["count"], none["columns"], none["first"], none["last"]) == (0, {}, None, None)


def test_an_error_may_follow_pages(shim: Callable[..., Any]) -> None:
    """What the library raises in the middle is its answer, and the rows before it are not the next call's."""
    error = {"type": "error", "kind": "corrupt", "native": "hub.Torn", "message": "no"}
    with pytest.raises(PortError, match="corrupt"):
        shim("load_rows", PAGE, error)
    assert shim("load_rows", PAGE, END)["count"] == 2


@pytest.mark.parametrize(
    ("operation", "answers", "told"),
    [
        ("whoami", [PAGE], 'a "page" came, and this call does not return rows'),
        ("load_rows", [{"type": "page", "rows": [3]}], '"rows[0]" is 3; it must be an object'),
        ("load_rows", [PAGE, {**PAGE, "rows": [{"t": {"$timestamp": "noon"}}]}], "\"rows[2].t.$timestamp\" is 'noon'"),
        ("load_rows", [PAGE, {**END, "value": {"count": 2}}], "\"value\" is {'count': 2}; it must be null"),
    ],
)
def test_a_wrong_page_is_a_breach_and_the_next_call_works(
    shim: Callable[..., Any], operation: str, answers: list[dict[str, Any]], told: str
) -> None:
    """The text names the row; a new process serves the next call."""
    with pytest.raises(ProtocolError) as raised:
        shim(operation, *answers)
    assert told in str(raised.value)
    assert shim("load_rows", PAGE, END)["count"] == 2


def test_memory_does_not_grow_with_the_rows() -> None:
    """Of twenty megabytes of rows, no more is held than a page and what sums them up."""
    reply = Reply(LOAD)
    tracemalloc.start()
    try:
        for number in range(200):
            reply.take(Page(1, [{"n": number, "text": f"{number}{row}" * 200} for row in range(100)]))
        value = reply.ended(Result(1, None))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(value, Result)
    assert value.value["count"] == 20_000
    assert peak < 2 << 20


def test_a_value_without_bottom_is_a_breach() -> None:
    """Lists in lists, thousands of them, are no crash of the suite."""
    bottomless: list[Any] = []
    for _ in range(5000):
        bottomless = [bottomless]
    with pytest.raises(ProtocolError, match="nested more deeply"):
        Reply(LOAD).take(Page(1, [{"a": bottomless}]))
    with pytest.raises(ProtocolError, match="nested more deeply"):
        Reply(Call(1, "whoami", {}, NOWHERE)).ended(Result(1, {"orgs": bottomless}))


def test_columns_keep_every_type_that_came() -> None:
    """Null goes with any type, whole numbers with others; lists and objects are compared inside."""
    rows = Summary()
    rows.add([{"a": None, "b": 1, "c": [], "d": {"x": 1}}, {"a": "t", "b": 1.5, "c": [None, True], "d": {"y": None}}])
    assert rows.value()["columns"] == {"a": "string", "b": "float", "c": "list<bool>", "d": "struct<x: int, y: null>"}
