"""Information about a repository: `/api/{type}s/{repo_id}[/revision/{revision}]`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import prod
from typing import Any

from conformance.hub import access
from conformance.hub.answers import Answer, HubError, json_answer
from conformance.hub.call import Call
from conformance.hub.repository import Commit, Repository, StoredFile
from conformance.traffic import card, fields, git

MASK = "*" * 64
"""The replacement of a hash that the caller may not see."""

_EXPAND = re.compile(r"expand(?:\[[0-9]{0,4}\])?")
"""`expand`, and the spellings of a list that the Hub's framework reads (`qs`): `expand[]`, `expand[0]`."""

_MOST_DIMENSIONS = 16
_LONGEST = 1 << 48
"""Numbers along one dimension of a tensor: more than any storage holds."""

_BEFORE_COMPUTED = (
    "task_categories",
    "task_ids",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "source_datasets",
    "language",
    "license",
    "size_categories",
)


def info(call: Call) -> Answer:
    """The default body, the same with `?blobs=true`, or the fields of `?expand=`."""
    repository, commit = call.repository, call.commit
    expand = [value for name, value in call.request.query if _EXPAND.fullmatch(name)]
    is_model = repository.repo_type == "model"
    if expand:
        allowed = fields.OF_TYPE[repository.repo_type]
        if not set(expand) <= set(allowed):
            options = "|".join(f'"{name}"' for name in allowed)
            raise HubError(400, f"✖ Invalid option: expected one of {options}")
    siblings = _siblings(commit, blobs=call.flag("blobs"), masked=call.masked)[: repository.most_siblings]
    describe = _model if is_model else _dataset
    body = describe(repository, commit, siblings)
    if is_model and call.flag("securityStatus"):
        body["securityRepoStatus"] = _security(repository, commit)
    if expand:
        everything = {
            **body,
            "downloadsAllTime": repository.downloads_all_time or repository.downloads,
            "trendingScore": repository.trending_score,
            "xetEnabled": repository.xet_enabled,
        }
        body = {name: everything[name] for name in ("_id", "id", *expand) if name in everything}
    return json_answer(body)


def iso(date: datetime) -> str:
    """A date as the Hub writes it, `2026-03-23T10:18:13.000Z`."""
    return f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03d}Z"


def _dataset(repository: Repository, commit: Commit, siblings: list[dict[str, Any]]) -> dict[str, Any]:
    readme = _content(commit, "README.md")
    data = card.card_data(readme) if readme else None
    return {
        "_id": repository.object_id,
        "id": repository.repo_id,
        "author": repository.repo_id.partition("/")[0],
        "sha": commit.sha,
        "lastModified": iso(commit.date),
        "private": repository.private,
        "gated": repository.gated,
        "disabled": repository.disabled,
        "tags": _dataset_tags(repository, data or {}, readme or b""),
        **({"description": card.description(readme, access.page_url(repository))} if readme else {}),
        "downloads": repository.downloads,
        "likes": repository.likes,
        **({"cardData": data} if data is not None else {}),
        "siblings": siblings,
        "createdAt": iso(repository.created),
        **({"runtime": dict(repository.runtime)} if repository.runtime else {}),
        "usedStorage": repository.used_storage,
    }


def _model(repository: Repository, commit: Commit, siblings: list[dict[str, Any]]) -> dict[str, Any]:
    readme = _content(commit, "README.md")
    data = card.card_data(readme) if readme else None
    config = _object(_content(commit, "config.json"))
    weights = commit.files.get("model.safetensors")
    counted = parameters(weights) if weights else None
    named = {name: data[name] for name in ("pipeline_tag", "library_name") if data and name in data}
    return {
        "_id": repository.object_id,
        "id": repository.repo_id,
        "private": repository.private,
        **named,
        "tags": _model_tags(commit, data or {}, config),
        "downloads": repository.downloads,
        "likes": repository.likes,
        "modelId": repository.repo_id,
        "author": repository.repo_id.partition("/")[0],
        "sha": commit.sha,
        "lastModified": iso(commit.date),
        "gated": repository.gated,
        "disabled": repository.disabled,
        "model-index": (data or {}).get("model-index"),
        "config": {name: config[name] for name in ("architectures", "model_type") if name in config},
        **({"cardData": data} if data is not None else {}),
        "siblings": siblings,
        "spaces": list(repository.spaces),
        "createdAt": iso(repository.created),
        **({"safetensors": counted} if counted else {}),
        **({"widgetData": data["widget"]} if data and data.get("widget") else {}),
        "usedStorage": repository.used_storage,
    }


