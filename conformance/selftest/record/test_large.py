"""Files of gigabytes: dropped, thinned or kept, in little memory and no time."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.record import session
from conformance.record.beginning import ROWS, beginning_of
from conformance.record.proxy import RecordError
from conformance.record.recipe import Recipe, Wanted
from conformance.replay import ReplayHub
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.selftest.imitation import hub as imitation_hub
from conformance.selftest.imitation.repositories import huge
from conformance.selftest.imitation.virtual import json_lines, parquet, stored
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Request, Response

TULU = {f"data/train-{number:05}-of-00006.parquet": stored(f"t{number}", parquet(235_494_165)) for number in range(6)}
CODE = {f"test{number}.jsonl": stored(f"l{number}", json_lines(747_665_803)) for number in range(6)}
MEBIBYTES = 200
SECONDS = 120

RECORD = """
import json, sys, time
from pathlib import Path
from conformance.record import session
from conformance.record.recipe import Recipe, Wanted
started = time.monotonic()
url, repo, large, folder, largest = sys.argv[1:]
session.record(Recipe(url, (Wanted(repo),), large=large, largest=int(largest)), Path(folder), {})
# ru_maxrss would be that of the process that started this one, if it was larger.
status = Path("/proc/self/status").read_text().split()
print(json.dumps([time.monotonic() - started, int(status[status.index("VmHWM:") + 1]) / 1024]))
"""


@pytest.fixture(scope="module")
def hub() -> Iterator[Imitation]:
    kept = {"data/middle.bin": _real(b"\x00\x01middle" * 4_000_000)}
    with Imitation([huge("big/tulu", TULU), huge("big/code", CODE), huge("big/middle", kept)]) as opened:
        yield opened


def _real(content: bytes) -> Any:
    from conformance.hub.repository import StoredFile

    return StoredFile.of(content, lfs=True)


def recorded(hub: Imitation, repo: str, large: str, folder: Path, largest: int = 10**6) -> tuple[float, float]:
    """Seconds and mebibytes of a process that records."""
    words = [sys.executable, "-c", RECORD, hub.url, repo, large, str(folder), str(largest)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="the peak of memory is read from /proc")


@needs_proc
@pytest.mark.slow(seconds=8)
@pytest.mark.parametrize("large", ["drop", "thin"])
@pytest.mark.parametrize(("repo", "size"), [("big/tulu", 1_412_964_990), ("big/code", 4_485_994_818)])
def test_gigabytes(repo: str, size: int, large: str, hub: Imitation, tmp_path: Path) -> None:
    """Under two minutes and 200 MiB; what is left out or thinned says so, with its true size."""
    seconds, peak = recorded(hub, repo, large, tmp_path / "x")
    assert (seconds < SECONDS, peak < MEBIBYTES) == (True, True), (seconds, peak)
    recording = load(tmp_path / "x")
    notes = recording.left_out if large == "drop" else recording.thinned
    assert sum(note.size or 0 for note in notes) == size
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 2_000_000
    with ReplayHub(recording) as served:
        files = served.repo(repo).files()
        bodies = [file.content for file in files.values() if file.sha256]
        assert all((body is None) == (large == "drop") for body in bodies)
        if large == "thin" and repo == "big/tulu":
            assert [pq.ParquetFile(io.BytesIO(body or b"")).metadata.num_rows for body in bodies] == [ROWS] * 6


@needs_proc
@pytest.mark.slow(seconds=8)
def test_a_kept_file_is_streamed(hub: Imitation, tmp_path: Path) -> None:
    """32 MB to disk, and the memory of a process that keeps none of it."""
    _, without = recorded(hub, "big/middle", "drop", tmp_path / "without")
    _, peak = recorded(hub, "big/middle", "keep", tmp_path / "x")
    assert peak < without + 12, (without, peak)
    with ReplayHub(load(tmp_path / "x")) as served:
        file = served.repo("big/middle").files()["data/middle.bin"]
        assert file.is_kept
        assert len(file.body) == file.size == 32_000_000


def test_a_thinned_file_fits_in_every_answer(hub: Imitation, tmp_path: Path) -> None:
    """Listing, information, redirect and content agree on its size and digest; the manifest has the true ones."""
    recipe = Recipe(hub.url, (Wanted("big/tulu"),), large="thin")
    recording = session.record(recipe, tmp_path / "x", {})
    told = {note.kept: note for note in recording.thinned}
    assert {note.unit for note in recording.thinned} == {"rows"}
    said = [one.response for one in recording.exchanges]
    for response in said:
        for item in json.loads(response.body) if response.body.startswith(b"[") else ():
            if "lfs" in item:
                assert told[item["lfs"]["oid"]].kept_size == item["size"] == item["lfs"]["size"]
        if "X-Linked-Size" in response.headers:
            digest = response.headers["X-Linked-ETag"].strip('"')
            assert int(response.headers["X-Linked-Size"]) == told[digest].kept_size
    true = {file.sha256.encode() for file in TULU.values() if file.sha256}
    assert not [digest for digest in true for response in said if digest in response.body]


def written(rows: int, **options: Any) -> bytes:
    held = io.BytesIO()
    table = pa.table({"text": [f"row {number} " * 50 for number in range(rows)], "n": list(range(rows))})
    pq.write_table(table, held, **options)
    return held.getvalue()


@pytest.mark.parametrize("options", [{"row_group_size": 50}, {"compression": "zstd"}, {"compression": "none"}])
def test_the_first_rows(options: dict[str, Any]) -> None:
    """Of Parquet with any compression: its schema, and its first rows, in more than one row group."""
    content = written(5000, **options)
    asked: list[int] = []

    def read(first: int, last: int) -> bytes:
        asked.append(last - first + 1)
        return content[first : last + 1]

    part = beginning_of("x.parquet", len(content), read, most=10**6)
    file = pq.ParquetFile(io.BytesIO(part.content))
    assert (part.units, part.unit, file.metadata.num_rows) == (ROWS, "rows", ROWS)
    assert file.metadata.num_row_groups > 1
    whole = pq.read_table(io.BytesIO(content))
    assert file.read().equals(whole.slice(0, ROWS))
    assert file.schema_arrow.equals(whole.schema)


@pytest.mark.parametrize(
    ("path", "content", "units", "unit"),
    [
        ("x.jsonl", b'{"a": 1}\n' * 500, 100, "lines"),
        ("x.jsonl", b'{"a": 1}\n{"b": 2}\n{"c"', 2, "lines"),
        ("x.bin", b"\x00" * 100_000, 65_536, "bytes"),
        ("x.parquet", b"no parquet at all" * 9000, 65_536, "bytes"),
        ("x.jsonl", b"one line without an end" * 20_000, 65_536, "bytes"),
    ],
)
def test_the_beginning_of_other_files(path: str, content: bytes, units: int, unit: str) -> None:
    part = beginning_of(path, len(content), lambda first, last: content[first : last + 1], most=10**6)
    assert (part.units, part.unit) == (units, unit)
    assert content.startswith(part.content)


def test_the_beginning_of_a_table_without_columns() -> None:
    """It has no column whose compression could be taken."""
    held = io.BytesIO()
    pq.write_table(pa.table({}), held)
    content = held.getvalue()
    part = beginning_of("x.parquet", len(content), lambda first, last: content[first : last + 1], most=10**6)
    assert (part.units, part.unit) == (0, "rows")


def as_text(request: Request, response: Response) -> Response:
    """Parts of contents as what the imitation sends in chunks."""
    is_part = request.origin == "cdn" and response.status == 206
    return response.with_headers({"Content-Type": "text/plain"}) if is_part else response


def test_parts_of_a_file_in_small_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imitation_hub, "_PIECE", 777)
    with Imitation([typical()], Manners(plant=as_text)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), large="thin", largest=20_000)
        recording = session.record(recipe, tmp_path / "x", {})
    assert {thin.unit for thin in recording.thinned} == {"rows"}


@pytest.mark.parametrize("told", ["bytes 5-9/58954", "bytes */58954"])
def test_another_part_than_was_asked_for(told: str, tmp_path: Path) -> None:
    def plant(request: Request, response: Response) -> Response:
        is_part = request.origin == "cdn" and response.status == 206
        return response.with_headers({"Content-Range": told}) if is_part else response

    with Imitation([typical()], Manners(plant=plant)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), large="thin", largest=20_000)
        with pytest.raises(RecordError, match="did not answer with a part of"):
            session.record(recipe, tmp_path / "x", {})
