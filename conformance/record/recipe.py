"""What a recording was asked to hold: a small file that people keep beside it and record again by."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast, get_args
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from conformance.errors import ConformanceError
from conformance.traffic.identity import STRANGER, TOKENS
from conformance.traffic.recording import RepoType

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

Large: TypeAlias = Literal["drop", "thin", "keep"]
"""What becomes of large bodies: left out, replaced by their beginning, or kept."""

FILE: Final = "recipe.toml"
NOT_WANTED: Final = "not wanted by --only"
"""Why a content is left out that no pattern of the recipe matches."""
CALLERS: Final = tuple(name for name in TOKENS if name != STRANGER)
"""The callers that a token can be given for."""

_NAME: Final = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
_SIZE: Final = re.compile(r"([0-9]{1,12})([kMG]?)B?")
_UNITS: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


_TEXT: Final = {"type": "string", "minLength": 1}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_WHOLE: Final = {"type": "integer", "not": {"type": "boolean"}}
_SCHEMA: Final = Draft202012Validator(
    {
        "type": "object",
        "required": ["upstream", "repositories"],
        "additionalProperties": False,
        "properties": {
            "upstream": _TEXT,
            "commits": _WHOLE,
            "pulls": _WHOLE,
            "largest": _WHOLE,
            "large": _TEXT,
            "callers": {"type": "object", "additionalProperties": _TEXT},
            "repositories": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["repo_id"],
                    "additionalProperties": False,
                    "properties": {
                        "repo_id": _TEXT,
                        "repo_type": _TEXT,
                        "revisions": _TEXTS,
                        "only": _TEXTS,
                        "former_name": _TEXT,
                    },
                },
            },
        },
    }
)


class RecipeError(ConformanceError):
    """A recipe, or an option that goes into one, cannot be used. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repository to record.

    Args:
        repo_id: its name, as `OWNER/NAME`.
        repo_type: dataset, model or space.
        revisions: commits, branches or tags that are recorded whatever else is chosen.
        only: shell patterns of the paths whose contents are kept; all of them where there is none.
        former_name: an old name that the Hub redirects.
    """

    repo_id: str
    repo_type: RepoType = "dataset"
    revisions: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    former_name: str | None = None

    def keeps(self, path: str) -> bool:
        """Whether the content of a file is wanted."""
        return not self.only or any(fnmatchcase(path, pattern) for pattern in self.only)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to record, from where, and how much of it.

    Args:
        upstream: the URL of the Hub, without a trailing slash.
        repositories: what to record.
        commits: how many commits of `main` are recorded whole, at least one.
        pulls: how many pull requests are recorded.
        largest: bytes; bodies of files with more are large.
        large: what becomes of large bodies.
        callers: a caller's name, and the name of the environment variable that holds its token.
    """

    upstream: str
    repositories: tuple[Wanted, ...]
    commits: int = 5
    pulls: int = 3
    largest: int = 10**6
    large: Large = "drop"
    callers: Mapping[str, str] = field(default_factory=dict)


def checked(recipe: Recipe) -> Recipe:
    """The recipe, if it can be followed.

    Raises:
        RecipeError: something in it cannot be used.
    """
    if not _is_url(recipe.upstream):
        shown = recipe.upstream.rpartition("@")[2]  # what is before it may be a login
        raise RecipeError(f"{shown[:200]}: not a URL of a Hub", "give one like https://huggingface.co, no login")
    for wanted in recipe.repositories:
        for name in filter(None, (wanted.repo_id, wanted.former_name)):
            if not is_name(name):
                raise RecipeError(f"{name!r}: not a repository name", "give OWNER/NAME")
        if wanted.repo_type not in get_args(RepoType):
            raise RecipeError(f"{wanted.repo_type!r}: not a type", f"give one of {', '.join(get_args(RepoType))}")
    named = [(wanted.repo_type, wanted.repo_id.lower()) for wanted in recipe.repositories]
    twice = next((name for kind, name in named if named.count((kind, name)) > 1), None)
    if twice is not None:
        raise RecipeError(f"{twice}: named twice", "name each repository once, with all its revisions and patterns")
    if not recipe.repositories:
        raise RecipeError("nothing to record", "name a repository")
    if recipe.large not in get_args(Large):
        raise RecipeError(
            f"{recipe.large!r}: not a way to treat large bodies", f"give one of {', '.join(get_args(Large))}"
        )
    if not 1 <= recipe.commits <= 100 or not 0 <= recipe.pulls <= 100 or not 1000 <= recipe.largest <= 10**12:
        raise RecipeError("a number is out of its range", "commits 1 to 100, pulls 0 to 100, largest 1k to 1000G")
    for name, variable in recipe.callers.items():
        if name not in CALLERS:
            raise RecipeError(f"{name!r}: not a caller that the suite knows", f"name one of {', '.join(CALLERS)}")
        if not _VARIABLE.fullmatch(variable):
            # Whoever writes the token itself must not read it again in an error.
            raise RecipeError(f"--as {name}=…: not the name of an environment variable", "never give a token itself")
    return recipe


