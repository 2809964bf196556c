"""Cassettes on disk: vcrpy's YAML, big bodies beside it by sha256, and a manifest that names every file.

<area>/manifest.json
<area>/<name>.yaml      what plain vcrpy loads; a big body is `{string: '', blob: <sha256>, size: <bytes>}`
<area>/blobs/<sha256>
<area>/recipe.toml      format 2: what was asked for (`conformance.record.recipe`)

The suite's own areas have format 1; `conformance.record.folder` writes format 2. Both are read here, and a body only
when its exchange is asked for.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from vcr.request import Request as VcrRequest
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from conformance import data
from conformance.traffic.exchange import Exchange, OriginName, Request, Response, headers
from conformance.traffic.layout import restored
from conformance.traffic.manifest import FORMAT, MANIFEST, NAME, content_of, damaged, read
from conformance.traffic.recording import LeftOut, RecordedRepository, Recording, Thinned
from conformance.traffic.stored import LEFT_OUT, Blob, StoredExchange

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A word as a method or the name of a header is one (RFC 9110 §5.6.2)."""
_VALUE: Final = re.compile(r"[^\x00\r\n]*")
LARGEST_INLINE: Final = 4096
"""Bodies of more bytes than this are kept as blobs."""


def load(area: str | Path) -> Recording:
    """Read an area's cassettes; the second time in a process, hand out the same recording.

    Args:
        area: the name of an area of the suite, or the folder of one.

    Raises:
        CassetteError: there is no such area, or one of its files is missing or damaged.
    """
    return _load((data.cassettes_dir() / area if isinstance(area, str) else area).resolve())


def read_again(folder: Path) -> Recording:
    """A recording as its files are now, whatever was loaded before.

    Raises:
        CassetteError: one of its files is missing or damaged.
    """
    return _load.__wrapped__(folder.resolve())


@functools.cache
def _load(folder: Path) -> Recording:
    manifest = read(folder)
    try:
        return Recording(
            area=manifest["area"],
            suite=manifest["suite"],
            upstream=manifest["upstream"],
            recorded=manifest["recorded"],
            synthetic=manifest["synthetic"],
            origins=manifest["origins"],
            repositories=tuple(RecordedRepository(**entry) for entry in manifest["repositories"]),
            cassettes=_Cassettes(folder, manifest["files"], manifest["origins"]),
            provenance=manifest.get("provenance") or ("stand-in" if manifest["synthetic"] else "unknown"),
            callers=tuple(manifest.get("callers", ())),
            private=manifest.get("private", False),
            left_out=tuple(LeftOut(**entry) for entry in manifest.get("left_out", ())),
            thinned=tuple(Thinned(**entry) for entry in manifest.get("thinned", ())),
            roles={name: tuple(held) for name, held in manifest.get("roles", {}).items()},
        )
    except (KeyError, TypeError) as error:
        raise damaged(folder / MANIFEST, f"an entry is missing or wrong ({error!r})") from error


