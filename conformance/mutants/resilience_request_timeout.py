"""Clients that take 408 for their own fault."""

from __future__ import annotations

import pytest

from conformance.mutants.mutant import mutant
from reference_client import session


@mutant
def request_timeout_is_final(patch: pytest.MonkeyPatch) -> None:
    """Does not try again after 408."""
    patch.setattr(session, "TRANSIENT", session.TRANSIENT - {408})
