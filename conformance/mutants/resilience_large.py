"""Clients that verify small bodies, and large ones not; and those that compare sizes alone."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import transfer
from reference_client.session import Session
from reference_client.transfer import Body

_LARGE = 4 << 20


def _sizes_alone(patch: pytest.MonkeyPatch) -> None:
    """No digest is compared, as most clients do it; sizes are."""
    patch.setattr(transfer, "verify", lambda file, body: None)


@mutant
def large_body_is_short(patch: pytest.MonkeyPatch) -> None:
    """Leaves out the last byte of every block but the first."""
    _sizes_alone(patch)
    patch.setattr(transfer, "BLOCK", _LARGE)

    def written(original: Any, self: Body, block: bytes) -> None:
        original(self, block if self.tell() < _LARGE else b"\0" * len(block))

    wrap(patch, Body, "write", written)


@mutant
def gives_up_on_a_broken_body(patch: pytest.MonkeyPatch) -> None:
    """Takes the first break of a body for the end of the download."""

    def once(original: Any, session: Session, file: Any, body: Any) -> Any:
        cut = original(session, file, body)
        if cut is not None:
            raise OSError(f"The connection broke: {cut}") from cut
        return cut

    wrap(patch, transfer, "ask_for_rest", once)


@mutant
def large_body_begins_anew(patch: pytest.MonkeyPatch) -> None:
    """Begins a body again when it has broken off."""

    def anew(original: Any, session: Session, file: Any, body: Body) -> Any:
        if body.tell():
            body.rewind()
        return original(session, file, body)

    wrap(patch, transfer, "ask_for_rest", anew)


@mutant
def parts_trusted_by_their_size(patch: pytest.MonkeyPatch) -> None:
    """Takes every part of a body for the one that it asked for, if only the size comes out right."""
    _sizes_alone(patch)
    patch.setattr(transfer, "begins_at", lambda offset, response: True)


@mutant
def whole_body_is_appended(patch: pytest.MonkeyPatch) -> None:
    """Appends whatever comes when it has asked for the rest of a body."""
    patch.setattr(Body, "rewind", lambda self: None)


def _send_instead(patch: pytest.MonkeyPatch, encoding: str, *, ranged: bool, streamed_as_sent: bool = False) -> None:
    def requested(original: Any, self: Session, method: str, url: str, **kwargs: Any) -> Any:
        headers = dict(kwargs.get("headers") or {})
        if kwargs.get("stream") and ("Range" in headers) == ranged:
            kwargs["headers"] = {**headers, "Accept-Encoding": encoding}
        response = original(self, method, url, **kwargs)
        if streamed_as_sent and kwargs.get("stream"):
            response.read1 = lambda size: response.raw.read1(size, decode_content=False)
        return response

    wrap(patch, Session, "request", requested)


@mutant
def accepts_what_it_cannot_read(patch: pytest.MonkeyPatch) -> None:
    """Announces that it accepts gzip, and stores the body as it is sent."""
    _send_instead(patch, "gzip", ranged=False, streamed_as_sent=True)


@mutant
def compressed_ranges_accepted(patch: pytest.MonkeyPatch) -> None:
    """Asks for the rest of a body in any encoding."""
    _send_instead(patch, "gzip, deflate", ranged=True)


@mutant
def large_digest_not_verified(patch: pytest.MonkeyPatch) -> None:
    """Computes no digest of a large body."""
    wrap(
        patch,
        transfer,
        "verify",
        lambda original, file, body: None if file.size and file.size > _LARGE else original(file, body),
    )