def _is_url(text: str) -> bool:
    """Whether this is the URL of a Hub: with a host and perhaps a path, without a login, a query or a fragment."""
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", text):
        return False
    try:
        parts = urlsplit(text)
        named, port = parts.hostname or "", parts.port
        is_host = ":" in named or bool(named.rstrip(".").encode("idna"))
    except ValueError:  # UnicodeError, of a label that is empty or too long, is one
        return False
    return is_host and port != 0


def is_name(repo_id: str) -> bool:
    """Whether a repository can have this name; a file that is named after it is then below its folder."""
    return _NAME.fullmatch(repo_id) is not None and ".." not in repo_id and "--" not in repo_id and repo_id[0].isalnum()


def size_of(text: str) -> int:
    """Bytes: `500k`, `1M`, `2G` or a plain number.

    Raises:
        RecipeError: it is not a size.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise RecipeError(f"{text!r}: not a size", "give one like 500k, 1M or 2G")
    return int(found[1]) * _UNITS[found[2]]


def text_of(recipe: Recipe) -> str:
    """The recipe as TOML."""
    lines = [
        "# What this recording holds. Record it again with: hub-conformance record --again FOLDER",
        f"upstream = {_quoted(recipe.upstream)}",
        f"commits = {recipe.commits}",
        f"pulls = {recipe.pulls}",
        f"largest = {recipe.largest}",
        f"large = {_quoted(recipe.large)}",
    ]
    if recipe.callers:
        lines += ["", "[callers]  # a caller, and the environment variable with its token"]
        lines += [f"{name} = {_quoted(variable)}" for name, variable in sorted(recipe.callers.items())]
    for wanted in recipe.repositories:
        lines += ["", "[[repositories]]", f"repo_id = {_quoted(wanted.repo_id)}", f'repo_type = "{wanted.repo_type}"']
        for name, values in (("revisions", wanted.revisions), ("only", wanted.only)):
            if values:
                lines.append(f"{name} = [{', '.join(map(_quoted, values))}]")
        if wanted.former_name is not None:
            lines.append(f"former_name = {_quoted(wanted.former_name)}")
    return "\n".join(lines) + "\n"


def read(path: Path) -> Recipe:
    """The recipe in a file.

    Raises:
        RecipeError: there is none, or it cannot be used.
    """
    try:
        held = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"{path}: not there", "record with OWNER/NAME and --to first") from None
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path}: not TOML ({str(error)[:200]})", "correct it, or record again with --to") from error
    for wrong in _SCHEMA.iter_errors(held):
        place = ".".join(map(str, wrong.absolute_path))
        raise RecipeError(
            f"{path}: {f'{place}: ' if place else ''}{_said(wrong)}", "correct it, or record again with --to"
        )
    wanted = tuple(_wanted(entry) for entry in held.pop("repositories"))
    held |= {name: int(held[name]) for name in ("commits", "pulls", "largest") if name in held}  # 5.0 is a whole number
    held["upstream"] = held["upstream"].rstrip("/")
    return checked(Recipe(repositories=wanted, **held))


def _said(error: ValidationError) -> str:
    """What is wrong with a key, in one line."""
    if error.validator != "additionalProperties":
        return error.message[:200]
    schema: Any = error.schema
    known = schema["properties"]
    unknown = next(name for name in dict(cast("Any", error.instance)) if name not in known)
    near = difflib.get_close_matches(unknown, known, 1)
    return f"unknown key {unknown!r}" + (f" (did you mean {near[0]}?)" if near else "")


def _wanted(entry: dict[str, Any]) -> Wanted:
    lists: dict[str, Any] = {name: tuple(entry.get(name, ())) for name in ("revisions", "only")}
    return Wanted(**{**entry, **lists})


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
