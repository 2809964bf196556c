"""The callers that the stand-in Hub knows, and the tokens they use.

A token is never written to a cassette: it is replaced by the caller's name, as `Bearer <reader>`. The tokens are
made up, open nothing, and do not have the form of a real one.
"""

from __future__ import annotations

from typing import Final

ANONYMOUS: Final = "anonymous"
"""The name of a caller that sent no token."""

STRANGER: Final = "invalid"
"""The name of a caller with an unknown token."""

TOKENS: Final[dict[str, str]] = {
    "owner": "hf_conformance_owner",
    "reader": "hf_conformance_reader",
    "granted": "hf_conformance_granted",
    "pending": "hf_conformance_pending",
    "rejected": "hf_conformance_rejected",
    STRANGER: "hf_conformance_invalid",
}
"""Caller to token. `owner` owns every repository; `reader` has a valid token and no special right; `granted`,
`pending` and `rejected` have asked for access to the gated repositories; `invalid` is an unknown token."""

_NAMES = {token: name for name, token in TOKENS.items()}


def caller(token: str | None) -> str:
    """The name of the caller with a token: `anonymous` for None, `invalid` for an unknown token."""
    if token is None:
        return ANONYMOUS
    if token.startswith("<") and token.endswith(">"):  # as written in a cassette
        return token[1:-1]
    return _NAMES.get(token, STRANGER)
