"""A dataset on disk over HTTP, and a trajectory in a terminal."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from conformance.data import fixtures_dir
from conformance.selftest.served import served
from reference_client.datasets import atif
from reference_client.datasets.adapters.gsm8k import Gsm8k
from reference_client.datasets.adapters.livecodebench import LiveCodeBench
from reference_client.datasets.adapters.openthoughts import OpenThoughts
from reference_client.datasets.cli import conversation
from reference_client.datasets.cli.output import to_line

AGENT = fixtures_dir() / "repositories" / "openthoughts-agent" / "1-data"
GSM8K = fixtures_dir() / "repositories" / "gsm8k" / "1-data"


@pytest.fixture
def agent() -> Iterator[str]:
    yield from served(OpenThoughts(AGENT), "openthoughts-sft")


@pytest.fixture
def gsm8k() -> Iterator[str]:
    yield from served(Gsm8k(GSM8K), "gsm8k")


def lines(answer: requests.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def plain(rows: Any) -> list[Any]:
    return [json.loads(to_line(row)) for row in rows]


def test_trajectories_come_as_json_lines(agent: str) -> None:
    """All of them, in order, as `stream_trajectories` has them."""
    expected = plain(OpenThoughts(AGENT).stream_trajectories())
    assert lines(requests.get(f"{agent}/api/trajectories")) == expected
    assert requests.get(f"{agent}/api/count").json() == {"count": len(expected)}
    assert lines(requests.get(f"{agent}/api/rows")) == plain(OpenThoughts(AGENT).rows())


def test_one_trajectory_by_number_and_by_run(agent: str) -> None:
    """And in a newer version of the format."""
    first = next(OpenThoughts(AGENT).stream_trajectories())
    assert requests.get(f"{agent}/api/trajectories/0").json() == first
    assert requests.get(f"{agent}/api/trajectories/{first['session_id']}").json() == first
    newer = requests.get(f"{agent}/api/trajectories/0", params={"version": "1.8"}).json()
    assert newer["schema_version"] == "ATIF-v1.8"


def test_pages_follow_each_other(agent: str) -> None:
    """By `Link` and by `X-Next-Offset`; the last page has neither, and one behind the end is empty."""
    found, url = [], f"{agent}/api/trajectories?limit=7"
    while url:
        answer = requests.get(url)
        found += lines(answer)
        following = answer.links.get("next", {}).get("url")
        assert ("x-next-offset" in answer.headers) is bool(following)
        url = f"{agent}{following}" if following else ""
    assert found == plain(OpenThoughts(AGENT).stream_trajectories())
    assert lines(requests.get(f"{agent}/api/rows?offset=100000")) == []


def test_rows_of_a_config_and_a_split(gsm8k: str) -> None:
    """A dataset without trajectories has rows all the same."""
    about = requests.get(f"{gsm8k}/api").json()
    assert about["configs"] == {"main": ["train", "test"], "socratic": ["train", "test"]}
    assert about["trajectories"] is False
    query = {"config": "socratic", "split": "test", "offset": "3", "limit": "2"}
    rows = plain(Gsm8k(GSM8K).rows("socratic", "test"))
    assert lines(requests.get(f"{gsm8k}/api/rows", params=query)) == rows[3:5]
    assert requests.get(f"{gsm8k}/api/rows/3", params={"config": "socratic", "split": "test"}).json() == rows[3]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/rows/100000", 404, "there is no row 100000"),
        ("/api/rows/-1", 404, "there is no row -1"),
        ("/api/rows/some-run", 400, "has no name, only a number"),
        ("/api/rows?offset=x", 400, "write a whole number"),
        ("/api/rows?limit=1001", 400, "write 1000 at most"),
        ("/api/rows?config=none", 400, "choose one of: main, socratic"),
        ("/api/rows?split=none", 400, "choose one of: train, test"),
        ("/api/rows?config=", 400, "choose one of: main, socratic"),
        ("/api/rows/0?config=none", 400, "choose one of: main, socratic"),
        ("/api/rows/0?split=", 400, "choose one of: train, test"),
        ("/api/titles?split=", 400, "choose one of: train, test"),
        (f"/{'x' * 70000}", 414, "Too Long"),
        ("/api/trajectories", 404, "has no trajectories"),
        ("/api/trajectories/0", 404, "has no trajectories"),
        ("/api/nothing", 404, "/api/rows"),
        ("/../secret", 404, "no such path"),
        (f"/api/rows?x={'y' * 5000}", 400, "4096 characters"),
    ],
)
def test_errors_are_json(gsm8k: str, path: str, status: int, says: str) -> None:
    """With the status and what to do."""
    answer = requests.get(gsm8k + path)
    assert answer.status_code == status
    assert answer.json()["error"]["status"] == status
    assert says in answer.json()["error"]["message"]


def test_a_target_that_is_no_url(gsm8k: str, capfd: pytest.CaptureFixture[str]) -> None:
    """An absolute one, which no library sends: an error like any other, and no traceback."""
    connection = http.client.HTTPConnection(gsm8k.removeprefix("http://"))
    connection.putrequest("GET", "http://[x", skip_host=True)
    connection.putheader("Host", "127.0.0.1")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, "not a valid URL" in json.load(answer)["error"]["message"]) == (400, True)
    assert capfd.readouterr().err == ""
    connection.close()


@pytest.mark.parametrize("line", [b"FOO /api HTTP/1.1", b"GET /api HTTP/9.9", b"GET /a b c HTTP/1.1", b"\x16\x03"])
def test_what_is_no_request(gsm8k: str, line: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Its error is JSON, too."""
    answer = _sent(gsm8k, line + b"\r\nHost: 127.0.0.1\r\n\r\n")
    assert json.loads(answer.splitlines()[-1])["error"]["message"]
    assert capfd.readouterr().err == ""


