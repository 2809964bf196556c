"""The manifest of a recording: what it says of itself, and the names and digests of its files."""

from __future__ import annotations

import errno
import json
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from conformance import data
from conformance.errors import ConformanceError

FORMAT: Final = 1
"""Of the suite's own areas."""
RECIPE_FORMAT: Final = 2
"""Of what was recorded by a recipe: it says more of itself, and is written to be reviewed."""
MANIFEST: Final = "manifest.json"
NAME: Final = re.compile(r"blobs/[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]*\.yaml")
"""The names that files of a recording have: whatever else a manifest or a cassette names is not read."""
_LINE: Final = {"type": "string", "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*$"}
"""A text that plays no tricks on a terminal."""
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "object", "additionalProperties": _TEXT}
_NOTE: Final = dict.fromkeys(("repo_id", "what", "why"), _TEXT)
_SIZE: Final = {"type": "integer", "minimum": 0}
_SCHEMA: Final = Draft202012Validator(
    {
        "type": "object",
        "required": ["area", "suite", "upstream", "recorded", "synthetic", "origins", "repositories", "files"],
        "properties": {
            "area": _LINE,
            "suite": _LINE,
            "upstream": _LINE,
            "recorded": _LINE,
            "synthetic": {"type": "boolean"},
            "origins": {**_TEXTS, "minProperties": 1},
            "repositories": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "repo_id": _LINE,
                        "repo_type": {"enum": ["model", "dataset", "space"]},
                        "former_name": {"anyOf": [_LINE, {"type": "null"}]},
                    },
                },
            },
            "provenance": {"enum": ["hub", "mirror", "stand-in", "unknown"]},
            "callers": {"type": "array", "items": _LINE},
            "private": {"type": "boolean"},
            "left_out": {"type": "array", "items": {"type": "object", "properties": _NOTE}},
            "thinned": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        **dict.fromkeys(("repo_id", "path", "sha256", "kept", "unit"), _TEXT),
                        **dict.fromkeys(("size", "kept_size", "units"), _SIZE),
                    },
                },
            },
            "roles": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": _TEXT},
            },
            "files": {
                "type": "object",
                "propertyNames": {"pattern": f"^({NAME.pattern})$"},
                "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            },
        },
    }
)


class CassetteError(ConformanceError):
    """A cassette is missing or damaged. The message names the file and the cure."""


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a recording's folder.

    Raises:
        CassetteError: there is none, or it is damaged.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(content_of(path))
    except FileNotFoundError:
        known = ", ".join(sorted(_areas(folder.parent))) or "none"
        raise CassetteError(
            f"{folder}: no cassettes here (areas beside it: {known})",
            f"record them with `hub-conformance record {_how(folder)}`",
        ) from None
    except ValueError as error:
        raise damaged(path, f"not JSON ({error})") from error
    except (OSError, RecursionError) as error:
        raise damaged(path, f"it cannot be read ({type(error).__name__})") from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found not in (FORMAT, RECIPE_FORMAT):
        raise damaged(path, f"format {str(found)[:80]}, this version reads {FORMAT} and {RECIPE_FORMAT}")
    problem = next(iter(_SCHEMA.iter_errors(manifest)), None)
    if problem is not None:
        raise damaged(path, f"{problem.json_path}: {problem.message[:200]}")
    return manifest  # type: ignore[no-any-return]


def content_of(path: Path) -> bytes:
    """A file's content. A pipe or a device is not read: it may have no end.

    Raises:
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        raise OSError(errno.EINVAL, "not a regular file")
    return path.read_bytes()


def _how(folder: Path) -> str:
    """What to give `record` for a folder: the name of an area of the suite, or whatever else it is to hold."""
    return folder.name if folder.parent == data.cassettes_dir().resolve() else f"OWNER/NAME --to {folder}"


def _areas(folder: Path) -> Iterable[str]:
    return (path.parent.name for path in folder.glob(f"*/{MANIFEST}"))


def damaged(path: Path, problem: str) -> CassetteError:
    """The error for a file of a recording that cannot be used, with its cure."""
    for folder in path.parents[:2]:
        if (folder / "recipe.toml").is_file():
            cure = f"restore it from version control, or record again: hub-conformance record --again {folder}"
            return CassetteError(f"{path}: {problem}", cure)
    return CassetteError(f"{path}: {problem}", "restore it from version control, or record its area again")
