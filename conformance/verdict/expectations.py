"""A port's expectations: what its authors know does not pass. Only this module knows the file's grammar.

The file is a YAML list. Each entry lists checks that end in one way, the reason, and its source:

    - check: download/second-call-sends-one-head[gsm8k]    # one check
      code: extra-request
      reason: the library asks for the metadata twice
      source: https://example.org/issues/17
      expires: 2027-03-01            # optional; holds through that day

    - checks:                        # several by one cause: ids, patterns, areas
        - names/id-*
        - resilience/*
      outcome: unsupported           # failed unless given; or unsupported, inconclusive, unrecorded
      reason: the library takes no repo_id of its caller
      source: src/client.ts

    - check: wire/token-stays-at-the-hub[gsm8k]
      code: token-leaked
      seen_in: [tree/link-to-a-stranger*]    # where a rule for every request may be broken
      versions: ">=2.4,<3"           # of the library; any unless given
      …

In a pattern `*` is any text. An entry excuses exactly that end of those checks. `code`, one or a
list, may be left out only where the outcome is unsupported. One file serves several versions of a library if it is a
list of blocks, or one block: `{versions: ">=2.4,<3", entries: [ … ]}`.
"""

from __future__ import annotations

import datetime
import difflib
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import Repr
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from conformance.errors import ConformanceError

ExpectedOutcome: TypeAlias = Literal["failed", "unsupported", "inconclusive", "unrecorded"]
"""How a check may be expected to end."""

TODO: Final = "TODO"
"""The reason of an entry that has none yet. A file with it fails the gate, in whatever letter case."""

LARGEST: Final = 1 << 20
"""Bytes of a file."""

_DEEPEST: Final = 50
"""Lists and mappings in each other. An entry needs four; libyaml follows a hundred thousand until the stack ends."""

_short = Repr()
_short.maxstring = _short.maxother = 80
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCK_KEYS: Final = ("versions", "entries")
_KEYS: Final = ("check", "checks", "code", "outcome", "seen_in", "reason", "source", "expires", "versions")


