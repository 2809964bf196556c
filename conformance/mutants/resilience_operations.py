"""Clients that give up on one way of asking, or wait where waiting brings nothing."""

from __future__ import annotations

import http.client
import time
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import session, transport
from reference_client.errors import OfflineModeIsEnabled
from reference_client.session import Session

_LONG = 5.2
"""Seconds, a little more than the checks allow."""


@mutant
def post_sent_once(patch: pytest.MonkeyPatch) -> None:
    """Sends nothing again that goes by POST."""

    def requested(original: Any, self: Session, method: str, url: str, **kwargs: Any) -> Any:
        return original(self, method, url, **{**kwargs, "retry": kwargs.get("retry", True) and method != "POST"})

    wrap(patch, Session, "request", requested)


def _wait_for(patch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    def sent(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except kind:
            time.sleep(_LONG)
            raise

    wrap(patch, session, "send", sent)


@mutant
def waits_for_nobody(patch: pytest.MonkeyPatch) -> None:
    """Waits for a server to listen."""
    _wait_for(patch, ConnectionRefusedError)


@mutant
def tries_again_offline(patch: pytest.MonkeyPatch) -> None:
    """Waits for the way to the network to be open, which its user has closed."""
    _wait_for(patch, OfflineModeIsEnabled)


@mutant
def interim_answer_is_final(patch: pytest.MonkeyPatch) -> None:
    """Takes whatever comes first for the answer, also an interim one (1xx)."""

    def first(self: http.client.HTTPResponse) -> Any:
        version, status, reason = http.client.HTTPResponse._read_status(self)  # type: ignore[attr-defined]
        return version, 199 if status == 100 else status, reason  # http.client itself goes on after 100

    patch.setattr(transport._Answer, "_read_status", first)
