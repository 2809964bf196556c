"""Clients that are ill-mannered on the wire."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import session


@mutant
def retries_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Asks a Hub in trouble again and again."""
    patch.setattr(session, "MAX_RETRIES", 60)
    patch.setattr(session, "backoff", lambda attempt: 0.0)


@mutant
def reports_to_a_stranger(patch: pytest.MonkeyPatch) -> None:
    """Reports each request to a third party."""

    def told(original: Any, *args: Any) -> Any:
        with contextlib.suppress(OSError), socket.create_connection(("192.0.2.1", 9), timeout=0.1):  # RFC 5737
            pass
        return original(*args)

    wrap(patch, session, "send", told)
