"""What lies on disk: notes, refs, listings and indexes of any content, and what is right is never lost or hidden."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.fuzz import draw
from conformance.selftest.fuzz.conftest import Server
from conformance.selftest.reference_client.raw_server import Bytes, answer
from reference_client import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache
from reference_client.datasets.store import DatasetConfig, Store, StoreError

BLOB = hashlib.sha1(b"blob 9\0" + draw.CONTENT).hexdigest()
TREE = [{"type": "file", "oid": BLOB, "size": 9, "path": "a.csv"}]
KEPT = {"format_version": 1, "files": {"a.csv": {"size": 9, "blob_id": BLOB}}}
contents = st.one_of(
    st.binary(max_size=60),
    draw.texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    draw.wrong(KEPT).map(draw.encoded),
    draw.values.map(draw.encoded),
    st.sampled_from([draw.COMMIT.encode(), draw.OTHER.encode() + b"\n", b"[" * 9000, b"1" * 5000]),
)


def hub(head: str) -> Bytes:
    """A Hub with one file."""
    if "/resolve/" in head:
        said = (f"X-Repo-Commit: {draw.COMMIT}", f'ETag: "{BLOB}"', "X-Linked-Size: 9")
        return answer(draw.CONTENT, *said) if head.startswith("GET") else answer(b"", *said)
    return answer(draw.encoded(TREE if "/tree/" in head else draw.INFO))


def put(path: Path, content: bytes | None) -> None:
    """Put this in the place of a path; a folder for None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.is_file():
        path.unlink()
    if content is None:
        path.mkdir(exist_ok=True)
    elif not path.is_dir():
        path.write_bytes(content)


@given(
    ref=st.none() | contents,
    tree=st.none() | contents,
    absence=st.booleans(),
    blob=st.sampled_from([draw.CONTENT, b"", b"PAR1", draw.CONTENT * 2]),
    offline=st.booleans(),
)
def test_the_cache(
    server: Server,
    folder: Callable[[], Path],
    ref: bytes | None,
    tree: bytes | None,
    absence: bool,
    blob: bytes,
    offline: bool,
) -> None:
    """A file is returned whole where the Hub can be asked; scanning and looking up raise nothing."""
    cache = folder()
    server.answer = hub
    options: dict[str, Any] = {"cache_dir": cache, "endpoint": server.url, "token": False}
    snapshot_download("o/n", **options)
    place = cache / "models--o--n"
    put(place / "refs" / "main", ref)
    put(place / "trees" / f"{draw.COMMIT}.json", tree)
    put(place / "blobs" / BLOB, blob)
    if absence:
        put(place / ".no_exist" / draw.COMMIT / "a.csv", b"")
    scan_cache_dir(cache)
    try_to_load_from_cache("o/n", "a.csv", cache)
    for call in (hf_hub_download, snapshot_download):
        with contextlib.suppress(OSError):
            call("o/n", *(["a.csv"] if call is hf_hub_download else []), local_files_only=offline, **options)
    if not offline and len(blob) != len(draw.CONTENT):
        put(place / "refs" / "main", draw.COMMIT.encode()) if ref is not None else None
        found = Path(hf_hub_download("o/n", "a.csv", force_download=True, **options))
        assert found.read_bytes() == draw.CONTENT
    assert scan_cache_dir(cache).cache_dir == cache.resolve()


@given(note=st.none() | contents, present=st.sampled_from([None, draw.CONTENT, b"PAR1", b"mine"]))
def test_notes_beside_a_folder(
    server: Server, folder: Callable[[], Path], note: bytes | None, present: bytes | None
) -> None:
    """A note that cannot be read is as none: the file is what the Hub has."""
    root = folder()
    server.answer = hub
    here = root / "here"
    if present is not None:
        put(here / "a.csv", present)
    put(here / ".cache" / "huggingface" / "download" / "a.csv.metadata", note)
    options: dict[str, Any] = {"local_dir": here, "cache_dir": root / "cache", "endpoint": server.url, "token": False}
    with contextlib.suppress(OSError):
        assert Path(hf_hub_download("o/n", "a.csv", **options)).read_bytes() == draw.CONTENT


@given(index=st.none() | contents, note=st.none() | contents, extra=contents)
def test_the_store(
    server: Server, folder: Callable[[], Path], index: bytes | None, note: bytes | None, extra: bytes
) -> None:
    """Its index and its notes may hold anything: what is right on disk stays, and a download makes them right again."""
    root = folder()
    server.answer = hub
    store = Store(root, endpoint=server.url)
    config = DatasetConfig("o/n", file_pattern="*.csv")
    store.download(config)
    file = root / "o" / "n" / "a.csv"
    assert file.read_bytes() == draw.CONTENT
    put(root / "index.json", index)
    notes = root / ".hub-reference" / "datasets" / "o" / "n"
    for path in sorted(notes.rglob("*.json")):
        put(path, note)
    put(notes / "extra", extra)
    for ask in (store.list_downloaded, lambda: store.is_downloaded("o/n"), lambda: store.get_local_path("o/n")):
        with contextlib.suppress(StoreError):
            Store(root, endpoint=server.url)
            ask()
    assert file.read_bytes() == draw.CONTENT
    try:
        Store(root, endpoint=server.url).download(config)
    except StoreError as error:  # `format_version` is larger than this version knows
        if "newer version" not in str(error):
            raise
        return
    assert Store(root, endpoint=server.url).is_downloaded("o/n")
    assert file.read_bytes() == draw.CONTENT
