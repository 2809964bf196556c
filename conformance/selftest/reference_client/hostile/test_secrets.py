"""No secret leaves: URLs that can be read in two ways, redirects and links of strangers, texts and tracebacks."""

from __future__ import annotations

import json
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    HELLO,
    HELLO_ID,
    NOBODY,
    TOKEN,
    download,
    info,
    serve_file,
)
from conformance.selftest.reference_client.raw_server import COMMIT, Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    HfApi,
    get_hf_file_metadata,
    hf_hub_download,
    read_file,
    settings,
    snapshot_download,
)
from reference_client.datasets import get_dataset_config_names, load_rows
from reference_client.datasets.files import Dataset


@pytest.mark.parametrize("where", ["Location: {0}", "Location: {1}", 'Link: <{0}>; rel="next"'])
def test_a_backslash_takes_the_token_nowhere(where: str) -> None:
    """urllib and urllib3 read such a URL in two ways, so nothing is asked of either host."""
    with RawServer(lambda head: answer(b"[]")) as stranger:
        home = ""

        def redirect(head: str) -> Bytes:
            there = f"{stranger.url}\\@{home}/x", f"//{stranger.url[7:]}\\@{home}/x"
            return answer(b"[]", where.format(*there), status="307 X" if "Location" in where else "200 OK")

        with RawServer(redirect) as hub:
            home = hub.url[7:]
            with pytest.raises(OSError, match="not a valid URL"):
                list(HfApi(hub.url, TOKEN).list_repo_tree("o/n"))
        assert stranger.heads == []


@pytest.mark.parametrize(
    "location",
    [
        "http://h:99999/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:abc/",
        "http://[::1:9/",
        "http://127.0.0.1:0/",
        "http://user:pw@127.0.0.1/",
        "http://12\t7.0.0.1/",
        "http://ex\xe4mple/",
        "http:x",
        "///x",
        "file:///etc/passwd",
        "http://a b/",
    ],
)
@pytest.mark.parametrize("token", [False, TOKEN])
def test_a_location_that_is_no_url_is_an_oserror(tmp_path: Path, location: str, token: str | bool) -> None:
    """Without the login that may stand in it, and never one for a wrong argument."""
    with RawServer(lambda head: answer(b"", f"Location: {location}", status="302 Found")) as hub:
        for ask in (
            lambda: info(hub, token),
            lambda: snapshot_download("o/n", cache_dir=tmp_path, endpoint=hub.url, token=token),
            lambda: hf_hub_download("o/n", "a", cache_dir=tmp_path, endpoint=hub.url, token=token),
        ):
            with pytest.raises(OSError) as caught:
                ask()
            assert not isinstance(caught.value, ValueError)
            assert "not a valid URL" in str(caught.value)
            assert "user:pw" not in str(caught.value)


def test_the_file_in_the_cache_serves_when_a_location_is_no_url(tmp_path: Path) -> None:
    """As when the Hub doesn't answer."""
    with RawServer(serve_file(HELLO, 5)) as hub:
        path = download(hub, tmp_path)
    with RawServer(lambda head: answer(b"", "Location: http://[::1/x", status="302 Found")) as broken:
        assert download(broken, tmp_path) == path


def test_an_endpoint_with_a_login_is_refused_unseen() -> None:
    """Nothing sends it, and nothing should show it."""
    with pytest.raises(ValueError, match="endpoint") as caught:
        HfApi("http://user:secret@127.0.0.1:9", False).dataset_info("o/n")
    assert "secret" not in str(caught.value)


def test_no_error_holds_the_token() -> None:
    """Neither shown, nor with its attributes, nor pickled, nor in a traceback with the frames' variables."""
    with (
        RawServer(lambda head: answer(b'{"error":"no"}', status="404 Not Found")) as hub,
        pytest.raises(OSError) as caught,
    ):
        HfApi(hub.url, TOKEN).dataset_info("o/n")
    assert f"Bearer {TOKEN}" in hub.heads[0]
    error: Any = caught.value
    shown = [repr(error), str(error), repr(vars(error)), repr(vars(error.response)), repr(error.request.headers)]
    assert not any(TOKEN in text for text in shown)
    assert TOKEN.encode() not in pickle.dumps(error)


def test_a_dataset_does_not_show_its_token() -> None:
    assert "secret" not in repr(Dataset("o/n", COMMIT, (), None, "hf_secret", None))


def test_no_frame_of_a_failed_request_shows_the_token() -> None:
    """Whether nobody listens, or the answer breaks off."""
    with RawServer(lambda head: [b"HTTP/1.1 200 OK\r\nContent-Length: xyz\r\n\r\n"]) as hub:
        for endpoint in ("http://127.0.0.9:9", hub.url):
            with pytest.raises(OSError) as caught:
                HfApi(endpoint, TOKEN).dataset_info("o/n")
            stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            inside = [frame for frame in stack.stack if "selftest" not in frame.filename]
            assert len(inside) > 3
            assert not any(TOKEN in value for frame in inside for value in (frame.locals or {}).values())
            assert stack.__cause__ is None
            assert stack.__context__ is None


