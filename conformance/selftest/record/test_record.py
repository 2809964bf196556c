"""Recording: any client through the proxy, the same files every time, and nothing written when it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.data import cassettes_dir
from conformance.record.areas import AREAS
from conformance.record.proxy import RecordingProxy, serve
from conformance.record.recorder import record
from conformance.record.upstream import stand_in
from conformance.traffic.cassette import save
from conformance.traffic.exchange import Request, headers
from conformance.traffic.identity import TOKENS

# Forty downloads in eight threads; prints how many bytes came.
CLIENT = """
import sys, urllib.request
from concurrent.futures import ThreadPoolExecutor
read = lambda _: len(urllib.request.urlopen(sys.argv[1]).read())
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(read, range(40))))
"""


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow(seconds=10)
@pytest.mark.parametrize("area", sorted(AREAS))
def test_recording_again_gives_the_same_files(area: str, tmp_path: Path) -> None:
    """The committed cassettes are those of today's stand-in Hub, byte for byte."""
    with stand_in(area) as upstream:
        save(record(AREAS[area], upstream), tmp_path / area)
    fresh, committed = files_of(tmp_path / area), files_of(cassettes_dir() / area)
    changed = sorted(name for name in fresh | committed if fresh.get(name) != committed.get(name))
    assert not changed, f"record them again: hub-conformance record {area}"


def test_nothing_is_lost_of_a_client_with_threads() -> None:
    """A client in another process that downloads in threads is recorded whole: vcrpy alone would lose some of it."""
    with stand_in("gsm8k") as upstream, RecordingProxy(upstream) as proxy, serve(proxy) as origins:
        url = f"{origins.url('hub')}/datasets/openai/gsm8k/resolve/main/main/test-00000-of-00001.parquet"
        client = subprocess.run([sys.executable, "-c", CLIENT, url], capture_output=True, text=True, timeout=60)
        assert client.returncode == 0, client.stderr
        exchanges = proxy.take()
    assert len(exchanges) == 80  # each a redirect and a body
    bodies = [exchange.response.body for exchange in exchanges if exchange.request.origin == "cdn"]
    assert int(client.stdout) == sum(map(len, bodies))


def test_the_upstream_gets_its_own_tokens() -> None:
    """The proxy gives the caller's token to the Hub and none to the CDN; the exchange has the caller's name."""
    with stand_in("gsm8k") as upstream, RecordingProxy(upstream) as proxy:
        asked = Request("GET", "/api/whoami-v2", headers=headers({"Authorization": f"Bearer {TOKENS['owner']}"}))
        assert proxy(asked).status == 200
        (kept,) = proxy.take()
        assert kept.request.headers["Authorization"] == "Bearer <owner>"
        assert proxy.take() == []


def test_provenance() -> None:
    """A recording of the stand-in says so."""
    with stand_in("gsm8k") as upstream:
        assert (upstream.name, upstream.synthetic) == ("stand-in", True)


def test_an_upstream_that_does_not_answer(tmp_path: Path) -> None:
    """One line, exit code 2, and the old cassettes as they were."""
    old = tmp_path / "gsm8k"
    old.mkdir()
    (old / "old").write_text("kept")
    (old / "manifest.json").write_text("{}")
    options = ["record", "gsm8k", "--upstream", "http://127.0.0.1:9", "--to", str(old)]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 2
    assert "http://127.0.0.1:9 does not answer" in result.output
    assert "Traceback" not in result.output
    assert files_of(tmp_path) == {"gsm8k/old": b"kept", "gsm8k/manifest.json": b"{}"}


def test_an_upstream_that_is_no_url() -> None:
    """What was wrong and what to do instead, in one line."""
    result = CliRunner().invoke(main, ["record", "gsm8k", "--upstream", "huggingface.co", "--to", "x"])
    assert (result.exit_code, "not a URL" in result.output) == (2, True)


def test_an_upstream_without_the_repositories(tmp_path: Path) -> None:
    """A Hub that lacks the area's repositories is not recorded."""
    with stand_in("gsm8k") as upstream:
        url = upstream.connect[upstream.origins["hub"]]
        result = CliRunner().invoke(main, ["record", "contract", "--upstream", url, "--to", str(tmp_path / "x")])
    assert result.exit_code == 2
    assert "conformance/awkward-names: the upstream answered 401 to the caller anonymous" in result.output
    assert list(tmp_path.iterdir()) == []
