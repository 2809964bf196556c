"""The errors of the Elixir library, over its stand-in: each reason that it gives becomes a kind of the protocol."""

from __future__ import annotations

import pytest

from conformance.ports import Context, Driver, PortError
from conformance.selftest.ports.hf_hub_ex.conftest import GSM8K, ask, error, needs_elixir
from conformance.traffic.identity import TOKENS

pytestmark = needs_elixir


@pytest.mark.parametrize(
    ("name", "kind", "status", "native"),
    [
        ("not-found", "http_error", 404, ":not_found"),
        ("forbidden", "forbidden", 403, ":forbidden"),
        ("bad-request", "bad_request", 400, ":http_error"),
        ("too-many", "rate_limited", 429, ":http_error"),
        ("teapot", "http_error", 418, ":http_error"),
        ("unavailable", "server_error", 503, ":server_error"),
        ("timeout", "timeout", None, "Req.TransportError"),
        ("refused", "connection", None, "Req.TransportError"),
        ("gated", "gated_repo", 403, "HfHub.Errors.GatedRepo"),
        ("full-disk", "filesystem", None, ":enospc"),
        ("damaged", "corrupt", None, ":checksum_mismatch"),
        ("no-json", "invalid_response", None, "Jason.DecodeError"),
        ("some-missing", "http_error", 404, ":download_failed"),
        ("some-missing-some-not", "other", None, ":download_failed"),
        ("odd", "other", None, ":odd"),
    ],
)
def test_reasons_become_kinds(
    driver: Driver, context: Context, name: str, kind: str, status: int | None, native: str
) -> None:
    """What the library gives as the reason of an error is named as far as the library knows it."""
    found = error(driver, context, f"stand-in/{name}")
    assert (found.kind, found.status, found.native) == (kind, status, native)
    assert found.message


def test_an_unauthorized_caller_is_one(driver: Driver, context: Context) -> None:
    """A refused token, and none where one is needed, are the same kind; only one of them has a status."""
    nobody = Context(context.endpoint, context.cache_dir, token=TOKENS["invalid"])
    found = []
    for caller in (nobody, context):
        with pytest.raises(PortError) as raised:
            ask(driver, "whoami", caller)
        found.append((raised.value.kind, raised.value.status, raised.value.native))
    assert found == [("unauthorized", 401, ":unauthorized"), ("unauthorized", None, ":no_token")]


@pytest.mark.parametrize(
    ("name", "native"),
    [
        ("raises", "ArgumentError"),
        ("throws", "throw"),
        ("exits", "exit"),
        ("kills", "exit"),
        ("loses-a-task", "RuntimeError"),
    ],
)
def test_a_library_that_falls_over_is_an_error_of_the_library(
    driver: Driver, context: Context, name: str, native: str
) -> None:
    """The shim lives on, and the next call works."""
    found = error(driver, context, f"stand-in/{name}")
    assert (found.kind, found.native) == ("other", native)
    assert ask(driver, "repo_exists", context, **GSM8K) is True
    assert "ended" not in driver.take_output()