def _security(repository: Repository, commit: Commit) -> dict[str, Any]:
    """Whether all files are scanned, and those that have issues."""
    found = {path: repository.scans.get(path, "unscanned") for path in commit.files}
    issues = [{"path": path, "level": level} for path, level in found.items() if level in ("unsafe", "suspicious")]
    done = not {"unscanned", "queued"}.intersection(found.values())
    return {"scansDone": done, "filesWithIssues": issues}


def _dataset_tags(repository: Repository, data: Mapping[str, Any], readme: bytes) -> list[str]:
    from_card = card.families(data, _BEFORE_COMPUTED)
    computed = [tag for tag in repository.computed_tags if tag not in from_card]
    benchmark = [tag for tag in computed if tag.startswith("benchmark:")]
    papers = [f"arxiv:{paper}" for paper in card.arxiv_ids(readme)]
    others = [*computed[len(benchmark) :], *papers, "region:us"]
    return [*benchmark, *from_card, *others, *card.as_list(data.get("tags"))]


def _model_tags(commit: Commit, data: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    tags = card.as_list(data.get("library_name"))
    if any(path.endswith(".safetensors") for path in commit.files):
        tags = [*tags, "safetensors"]
    tags += [name for name in (config.get("model_type"), data.get("pipeline_tag")) if name]
    tags += card.as_list(data.get("tags")) + card.as_list(data.get("language"))
    return [*tags, *card.families(data, ("license",)), "region:us"]


def _content(commit: Commit, path: str) -> bytes | None:
    file = commit.files.get(path)
    return file.data if file else None


def _siblings(commit: Commit, *, blobs: bool, masked: bool) -> list[dict[str, Any]]:
    return [{"rfilename": path, **(_blob(file, masked=masked) if blobs else {})} for path, file in commit.files.items()]


def _blob(file: StoredFile, *, masked: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"blobId": file.oid, "size": file.size}
    if file.sha256 is not None:
        pointer_size = len(git.pointer(file.sha256, file.size))
        sha256 = MASK if masked else file.sha256
        fields["lfs"] = {"sha256": sha256, "size": file.size, "pointerSize": pointer_size}
    return fields


@lru_cache(maxsize=32)
def parameters(weights: StoredFile) -> dict[str, Any] | None:
    """Parameters by type and in all, from the header of a safetensors file; None where that cannot be read."""
    length = int.from_bytes(weights.data[:8], "little")
    header = _object(weights.data[8 : 8 + length])
    header.pop("__metadata__", None)
    counts: Counter[str] = Counter()
    try:
        for tensor in header.values():
            counts[str(tensor["dtype"])] += _size(tensor["shape"])
    except (KeyError, TypeError, ValueError):
        return None
    if not header:
        return None
    return {"parameters": dict(counts), "total": sum(counts.values())}


def _size(shape: list[Any]) -> int:
    """How many numbers a tensor of this shape has.

    Raises:
        ValueError: none can have this shape.
    """
    if len(shape) > _MOST_DIMENSIONS or not all(type(length) is int and 0 <= length < _LONGEST for length in shape):
        raise ValueError(f"no shape: {shape!r:.80}")
    return prod(shape)


def _object(content: bytes | None) -> dict[str, Any]:
    """The JSON object that a file holds, an empty one where it holds none."""
    try:
        value = card.as_json(json.loads(content or b"{}", parse_constant=_not_json))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
