"""A throw-away certificate authority for origins that speak TLS."""

from __future__ import annotations

import functools
import ssl
import tempfile
from pathlib import Path

import trustme


@functools.cache
def _authority() -> trustme.CA:
    return trustme.CA()


@functools.cache
def server_context() -> ssl.SSLContext:
    """A server context with one certificate for every name and address that our origins use."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _authority().issue_cert("localhost", "127.0.0.1", "127.0.0.2", "::1").configure_cert(context)
    return context


@functools.cache
def _bundle() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hub-conformance-ca-")


def ca_file() -> Path:
    """The authority's certificate as a PEM file; it lives as long as the process."""
    path = Path(_bundle().name) / "ca.pem"
    if not path.exists():
        _authority().cert_pem.write_to_path(str(path))
    return path
