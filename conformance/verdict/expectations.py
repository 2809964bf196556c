"""A port's expectations: the failures that its authors know of. Only this module knows the file's grammar.

The file is a YAML list. Each entry says that one check fails, with which finding, why, and who says so:

    - check: download/second-call-sends-one-head[gsm8k]
      code: extra-request
      reason: the library asks for the metadata twice
      source: https://example.org/issues/17
      expires: 2027-03-01        # optional; holds through that day

An entry excuses exactly that finding of that check. It never excuses a check that could not run.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.errors import ConformanceError

_REQUIRED: Final = ("check", "code", "reason", "source")
_KEYS: Final = (*_REQUIRED, "expires")


class ExpectationError(ConformanceError):
    """An expectations file cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One entry: this check fails, with a finding of this code, for this reason."""

    check: str
    code: str
    reason: str
    source: str
    expires: datetime.date | None = None
    """The last day on which the entry holds; None means no end."""
    where: str = ""
    """File and line, `expectations.yaml:12`, for messages."""

    def to_json(self) -> dict[str, str | None]:
        """What the event stream says of it: code, reason, source, and expires in ISO 8601 or None."""
        return {
            "code": self.code,
            "reason": self.reason,
            "source": self.source,
            "expires": self.expires.isoformat() if self.expires else None,
        }


def read(path: Path) -> dict[str, Expectation]:
    """The entries of an expectations file by check id, in the order of the file; an empty file has none.

    Raises:
        ExpectationError: the file cannot be read or breaks the grammar; the message has file, line and entry.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ExpectationError(f"{path} cannot be read", str(error)) from error
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise ExpectationError(f"{path} is not YAML", problem) from error
    if root is None:
        return {}
    if not isinstance(root, yaml.SequenceNode):
        raise ExpectationError(f"{path} is not a list", "write `- check: …`, one entry for each check")
    entries: dict[str, Expectation] = {}
    for node in root.value:
        entry = _entry(node, path)
        if entry.check in entries:
            first = entries[entry.check].where
            raise ExpectationError(
                f"{entry.where}: {entry.check} already has an entry at {first}",
                "keep one of them; a check fails with one code",
            )
        entries[entry.check] = entry
    return entries


def unknown_ids(expectations: Iterable[Expectation], known: Collection[str]) -> list[str]:
    """A message for each entry whose check does not exist, with the nearest ids that do."""
    return [
        f"{entry.where}: no check is called {entry.check!r}{did_you_mean(entry.check, known)}; "
        "correct the id or remove the entry"
        for entry in expectations
        if entry.check not in known
    ]


def did_you_mean(wrong: str, known: Collection[str]) -> str:
    """` (did you mean A or B?)` for the names nearest to a wrong one, or an empty string."""
    near = difflib.get_close_matches(wrong, sorted(known), n=3)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _entry(node: yaml.Node, path: Path) -> Expectation:
    where = f"{path}:{node.start_mark.line + 1}"
    fields = _fields(node, where)
    quoted = f"{where}: the entry for {fields['check']}" if fields.get("check") else f"{where}: the entry"
    for key in _REQUIRED:
        if key not in fields:
            raise ExpectationError(f"{quoted} has no {key!r}", f"write `{key}: …`")
        if not isinstance(fields[key], str) or not fields[key].strip():
            raise ExpectationError(f"{quoted} has {key}: {fields[key]!r}", "write a text that is not empty")
    expires = fields.get("expires")
    if expires is not None and type(expires) is not datetime.date:
        raise ExpectationError(f"{quoted} has expires: {expires!r}", "write a date, as `expires: 2027-03-01`")
    return Expectation(**{key: fields[key].strip() for key in _REQUIRED}, expires=expires, where=where)


def _fields(node: yaml.Node, where: str) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise ExpectationError(
            f"{where}: {node.value!r} is not an entry",
            f"write a mapping with {', '.join(_REQUIRED)} and, if it has an end, expires",
        )
    # SafeConstructor turns nodes into values; the loader around it is only needed to read text.
    constructor = yaml.constructor.SafeConstructor()
    fields: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        here = where.rpartition(":")[0] + f":{key_node.start_mark.line + 1}"
        if key not in _KEYS:
            near = did_you_mean(str(key), _KEYS)
            raise ExpectationError(f"{here}: unknown key {key!r}{near}", f"the keys are {', '.join(_KEYS)}")
        if key in fields:
            raise ExpectationError(f"{here}: {key!r} stands twice in one entry", "keep one of them")
        try:
            fields[key] = constructor.construct_object(value_node, deep=True)
        except (ValueError, yaml.YAMLError) as error:
            raise ExpectationError(f"{here}: {key}: {value_node.value} cannot be read", str(error)) from error
    return fields
