"""Settings that cannot be used are named, and what they hold stays unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    NOBODY,
)
from reference_client import (
    HfApi,
    errors,
    hf_hub_download,
    limits,
    session,
    settings,
)


def test_a_folder_of_certificates_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SSL_CERT_DIR, if no variable names a file."""
    for name in settings.CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert settings.ca_bundle() == str(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", "x.pem")
    assert settings.ca_bundle() == "x.pem"


def test_a_token_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And not shown."""
    (tmp_path / "token").write_bytes(b"\xff\xfesecret")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(errors.LocalTokenNotFoundError, match=str(tmp_path / "token")) as caught:
        settings.get_token()
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    (tmp_path / "token").write_bytes(b"a" * (limits.TOKEN_BYTES + 1))
    with pytest.raises(limits.LimitError, match="TOKEN_BYTES"):
        settings.get_token()


@pytest.mark.parametrize(
    "proxy",
    [
        *("socks5h://127.0.0.1:9", "http://127.0.0.1:999999", "ftp://x:1", "http://u:pw@[::1"),
        *("http://u:p/pw@127.0.0.1:9", "http://u:p#pw@127.0.0.1:9", "http://u:p?pw@127.0.0.1:9", "u:pw@[::1"),
        *("u:pw", "http://u:pw", "http://u:pw/", "https://127.0.0.1:9:pw", "http://:pw", "//u:pw", "pw pw"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """By its variable, without its password."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(OSError, match="ALL_PROXY names no proxy") as caught:
        session.send("GET", "http://hub.example/x", {}, 1, None, session.Session("http://hub.example").watch, False)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e30", "soon"])
def test_a_timeout_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", value)
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", value)
    with pytest.raises(ValueError, match=r"^HF_HUB_DOWNLOAD_TIMEOUT must be a number of seconds, more than 0"):
        HfApi(NOBODY).dataset_info("o/n")
    with pytest.raises(ValueError, match=r"^HF_HUB_ETAG_TIMEOUT must be a number of seconds, more than 0"):
        hf_hub_download("o/n", "a", endpoint=NOBODY, cache_dir=tmp_path)
    if value != "soon":
        with pytest.raises(ValueError, match=r"^A timeout must be a number of seconds, more than 0"):
            HfApi(NOBODY).dataset_info("o/n", timeout=float(value))


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    (tmp_path / "ca.pem").write_text(text)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with pytest.raises(OSError, match=r"ca.pem can't be read .*: check REQUESTS_CA_BUNDLE, "):
        HfApi(NOBODY.replace("http", "https")).dataset_info("o/n")


@pytest.mark.parametrize("end", ["?x=1", "?", "#part", "/?x", "/mirror#"])
def test_an_endpoint_has_no_query(end: str) -> None:
    """What is asked for would become a part of it, and every question would go to the wrong place."""
    for ask in (
        lambda: hf_hub_download("o/n", "a", endpoint=NOBODY + end, token=False),
        lambda: HfApi(NOBODY + end, False).repo_info("o/n"),
    ):
        with pytest.raises(ValueError, match="URL without a query"):
            ask()


def test_a_working_folder_that_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error names what was asked for; Python's own names nothing."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(OSError, match="There is no folder 'here': "):
        hf_hub_download("o/n", "a", local_dir="here", endpoint=NOBODY, token=False)
