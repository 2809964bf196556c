"""What the checks of areas `rows` and `trajectories` share: rows as the recorded files have them, and other files."""

from __future__ import annotations

import base64
import io
import json
import pickletools
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from conformance.checks.answers import Replaced
from conformance.checks.faults_git_file import Each, GitFile
from conformance.checks.support import Port
from conformance.ports import PortError
from conformance.ports.rows import Summary
from conformance.replay import Fault, ReplayHub, Truth
from conformance.replay.truth import FileTruth
from conformance.verdict.require import control, require_equal

ITER = "iter_rows"

FORM = (
    "the protocol's *known datasets*: the columns of the files, and values that their authors wrote as text are parsed"
)
NEVER_FEWER = "missing rows are a wrong answer that goes unnoticed"


def rows(port: Port, repo_id: str, config: str, split: str, columns: Sequence[str]) -> dict[str, Any]:
    """The rows of a split, in short, with these columns."""
    value: dict[str, Any] = port.iter_rows(repo_id=repo_id, config_name=config, split=split, columns=list(columns))
    return value


def plain_card(config: str, **splits: str) -> bytes:
    """A card that names the files of a config, and does not describe their rows."""
    files = "".join(f"  - split: {split}\n    path: {path}\n" for split, path in splits.items())
    return f"---\nconfigs:\n- config_name: {config}\n  data_files:\n{files}---\n".encode()


def recorded_rows(repo: Truth, paths: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of files, read straight from what was recorded."""
    found: list[dict[str, Any]] = []
    for path in paths:
        body = repo.files()[path].body
        if path.endswith(".parquet"):
            found += pq.read_table(io.BytesIO(body)).to_pylist()
        else:
            found += [json.loads(line) for line in body.splitlines()]
    return found


def control_reads(read: Callable[[], Any]) -> None:
    """A control step: what has no fault is read. A port that reads nothing cannot find out that something is wrong.

    Args:
        read: reads rows, in short, of what the check's fault does not touch.
    """
    try:
        seen = read()
    except PortError as error:
        control(False, "valid data was not read", seen=f"{error.native}: {error.message}")
    control(isinstance(seen, Mapping) and seen.get("count"), "valid data was read as empty", seen=seen)


def require_rows(seen: Mapping[str, Any], expected: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows in short are those of these rows with these columns: their number, the first, the last and all."""
    summary = Summary()
    summary.add([{name: row[name] for name in columns} for row in expected])
    require_equal(dict(seen), summary.value(), "wrong-rows", "the rows are not those of the dataset's files")


def put(hub: ReplayHub, repo_id: str, path: str, content: bytes, *, card: bytes | None = None) -> None:
    """Let a file of a repository have another content, on the whole Hub.

    Args:
        card: the content of its README, if that is another one, too. That of a known dataset counts the rows and names
            their columns, so a client may refuse others.
    """
    held = hub.repo(repo_id).files()
    change = _replaced(held[path], path, content)
    hub.fault(Each([change, GitFile("README.md", card)]) if card is not None else change, times=None)


def _replaced(held: FileTruth, path: str, content: bytes) -> Fault:
    return GitFile(path, content) if held.sha256 is None else Replaced(path, held, content)


def parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as a Parquet file; the types are guessed from the values."""
    return parquet_of(pa.Table.from_pylist(list(rows)))


def parquet_of(table: pa.Table, row_group_size: int | None = None, **written_as: Any) -> bytes:
    """A table as a Parquet file, with its own types.

    Args:
        row_group_size: how many rows a row group has; None: all are in one.
        written_as: further arguments of `pyarrow.parquet.write_table`, such as `compression`.
    """
    written = io.BytesIO()
    pq.write_table(table, written, row_group_size=row_group_size or max(1, table.num_rows), **written_as)
    return written.getvalue()


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def encoded(pickled: bytes) -> str:
    """A pickle as private tests have it: compressed, in base64."""
    return base64.b64encode(zlib.compress(pickled)).decode()


def tests(text: str) -> Any:
    """The tests in a text of a dataset, as the protocol's *test* has them. No pickle is run."""
    try:
        said = json.loads(text)
    except ValueError:
        pickled = zlib.decompress(base64.b64decode(text))
        said = json.loads(next(argument for _, argument, _ in pickletools.genops(pickled) if isinstance(argument, str)))
    if isinstance(said, dict):
        pairs = zip(said["inputs"], said["outputs"], strict=True)
        if "fn_name" in said:
            return [_test("\n".join(map(json.dumps, sent)), json.dumps(back[0]), "functional") for sent, back in pairs]
        return [_test(sent, back, "stdin") for sent, back in pairs]
    return [_test(test["input"], test["output"], test.get("testtype", "stdin")) for test in said]


def _test(sent: str, back: str, kind: str) -> dict[str, str]:
    return {"input": sent, "output": back, "testtype": kind}
