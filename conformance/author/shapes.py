"""The shapes of the operations' values, as `conformance/protocol/README.md` has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

Shape: TypeAlias = Callable[[Any, str], str | None]
"""Says what is wrong with a value, which stands at a place such as `value.siblings[0]`, or None."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _is(*types: type, named: str) -> Shape:
    def judge(value: Any, place: str) -> str | None:
        is_right = isinstance(value, types) and not (isinstance(value, bool) and bool not in types)
        return None if is_right else f"{place} is {_short(value)}; write {named}"

    return judge


_TEXT = _is(str, named="a string")
_NUMBER = _is(int, named="a whole number")
_BOOL = _is(bool, named="true or false")
_OBJECT = _is(dict, named="an object")


def _any(value: Any, place: str) -> str | None:
    return None


def _time(value: Any, place: str) -> str | None:
    if isinstance(value, str) and _TIME.fullmatch(value):
        return None
    return f'{place} is {_short(value)}; write a time in UTC with milliseconds, as "2024-01-04T12:05:15.000Z"'


def _path(value: Any, place: str) -> str | None:
    wrong = _keys(path=_TEXT)(value, place)
    if wrong:
        return wrong
    path = Path(value["path"])
    if not path.is_absolute():
        return f"{place}.path is {value['path']!r}, which is not absolute; write the whole path"
    return None if path.exists() else f"{place}.path is {value['path']!r}, and there is nothing"


def _or_null(shape: Shape) -> Shape:
    return lambda value, place: None if value is None else shape(value, place)


def _list(of: Shape) -> Shape:
    def judge(value: Any, place: str) -> str | None:
        if not isinstance(value, list):
            return f"{place} is {_short(value)}; write a list"
        found = (of(one, f"{place}[{number}]") for number, one in enumerate(value))
        return next(filter(None, found), None)

    return judge


def _keys(**shapes: Shape) -> Shape:
    def judge(value: Any, place: str) -> str | None:
        if not isinstance(value, Mapping):
            return f"{place} is {_short(value)}; write an object with {', '.join(shapes)}"
        for key, shape in shapes.items():
            if key not in value:
                return f'{place} has no "{key}"; write null for what the library does not know'
            wrong = shape(value[key], f"{place}.{key}")
            if wrong:
                return wrong
        return None

    return judge


def _known(**shapes: Shape) -> Shape:
    """An object in which everything may be null."""
    return _keys(**{key: _or_null(shape) for key, shape in shapes.items()})


_LFS = _known(sha256=_TEXT, size=_NUMBER, pointer_size=_NUMBER)
_COMMIT = _known(oid=_TEXT, title=_TEXT, date=_time)
_FILE = _known(type=_TEXT, path=_TEXT, size=_NUMBER, blob_id=_TEXT, lfs=_LFS, xet_hash=_TEXT, last_commit=_COMMIT)
_FOLDER = _known(type=_TEXT, path=_TEXT, tree_id=_TEXT, last_commit=_COMMIT)
_REFS = _list(_known(name=_TEXT, ref=_TEXT, target_commit=_TEXT))


def _entry(value: Any, place: str) -> str | None:
    of_type = {"file": _FILE, "directory": _FOLDER}
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind not in of_type:
        return f'{place} is {_short(value)}; write an object whose "type" is "file" or "directory"'
    return of_type[kind](value, place)


_INFO: Final[dict[str, Shape]] = {
    **dict.fromkeys(("id", "author", "sha"), _TEXT),
    **dict.fromkeys(("created_at", "last_modified"), _time),
    **dict.fromkeys(("private", "disabled"), _BOOL),
    "gated": _any,
    **dict.fromkeys(("downloads", "downloads_all_time", "likes", "used_storage"), _NUMBER),
    "tags": _list(_TEXT),
    "siblings": _list(_known(rfilename=_TEXT, size=_NUMBER, blob_id=_TEXT, lfs=_LFS)),
    "card_data": _OBJECT,
}
_DATASET = _known(**_INFO, description=_TEXT, citation=_TEXT, paperswithcode_id=_TEXT)
_MODEL = _known(**_INFO, pipeline_tag=_TEXT, library_name=_TEXT, config=_OBJECT, safetensors=_OBJECT)
_CACHED = _keys(
    repo_id=_TEXT,
    repo_type=_TEXT,
    size_on_disk=_NUMBER,
    nb_files=_NUMBER,
    revisions=_list(_keys(commit_hash=_TEXT, size_on_disk=_NUMBER, refs=_list(_TEXT), files=_list(_TEXT))),
)


def _lookup(value: Any, place: str) -> str | None:
    return None if value in (None, {"no_exist": True}) else _path(value, place)


SHAPES: Final[dict[str, Shape]] = {
    "hf_hub_download": _path,
    "snapshot_download": _path,
    "try_to_load_from_cache": _lookup,
    "scan_cache_dir": _keys(size_on_disk=_NUMBER, repos=_list(_CACHED), warnings=_list(_TEXT)),
    "read_file": _keys(size=_NUMBER, sha256=_TEXT),
    "list_repo_files": _list(_TEXT),
    "list_repo_tree": _list(_entry),
    "get_paths_info": _list(_entry),
    "list_repo_refs": _keys(branches=_REFS, converts=_REFS, tags=_REFS, pull_requests=_or_null(_REFS)),
    "list_repo_commits": _list(
        _known(
            commit_id=_TEXT,
            authors=_list(_TEXT),
            created_at=_time,
            title=_TEXT,
            message=_TEXT,
            formatted_title=_TEXT,
            formatted_message=_TEXT,
        )
    ),
    "repo_exists": _BOOL,
    "revision_exists": _BOOL,
    "file_exists": _BOOL,
    "repo_info": _DATASET,
    "dataset_info": _DATASET,
    "model_info": _MODEL,
    "whoami": _OBJECT,
    "get_dataset_config_names": _list(_TEXT),
    "get_dataset_split_names": _list(_TEXT),
    "get_data_files": _OBJECT,
    "load_rows": _OBJECT,
}
"""Operation to the shape of its value; `repo_info` as it is for a dataset."""


def problem(operation: str, value: Any) -> str | None:
    """What is wrong with the shape of an operation's value, and what to write; None if nothing is."""
    return SHAPES[operation](value, "value")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