class _Cassettes(Mapping[str, tuple[Exchange, ...]]):
    """The cassettes of a folder, each read when it is first needed: YAML is slow, and few checks need all."""

    def __init__(self, folder: Path, files: Mapping[str, str], origins: Mapping[OriginName, str]) -> None:
        self._folder = folder
        self._files = files
        self._origins = origins
        self._read: dict[str, tuple[Exchange, ...]] = {}

    def __iter__(self) -> Iterator[str]:
        return (name.removesuffix(".yaml") for name in self._files if name.endswith(".yaml"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> tuple[Exchange, ...]:
        if name not in self._read:
            self._read[name] = self._exchanges(f"{name}.yaml")
        return self._read[name]

    def _exchanges(self, name: str) -> tuple[Exchange, ...]:
        content = self._content(name)
        try:
            text = content.decode("utf-8")
            requests, responses = deserialize(text, yamlserializer)
            return tuple(self._exchange(*pair) for pair in zip(requests, responses, strict=True))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError, yaml.YAMLError) as error:
            said = f"{type(error).__name__}: {str(error)[:200]}"
            raise damaged(self._folder / name, f"not a cassette ({said})") from error

    def _exchange(self, request: VcrRequest, response: Any) -> Exchange:
        body = response["body"]
        if "blob" in body:
            found = sendable(from_vcr(request, response, self._origins))
            return _Checked(found.request, _in_order(found.response), self._blob(body["blob"]))
        body["string"] = restored(response)
        found = sendable(from_vcr(request, response, self._origins))
        source = found.response.source
        if "left_out" in body:
            source = f"{LEFT_OUT}{str(body['left_out']).removeprefix(LEFT_OUT)}"
        return replace(found, response=replace(_in_order(found.response), source=source))

    def _blob(self, digest: str) -> Blob:
        """Where a body lies. It is read, and its digest compared, when it is asked for."""
        path = self._path(f"blobs/{digest}")
        try:
            if not path.is_file() and path.exists():
                what = "it is a folder" if path.is_dir() else "not a regular file"
                raise damaged(path, f"it cannot be read ({what})")
            size = path.stat().st_size
        except FileNotFoundError:
            raise damaged(path, "the manifest names it, but it does not exist") from None
        except OSError as error:
            raise damaged(path, f"it cannot be read ({error.strerror})") from None
        return Blob(path, self._files[f"blobs/{digest}"], size)

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if not NAME.fullmatch(name) or name not in self._files:
            raise damaged(self._folder / MANIFEST, f"it does not name {name!r}")
        if path.resolve() != path:
            raise damaged(path, "a link to another place; a recording holds its files itself")
        return path

    def _content(self, name: str) -> bytes:
        path = self._path(name)
        try:
            content = content_of(path)
        except FileNotFoundError:
            raise damaged(path, "the manifest names it, but it does not exist") from None
        except OSError as error:
            raise damaged(path, f"it cannot be read ({error.strerror})") from None
        if hashlib.sha256(content).hexdigest() != self._files[name]:
            raise damaged(path, "its sha256 is not the one in the manifest")
        return content


def sendable(exchange: Exchange) -> Exchange:
    """The exchange, if HTTP can have it: a cassette may have been edited by hand.

    Raises:
        ValueError: it has another status, method or header than any.
    """
    status = exchange.response.status
    if type(status) is not int or not 100 <= status < 600:
        raise ValueError(f"a status of {status!r:.20}")
    if not _TOKEN.fullmatch(str(exchange.request.method)):
        raise ValueError(f"a method {exchange.request.method!r:.20}")
    for name, value in [*exchange.request.headers.items(), *exchange.response.headers.items()]:
        if not _TOKEN.fullmatch(name) or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ValueError(f"a header {name!r:.40} that HTTP cannot have")  # its value may be a token
    return exchange


def _in_order(response: Response) -> Response:
    """The response with its headers in the order of their names, as they were recorded: anchors of YAML change it."""
    return replace(response, headers=headers(sorted(response.headers.items())))


class _Checked(StoredExchange):
    """An exchange of a cassette, whose errors name the file and the cure."""

    __slots__ = ()

    @property
    def response(self) -> Response:
        """The whole response.

        Raises:
            CassetteError: its body cannot be read, or is not the one that was recorded.
        """
        try:
            return super().response
        except ValueError:
            raise damaged(self.blob.path, "its sha256 is not the one in the manifest") from None
        except OSError as error:
            raise damaged(self.blob.path, f"it cannot be read ({error.strerror})") from None


def save(recording: Recording, folder: Path) -> None:
    """Write a recording into a folder. What it held before stays until the new files are complete."""
    replace_folder(folder, lambda fresh: _write(recording, fresh))


def replace_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Write a folder beside the old one, and put it in its place when it is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        fresh, old = Path(name) / "new", Path(name) / "old"
        write(fresh)
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise


def recover(folder: Path) -> None:
    """Put back a recording that a kill has left beside its place, between two renames of `replace_folder`."""
    left = re.compile(rf"\.{re.escape(folder.name)}-[^-]+")  # without a second `-`: that is of a folder NAME-MORE
    beside = sorted(folder.parent.iterdir()) if folder.parent.is_dir() else []
    for old in (path / "old" for path in beside if left.fullmatch(path.name)):
        if not old.is_dir():
            continue
        if not folder.exists() and (old / MANIFEST).is_file():
            old.rename(folder)
        shutil.rmtree(old.parent, ignore_errors=True)


def to_vcr(exchange: Exchange, origins: Mapping[OriginName, str]) -> tuple[VcrRequest, dict[str, Any]]:
    """An exchange as vcrpy holds it: a request, and a response as a dictionary."""
    asked, answered = exchange.request, exchange.response
    sent = {str(name): value for name, value in asked.headers.items()}  # multidict has string types of its own
    request = VcrRequest(asked.method, origins[asked.origin] + asked.target, asked.body or None, sent)
    by_name: dict[str, list[str]] = {}
    for name, value in answered.headers.items():
        by_name.setdefault(str(name), []).append(value)
    return request, {
        "status": {"code": answered.status, "message": answered.reason},
        "headers": by_name,
        "body": {"string": answered.body},
    }


def from_vcr(request: VcrRequest, response: Mapping[str, Any], origins: Mapping[OriginName, str]) -> Exchange:
    """The exchange that vcrpy holds as a request and a response dictionary.

    Raises:
        KeyError: the request went to an origin that is not among `origins`.
    """
    parts = urlsplit(request.uri)
    names = {url: name for name, url in origins.items()}
    target = request.uri[len(f"{parts.scheme}://{parts.netloc}") :] or "/"
    return Exchange(
        Request(
            method=request.method,
            target=target,
            origin=names[f"{parts.scheme}://{parts.netloc}"],
            headers=_headers(request.headers),
            body=request.body or b"",
        ),
        Response(
            status=response["status"]["code"],
            headers=_headers(response["headers"]),
            body=response["body"]["string"],
            source="recorded",
        ),
    )


def _headers(values: Mapping[str, str | list[str]]) -> Any:
    return headers(
        (name, value) for name, held in values.items() for value in (held if isinstance(held, list) else [held])
    )


def _write(recording: Recording, folder: Path) -> None:
    blobs: dict[str, bytes] = {}
    files: dict[str, bytes] = {}
    for name, exchanges in recording.cassettes.items():
        pairs = [to_vcr(exchange, recording.origins) for exchange in exchanges]
        for _, response in pairs:
            body: bytes = response["body"]["string"]
            if len(body) > LARGEST_INLINE:
                digest = hashlib.sha256(body).hexdigest()
                blobs[digest] = body
                response["body"] = {"string": b"", "blob": digest, "size": len(body)}
        requests, responses = zip(*pairs, strict=True) if pairs else ((), ())
        text: str = serialize({"requests": requests, "responses": responses}, yamlserializer)
        files[f"{name}.yaml"] = text.encode("utf-8")
    files |= {f"blobs/{digest}": body for digest, body in sorted(blobs.items())}
    (folder / "blobs").mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / MANIFEST).write_text(_manifest_text(recording, files), encoding="utf-8")


def _manifest_text(recording: Recording, files: Mapping[str, bytes]) -> str:
    manifest = {
        "format": FORMAT,
        "area": recording.area,
        "suite": recording.suite,
        "upstream": recording.upstream,
        "synthetic": recording.synthetic,
        "recorded": recording.recorded,
        "origins": dict(recording.origins),
        "repositories": [asdict(repository) for repository in recording.repositories],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return json.dumps(manifest, indent=1) + "\n"