class ExpectationError(ConformanceError):
    """An expectations file cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One entry: these checks end so, for this reason.

    `checks` and `seen_in` are ids and patterns; no codes are any code. `versions` is a specifier, or empty for any.
    """

    checks: tuple[str, ...]
    codes: tuple[str, ...]
    reason: str
    source: str
    expires: datetime.date | None = None
    """The last day on which the entry holds; None means no end."""
    where: str = ""
    """File and line, `expectations.yaml:12`, for messages."""
    outcome: ExpectedOutcome = "failed"
    seen_in: tuple[str, ...] = ()
    versions: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its form in the event stream: outcome, codes, reason, source, place in the file, and expires or None.

        The entry of a rule for every request has `seen_in` as well: shards are judged together by it.
        """
        return {
            "outcome": self.outcome,
            "codes": list(self.codes),
            "reason": self.reason,
            "source": self.source,
            "expires": self.expires.isoformat() if self.expires else None,
            "where": self.where,
            **({"seen_in": list(self.seen_in)} if self.seen_in else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Expectation:
        """The entry of this form: what `as_shown` leaves of it.

        Raises:
            ValueError: a field is missing, or has another type.
        """
        codes, expires, places = data.get("codes"), data.get("expires"), data.get("seen_in", [])
        texts = [data.get(name) for name in ("outcome", "reason", "source", "where")]
        if not (isinstance(codes, list) and isinstance(places, list)) or not all(
            isinstance(text, str) for text in [*texts, *codes, *places]
        ):
            raise ValueError(f"expected is not an entry of a port's expectations: {data!r:.60}")
        outcome, reason, source, where = map(str, texts)
        if outcome not in get_args(ExpectedOutcome):
            raise ValueError(f"no entry expects {outcome!r}")
        if not (expires is None or isinstance(expires, str)):
            raise ValueError(f"expires is not a date: {expires!r:.60}")
        until = datetime.date.fromisoformat(expires) if expires else None
        return cls((), tuple(codes), reason, source, until, where, cast(ExpectedOutcome, outcome), tuple(places))

    def as_shown(self) -> Expectation:
        """What a result shows of the entry: all but the checks and versions that it is about."""
        return replace(self, checks=(), versions="")

    def names(self, check: str) -> bool:
        """Whether the entry gives the check by its id, not by a pattern."""
        return check in self.checks

    def lists(self, check: str) -> bool:
        """Whether the entry is about the check."""
        return any(matches(pattern, check) for pattern in self.checks)

    def has_expired(self, today: datetime.date) -> bool:
        return self.expires is not None and self.expires < today


@dataclass(frozen=True, slots=True)
class Block:
    """Entries for some versions of the library: a specifier, or empty for any."""

    versions: str
    entries: tuple[Expectation, ...]


def read(path: Path) -> list[Block]:
    """The blocks of an expectations file, in its order; a plain list of entries is one block for any version.

    Raises:
        ExpectationError: the file cannot be read or breaks the grammar; the message has file, line and entry.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ExpectationError(f"{path} has more than {LARGEST} bytes", "give the checks of one cause by patterns")
        text = path.read_text(encoding="utf-8")
        _require_plain(text, path)
        root = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise ExpectationError(f"{path} cannot be read", str(error)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ExpectationError(f"{path} is not YAML", " ".join(str(error).split())) from error
    if root is None:
        return [Block("", ())]
    if _is_block(root):
        return [_block(root, path)]
    if not isinstance(root, yaml.SequenceNode):
        raise ExpectationError(f"{path} is not a list", "write `- check: …`, one entry for each cause")
    if root.value and all(map(_is_block, root.value)):
        return [_block(node, path) for node in root.value]
    return [_checked(Block("", tuple(_entry(node, path) for node in root.value)))]


def _require_plain(text: str, path: Path) -> None:
    """Raise `ExpectationError` for a document that would take more memory or stack than there is."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):  # a few of them can expand to more than memory holds
            raise ExpectationError(f"{path}:{line}: an alias", "write out its value")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ExpectationError(f"{path}:{line}: lists are nested too deeply", "write `- check: …`")


@functools.cache
def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split("*"))


def matches(pattern: str, name: str) -> bool:
    """Whether an id is one of the pattern's: `*` is any text. Brackets and all other characters match themselves.

    The pieces between the stars are looked for one after the other, so that no pattern takes long.
    """
    first, *rest = _pieces(pattern)
    if not rest:
        return pattern == name
    *middle, last = rest
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        at = name.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def is_pattern(name: str) -> bool:
    """Whether a text may match more than one id."""
    return "*" in name


def fits(versions: str, version: str) -> bool:
    """Whether a version of the library is one of those; a version that PEP 440 does not allow must equal the text."""
    if not versions:
        return True
    try:
        return SpecifierSet(versions).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return version == versions.removeprefix("==").strip()


def did_you_mean(wrong: str, known: Collection[str]) -> str:
    """` (did you mean A or B?)` for the names nearest to a wrong one, or an empty string."""
    near = difflib.get_close_matches(wrong, sorted(known), n=3)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and any(key.value == "entries" for key, _ in node.value)


def shown(value: Any) -> str:
    """A value of a file as a message shows it: short, whatever it holds."""
    try:
        return _short.repr(value)
    except ValueError:  # Python refuses to write a number of several thousand digits
        return f"a {type(value).__name__} of too many digits"


def _block(node: yaml.Node, path: Path) -> Block:
    where = _where(node, path)
    parts = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    if set(parts) != set(_BLOCK_KEYS):
        raise ExpectationError(f"{where}: a block has the keys {shown(list(parts))}", "write `versions` and `entries`")
    entries = parts["entries"]
    if not isinstance(entries, yaml.SequenceNode):
        raise ExpectationError(f"{where}: the entries of a block are not a list", "write `- check: …` for each cause")
    versions = _versions(parts["versions"].value, where)
    read_entries = (_entry(entry, path) for entry in entries.value)
    return _checked(
        Block(versions, tuple(replace(entry, versions=entry.versions or versions) for entry in read_entries))
    )


def _checked(block: Block) -> Block:
    """The block, unless two entries give the same check: only places of a rule may be spread over several."""
    taken: dict[tuple[str, str], Expectation] = {}
    for entry in block.entries:
        for check in entry.checks:
            first = taken.setdefault((check, entry.versions), entry)
            if first is not entry and not entry.seen_in:
                raise ExpectationError(
                    f"{entry.where}: {check} already has an entry at {first.where}",
                    "keep one of them; a check ends in one way",
                )
    return block


def _where(node: yaml.Node, path: Path) -> str:
    return f"{path}:{node.start_mark.line + 1}"


def _entry(node: yaml.Node, path: Path) -> Expectation:
    where = _where(node, path)
    fields = _fields(node, where)
    if ("check" in fields) == ("checks" in fields):
        raise ExpectationError(f"{where}: the entry has no 'check'", "write `check: …`, or `checks: […]`, not both")
    name = "check" if "check" in fields else "checks"
    checks = _texts(fields, name, f"{where}: the entry")
    quoted = f"{where}: the entry for {', '.join(checks[:3])}"
    outcome = fields.get("outcome", "failed")
    if not isinstance(outcome, str) or outcome not in get_args(ExpectedOutcome):
        raise ExpectationError(
            f"{quoted} has outcome: {shown(outcome)}",
            f"write one of {', '.join(get_args(ExpectedOutcome))}; no other can be expected",
        )
    for key in ("reason", "source", *(["code"] if outcome != "unsupported" else [])):
        if key not in fields:
            raise ExpectationError(f"{quoted} has no {key!r}", f"write `{key}: …`")
    for key in ("reason", "source"):
        if not isinstance(fields[key], str) or not any(map(str.isalnum, fields[key])):
            raise ExpectationError(f"{quoted} has {key}: {shown(fields[key])}", "write a text with at least one word")
    expires = fields.get("expires")
    if expires is not None and type(expires) is not datetime.date:
        raise ExpectationError(f"{quoted} has expires: {shown(expires)}", "write a date, as `expires: 2027-03-01`")
    return Expectation(
        checks=checks,
        codes=_texts(fields, "code", quoted) if "code" in fields else (),
        reason=fields["reason"].strip(),
        source=fields["source"].strip(),
        expires=expires,
        where=where,
        outcome=outcome,  # type: ignore[arg-type]
        seen_in=_texts(fields, "seen_in", quoted) if "seen_in" in fields else (),
        versions=_versions(fields.get("versions", ""), quoted),
    )


def _texts(fields: dict[str, Any], key: str, quoted: str) -> tuple[str, ...]:
    value = fields[key]
    texts = value if isinstance(value, list) and key != "check" else [value]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        cure = "write a text that is not empty" + ("" if key == "check" else ", or a list of such")
        raise ExpectationError(f"{quoted} has {key}: {shown(value)}", cure)
    return tuple(dict.fromkeys(text.strip() for text in texts))


def _versions(value: Any, quoted: str) -> str:
    if not isinstance(value, str):
        raise ExpectationError(f"{quoted} has versions: {shown(value)}", 'write a text, as `versions: ">=2.4,<3"`')
    try:
        SpecifierSet(value)
    except InvalidSpecifier:
        try:
            Version(value)
        except InvalidVersion:
            if re.search(r"[<>=!~,\s]", value.strip()):
                hint = 'write a specifier, as `versions: ">=2.4,<3"`, or one version as the library reports it'
                raise ExpectationError(f"{quoted} has versions: {value!r}", hint) from None
            return value.strip()  # a version that is not one by PEP 440: it can only be named as it is
        raise ExpectationError(f"{quoted} has versions: {value!r}", f'write `versions: "=={value}"`') from None
    return value.strip()


def _fields(node: yaml.Node, where: str) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise ExpectationError(
            f"{where}: {shown(node.value)} is not an entry",
            "write a mapping with check, code, reason, source and, if it ends, expires",
        )
    # SafeConstructor turns nodes into values; the loader around it is only needed to read text.
    constructor = yaml.constructor.SafeConstructor()
    fields: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        here = where.rpartition(":")[0] + f":{key_node.start_mark.line + 1}"
        if not isinstance(key, str) or key not in _KEYS:
            near = did_you_mean(str(key)[:80], _KEYS) if isinstance(key, str) else ""
            raise ExpectationError(f"{here}: unknown key {shown(key)}{near}", f"the keys are {', '.join(_KEYS)}")
        if key in fields:
            raise ExpectationError(f"{here}: {key!r} occurs twice in one entry", "keep one of them")
        try:
            fields[key] = constructor.construct_object(value_node, deep=True)
        except (ValueError, yaml.YAMLError) as error:
            raise ExpectationError(f"{here}: {key}: {shown(value_node.value)} cannot be read", str(error)) from error
        except RecursionError:
            raise ExpectationError(f"{here}: {key}: lists are nested too deeply", "write a text") from None
    return fields


def entries_for(blocks: Iterable[Block], version: str) -> list[Expectation]:
    """The entries that hold for a version of the library."""
    return [
        entry
        for block in blocks
        if fits(block.versions, version)
        for entry in block.entries
        if fits(entry.versions, version)
    ]


def unfitting(blocks: Sequence[Block], version: str, file: str) -> list[str]:
    """The message that a file has no block for this version, in a list; empty if it has one."""
    if not blocks or any(fits(block.versions, version) for block in blocks):
        return []
    bound = ", ".join(block.versions for block in blocks)
    return [
        f"{file} holds for versions {bound} of the library, and this is {version}: "
        "measure one of those, or add a block for this version (hub-conformance run --write-expectations)"
    ]