def test_a_stranger_that_leads_back_does_not_choose_where_the_token_goes(tmp_path: Path) -> None:
    """The body is asked for where the Hub itself led, and after the stranger without the token."""

    def away(head: str) -> Bytes:
        return answer(b"", f"Location: {hub.url}/chosen", status="302 Found")

    def home(head: str) -> Bytes:
        if " /chosen " not in head:
            return answer(b"", f"Location: {stranger.url}/x", status="302 Found")
        return head_of_a_file(5, HELLO_ID) if head.startswith("HEAD") else answer(HELLO)

    with RawServer(away) as stranger, RawServer(home) as hub:
        path = hf_hub_download("o/n", "a", endpoint=hub.url, cache_dir=tmp_path, token=TOKEN)
    assert Path(path).read_bytes() == HELLO
    assert [" /chosen " in head for head in hub.heads if TOKEN in head] == [False, False]
    assert not any(TOKEN in head for head in stranger.heads)


def test_a_page_of_a_stranger_leads_nowhere_with_the_token() -> None:
    """A listing that has left the Hub and comes back to it goes on without the token."""

    def away(head: str) -> Bytes:
        return answer(b"[]", f'Link: <{hub.url}/chosen>; rel="next"')

    def home(head: str) -> Bytes:
        lines = () if " /chosen " in head else (f'Link: <{stranger.url}/x>; rel="next"',)
        return answer(b"[]", *lines)

    with RawServer(away) as stranger, RawServer(home) as hub:
        assert list(HfApi(hub.url, TOKEN).list_repo_tree("o/n")) == []
    assert [(" /chosen " in head, TOKEN in head) for head in hub.heads] == [(False, True), (True, False)]
    assert not any(TOKEN in head for head in stranger.heads)


def in_frames(error: BaseException) -> list[str]:
    """The variables of the client's own frames that show the token."""
    stack: Any = traceback.TracebackException.from_exception(error, capture_locals=True)
    inside = [frame for frame in stack.stack if "selftest" not in frame.filename]
    assert inside
    return [f"{frame.name}: {name}" for frame in inside for name, value in frame.locals.items() if TOKEN in value]


ASKED: dict[str, Callable[[str], object]] = {
    "hf_hub_download": lambda url: hf_hub_download("o/n", "a", endpoint=url, token=TOKEN),
    "read_file": lambda url: read_file("o/n", "a", endpoint=url, token=TOKEN),
    "snapshot_download": lambda url: snapshot_download("o/n", endpoint=url, token=TOKEN),
    "get_hf_file_metadata": lambda url: get_hf_file_metadata(f"{url}/o/n/resolve/main/a", TOKEN, endpoint=url),
    "dataset_info": lambda url: HfApi(url).dataset_info("o/n", token=TOKEN),
    "list_repo_tree": lambda url: list(HfApi(url).list_repo_tree("o/n", token=TOKEN)),
    "get_paths_info": lambda url: HfApi(url).get_paths_info("o/n", "a", token=TOKEN),
    "whoami": lambda url: HfApi(url).whoami(TOKEN),
    "by_the_api": lambda url: HfApi(url, TOKEN).hf_hub_download("o/n", "a"),
    "by_the_api_named": lambda url: HfApi(url).snapshot_download("o/n", token=TOKEN),
    "get_dataset_config_names": lambda url: get_dataset_config_names("o/n", endpoint=url, token=TOKEN),
    "load_rows": lambda url: list(load_rows("o/n", endpoint=url, token=TOKEN)),
    "a_bad_token": lambda url: HfApi(url).dataset_info("o/n", token=f"{TOKEN}\u00e9"),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=list(ASKED))
def test_no_frame_shows_the_token_that_a_call_was_given(ask: Callable[[str], object]) -> None:
    """Whether the Hub refuses, or nobody listens."""
    with RawServer(lambda head: answer(b'{"error":"no"}', status="403 Forbidden")) as hub:
        for url in (hub.url, NOBODY):
            with pytest.raises((OSError, ValueError)) as caught:
                ask(url)
            assert in_frames(caught.value) == []


def test_a_token_is_a_text_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It compares, prints and is stored as such; only its repr is hidden."""
    monkeypatch.setenv("HF_TOKEN", f" {TOKEN}\n")
    found = settings.get_token()
    assert (found, str(found), f"{found}", json.dumps(found)) == (TOKEN, TOKEN, TOKEN, f'"{TOKEN}"')
    assert TOKEN not in repr(HfApi(NOBODY, TOKEN).token)
