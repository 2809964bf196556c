"""Clients that accept an answer from any server."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import urllib3

from conformance.mutants.mutant import mutant
from reference_client import settings, transport


def _connect_by(
    patch: pytest.MonkeyPatch, context: Callable[[str], ssl.SSLContext], *, assert_hostname: bool | None = None
) -> None:
    """Let every connection have a separate context; `connections` keeps those that it once made."""

    def connections(proxy: str | None = None, authorities: str | None = None) -> urllib3.PoolManager:
        if authorities is None:
            return urllib3.PoolManager()
        return urllib3.PoolManager(ssl_context=context(authorities), assert_hostname=assert_hostname)

    patch.setattr(transport, "connections", connections)


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@mutant
def certificate_not_verified(patch: pytest.MonkeyPatch) -> None:
    """Accepts every certificate."""
    _connect_by(patch, lambda authorities: _unverified())


@mutant
def own_authority_trusts_all(patch: pytest.MonkeyPatch) -> None:
    """Verifies no certificate where the user has named an authority."""
    _connect_by(
        patch,
        lambda authorities: _unverified() if settings.ca_bundle() else transport._trusting(authorities),
    )


@mutant
def host_of_the_certificate_not_read(patch: pytest.MonkeyPatch) -> None:
    """Accepts any certificate that a known authority has signed, for every host."""

    def careless(authorities: str) -> ssl.SSLContext:
        context = transport._trusting(authorities)
        context.check_hostname = False
        return context

    _connect_by(patch, careless, assert_hostname=False)  # urllib3 would compare the name by itself
