"""Cassettes on disk: vcrpy's YAML, big bodies beside it by sha256, and a manifest that names every file.

<area>/manifest.json
<area>/<name>.yaml      what plain vcrpy loads; a big body is `{string: '', blob: <sha256>, size: <bytes>}`
<area>/blobs/<sha256>
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator
from vcr.request import Request as VcrRequest
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from conformance import data
from conformance.errors import ConformanceError
from conformance.record.recording import RecordedRepository, Recording
from conformance.wire.exchange import Exchange, OriginName, Request, Response, headers

FORMAT: Final = 1
LARGEST_INLINE: Final = 4096
"""Bodies of more bytes than this are kept as blobs."""

_MANIFEST: Final = "manifest.json"
_NAME: Final = re.compile(r"blobs/[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]*\.yaml")
"""The names that files of a recording have: whatever else a manifest or a cassette names is not read."""
_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_SCHEMA: Final = Draft202012Validator(
    {
        "type": "object",
        "required": ["area", "suite", "upstream", "recorded", "synthetic", "origins", "repositories", "files"],
        "properties": {
            "area": {"type": "string"},
            "suite": {"type": "string"},
            "upstream": {"type": "string"},
            "recorded": {"type": "string"},
            "synthetic": {"type": "boolean"},
            "origins": {**_TEXTS, "minProperties": 1},
            "repositories": {"type": "array", "items": {"type": "object"}},
            "files": {
                "type": "object",
                "propertyNames": {"pattern": f"^({_NAME.pattern})$"},
                "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            },
        },
    }
)


class CassetteError(ConformanceError):
    """A cassette is missing or damaged. The message names the file and the cure."""


def load(area: str | Path) -> Recording:
    """Read an area's cassettes; the second time in a process, hand out the same recording.

    Args:
        area: the name of an area of the suite, or the folder of one.

    Raises:
        CassetteError: there is no such area, or one of its files is missing or damaged.
    """
    return _load((data.cassettes_dir() / area if isinstance(area, str) else area).resolve())


@functools.cache
def _load(folder: Path) -> Recording:
    manifest = _manifest(folder)
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
        )
    except (KeyError, TypeError) as error:
        raise _damaged(folder / _MANIFEST, f"an entry is missing or wrong ({error!r})") from error


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
            for response in responses:
                body = response["body"]
                if "blob" in body:
                    body["string"] = self._content(f"blobs/{body['blob']}")
            pairs = zip(requests, responses, strict=True)
            return tuple(from_vcr(request, response, self._origins) for request, response in pairs)
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError, yaml.YAMLError) as error:
            said = f"{type(error).__name__}: {str(error)[:200]}"
            raise _damaged(self._folder / name, f"not a cassette ({said})") from error

    def _content(self, name: str) -> bytes:
        path = self._folder / name
        if not _NAME.fullmatch(name) or name not in self._files:
            raise _damaged(self._folder / _MANIFEST, f"it does not name {name!r}")
        digest = self._files[name]
        try:
            if path.resolve() != self._folder / name:
                raise _damaged(path, "a link to another place; a recording holds its files itself")
            content = path.read_bytes()
        except FileNotFoundError:
            raise _damaged(path, "the manifest names it, but it is not there") from None
        except OSError as error:
            raise _damaged(path, f"it cannot be read ({error.strerror})") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise _damaged(path, "its sha256 is not the one in the manifest")
        return content


def save(recording: Recording, folder: Path) -> None:
    """Write a recording into a folder. What it held before stays until the new files are complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        fresh, old = Path(name) / "new", Path(name) / "old"
        _write(recording, fresh)
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise


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
    (folder / _MANIFEST).write_text(_manifest_text(recording, files), encoding="utf-8")


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


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / _MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        known = ", ".join(sorted(_areas(folder.parent))) or "none"
        raise CassetteError(
            f"{folder}: no cassettes here (areas beside it: {known})",
            f"record them with `hub-conformance record {folder.name}`",
        ) from None
    except ValueError as error:
        raise _damaged(path, f"not JSON ({error})") from error
    except (OSError, RecursionError) as error:
        raise _damaged(path, f"it cannot be read ({type(error).__name__})") from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise _damaged(path, f"format {str(found)[:80]}, this version reads {FORMAT}")
    problem = next(iter(_SCHEMA.iter_errors(manifest)), None)
    if problem is not None:
        raise _damaged(path, f"{problem.json_path}: {problem.message[:200]}")
    return manifest  # type: ignore[no-any-return]


def _areas(folder: Path) -> Iterable[str]:
    return (path.parent.name for path in folder.glob(f"*/{_MANIFEST}"))


def _damaged(path: Path, problem: str) -> CassetteError:
    return CassetteError(f"{path}: {problem}", "restore it from version control, or record its area again")