def test_a_stream_for_http_1_0_has_no_chunks(gsm8k: str) -> None:
    """It has none (RFC 9112, section 6.1): their lengths would stand between the rows."""
    head, _, body = _sent(gsm8k, b"GET /api/rows HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert [json.loads(line) for line in body.splitlines()] == plain(Gsm8k(GSM8K).rows())


def _sent(url: str, sent: bytes) -> bytes:
    """All that comes back, until the other side closes."""
    host, port = url.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_search_in_a_row_with_a_long_number(tmp_path: Path) -> None:
    """One with more digits than Python writes."""
    row = {**dict.fromkeys(LiveCodeBench.COLUMNS, "x"), "public_test_cases": "[]", "private_test_cases": "[]"}
    text = json.dumps({**row, "metadata": "{}"}).removesuffix("}") + f', "long": {"7" * 5000}}}\n'
    (tmp_path / "test.jsonl").write_text(text)
    for url in served(LiveCodeBench(tmp_path), "livecodebench"):
        query = {"config": "v1", "search": "77777"}
        assert requests.get(f"{url}/api/titles", params=query).json()["items"][0]["index"] == 0


def test_it_only_reads_and_only_for_this_machine(agent: str) -> None:
    """Other methods are refused, and so is a name elsewhere that leads here."""
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = requests.request(method, f"{agent}/api/rows/0", data=b"x")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert requests.get(f"{agent}/api", headers={"Host": "evil.invalid"}).status_code == 421
    assert requests.get(f"{agent}/api", headers={"Host": "localhost:1"}).status_code == 200
    head = requests.head(f"{agent}/api/rows/0")
    assert (head.status_code, head.content) == (200, b"")
    assert "default-src 'self'" in head.headers["content-security-policy"]


def test_search_finds_entries_and_goes_on(agent: str) -> None:
    """Titles to choose from; a search looks into the whole row, in any letter case."""
    everything = requests.get(f"{agent}/api/titles").json()
    assert [item["index"] for item in everything["items"]] == list(range(everything["count"]))
    task = everything["items"][3]["task"]
    found = requests.get(f"{agent}/api/titles", params={"search": task.upper(), "limit": 1}).json()
    assert found["items"][0]["task"] == task
    assert requests.get(f"{agent}/api/titles", params={"search": "no such words"}).json()["items"] == []


def test_damage_cuts_the_stream(tmp_path: Path) -> None:
    """An error in the first row is a status; one on the way is the last line, and the body has no end."""
    (tmp_path / "data").mkdir()
    whole = (AGENT / "data" / "train-00000-of-00001.parquet").read_bytes()
    (tmp_path / "data" / "train-00000-of-00001.parquet").write_bytes(whole[:-100])
    for url in served(OpenThoughts(tmp_path), "x"):
        answer = requests.get(f"{url}/api/rows")
        assert answer.status_code == 500
        assert "train-00000-of-00001.parquet" in answer.json()["error"]["message"]

    class Breaks(OpenThoughts):
        def rows(self, config: str | None = None, split: str | None = None) -> Iterator[Any]:
            yield self.row(0)
            raise OSError("the disk is gone")

    for url in served(Breaks(AGENT), "x"):
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        connection.request("GET", "/api/rows")
        with pytest.raises(http.client.IncompleteRead) as cut:
            connection.getresponse().read()
        assert json.loads(cut.value.partial.splitlines()[-1])["error"]["message"] == "the disk is gone"


def test_the_command_prints_its_address_and_ends_at_a_signal(tmp_path: Path) -> None:
    """It serves what is in the store, and downloads nothing."""
    command = [sys.executable, "-m", "reference_client.datasets.cli", "serve"]
    environment = {**os.environ, "HUB_REFERENCE_DIR": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    missing = subprocess.run(
        [*command, "gsm8k"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert missing.returncode == 1
    assert "`hub-reference download gsm8k" in missing.stderr
    for words in (["gsm8k", "--port", "70000"], ["gsm9k"]):
        wrong = subprocess.run(
            [*command, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)


def test_the_command_serves_a_downloaded_dataset(tmp_path: Path, hub: Any) -> None:
    """The first line is the address; Ctrl-C ends it with 130."""
    command = [sys.executable, "-m", "reference_client.datasets.cli"]
    environment = {**os.environ, "HUB_REFERENCE_DIR": str(tmp_path), "HF_ENDPOINT": hub.endpoint}
    subprocess.run([*command, "download", "gsm8k", "--quiet"], env=environment, timeout=60, check=True)
    with subprocess.Popen([*command, "serve", "gsm8k"], env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = running.stdout.readline().strip()
        assert requests.get(f"{url}api").json()["repo"] == "openai/gsm8k"
        assert "<title>" in requests.get(url).text
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130


def test_a_conversation_is_wrapped_and_folded() -> None:
    """Steps with their source; long messages are cut unless `--full`; JSON has everything."""
    trajectory = atif.trajectory(OpenThoughts(AGENT).row(0), index=0)
    trajectory["steps"][0]["message"] = "word " * 50 + "\n" + "\n".join(f"line {n}" for n in range(100))
    text = list(conversation.lines(trajectory, 60))
    assert all(len(line) <= 60 or line.startswith("─") or "  " in line for line in text)
    assert text[0].startswith("session ")
    assert any(line.startswith("── 1 · ") for line in text)
    assert "… 81 more lines; --full shows them" in text
    whole = list(conversation.lines(trajectory, 60, full=True))
    assert "line 99" in whole
    assert "line 99" not in text
