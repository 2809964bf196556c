"""The vocabulary of a check: this must hold, and this is the finding when it doesn't."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from conformance.verdict.outcome import CheckFailed, Finding, Inconclusive, NotApplicable

_SHOWN_BYTES: Final = 16


def require(holds: object, code: str, message: str, *, expected: Any = None, seen: Any = None) -> None:
    """Fail the check with a finding unless `holds` is true.

    Args:
        code: the finding's stable code, which expectations are bound to.
        message: what is wrong with the port, in plain words.
        expected: the right value, shown beside the one seen. Both must be values that JSON can hold.

    Raises:
        CheckFailed: it does not hold.
    """
    if not holds:
        raise CheckFailed(Finding(code, message, _plain(expected), _plain(seen)))


def control(holds: object, message: str, *, expected: Any = None, seen: Any = None) -> None:
    """End the check as inconclusive unless `holds`: a step before its subject did not go as the subject needs.

    A control step asks for what the subject needs and no more.

    Args:
        message: what did not happen, in plain words.

    Raises:
        Inconclusive: it does not hold; the code is `control-failed`.
    """
    if not holds:
        raise Inconclusive(Finding("control-failed", message, _plain(expected), _plain(seen)))


def role(offered: object, name: str) -> None:
    """End the check as not applicable unless the recording offers a role, such as `a tag`.

    Call it before the port is called.

    Raises:
        NotApplicable: the recording lacks the role.
    """
    if not offered:
        raise NotApplicable(f"the recording lacks {name}")


def require_equal(seen: Any, expected: Any, code: str, message: str) -> None:
    """Fail the check unless the value seen is the expected one. The finding shows where they differ."""
    if seen != expected:
        shown_expected, shown_seen = difference(expected, seen)
        raise CheckFailed(Finding(code, message, _plain(shown_expected), _plain(shown_seen)))


def require_bytes(seen: bytes, expected: bytes, code: str = "wrong-bytes") -> None:
    """Fail the check unless the bytes are the expected ones; names the first byte that differs."""
    if seen != expected:
        at = _first_difference(seen, expected)
        message = f"the file's bytes differ from the Hub's, first at offset {at}"
        raise CheckFailed(Finding(code, message, _described(expected, at), _described(seen, at)))


def _described(body: bytes, at: int) -> str:
    """Size, digest, and the bytes from an offset on."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{len(body)} bytes, sha256 {digest[:16]}…, at {at}: {body[at : at + _SHOWN_BYTES]!r}"


def _first_difference(seen: bytes, expected: bytes) -> int:
    """The offset at which two bodies part; block by block, since they may be large."""
    shorter = min(len(seen), len(expected))
    block = 1 << 16
    for start in range(0, shorter, block):
        a, b = seen[start : start + block], expected[start : start + block]
        if a != b:
            return next((start + i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), shorter)
    return shorter


def difference(expected: Any, seen: Any) -> tuple[Any, Any]:
    """The parts of two values that differ: by path for mappings, by element for lists, else the values themselves."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        keys = [key for key in {**expected, **seen} if expected.get(key, ...) != seen.get(key, ...)]
        return _only(expected, keys), _only(seen, keys)
    if isinstance(expected, list) and isinstance(seen, list) and len(expected) + len(seen) > 6:
        missing = [item for item in expected if item not in seen]
        surplus = [item for item in seen if item not in expected]
        if missing or surplus:
            return {"missing": missing[:20]}, {"not expected": surplus[:20]}
    return expected, seen


def _only(mapping: dict[Any, Any], keys: Iterable[Any]) -> dict[Any, Any]:
    return {key: mapping[key] for key in keys if key in mapping}


def _plain(value: Any) -> Any:
    """A value as a finding may hold it: a set has no place in JSON."""
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
