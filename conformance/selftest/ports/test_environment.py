"""The environment variables that a port starts with."""

from __future__ import annotations

from pathlib import Path

from conformance.ports import Context, environment


def test_node_finds_the_authority_at_its_start() -> None:
    """Node reads the variable once: a process for a call with `ca_file` starts with it, and no other does."""
    trusting = Context("https://127.0.0.1:1", None, ca_file="/tmp/ca.pem", env={"HF_TOKEN": None})
    assert environment.for_node(trusting) == {"NODE_EXTRA_CA_CERTS": "/tmp/ca.pem"}
    assert environment.for_node(Context("https://127.0.0.1:1", None)) == {}
    assert environment.for_call(trusting) == {
        "NODE_EXTRA_CA_CERTS": "/tmp/ca.pem",
        "SSL_CERT_FILE": "/tmp/ca.pem",
        "REQUESTS_CA_BUNDLE": "/tmp/ca.pem",
        "HF_TOKEN": None,
    }
    assert "NODE_EXTRA_CA_CERTS" not in environment.with_changes(environment.clean(Path("/home/user")))
