"""Any program, pointed at a recording: without Xet, with faults, its exit code passed on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.cli.replay import environment
from conformance.data import cassettes_dir
from conformance.errors import ConformanceError
from conformance.record import session
from conformance.record.recipe import Recipe, Wanted
from conformance.replay import ReplayHub
from conformance.replay.fault_words import planned
from conformance.replay.plain import PlainHub
from conformance.selftest.imitation import Imitation, grown, typical
from conformance.traffic.cassette import load
from conformance.traffic.route import XET_FILE_INFO

GSM8K = cassettes_dir() / "gsm8k"
TRAIN = "datasets/openai/gsm8k/resolve/main/main/train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two recordings, of a public repository and of a private one with a large file that was left out."""
    folder = tmp_path_factory.mktemp("recordings")
    with Imitation([grown(), typical("my-org/secret", private=True)]) as hub:
        session.record(Recipe(hub.url, (Wanted("my-org/grown"),), largest=40_000), folder / "grown", {})
        recipe = Recipe(hub.url, (Wanted("my-org/secret"),), callers={"owner": "TOKEN"})
        session.record(recipe, folder / "secret", {"TOKEN": token_of("owner")})
    return [folder / "grown", folder / "secret"]


def token_of(name: str) -> str:
    from conformance.selftest.imitation.hub import REAL_TOKENS

    return REAL_TOKENS[name]


def get(url: str, **fields: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers=fields)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def replayed(*words: str) -> Result:
    return CliRunner().invoke(main, ["replay", *words])


def test_nothing_of_xet_is_named() -> None:
    """Neither in headers nor in JSON, and who asks for Xet gets the file."""
    with PlainHub.of(GSM8K) as hub:
        status, fields, body = get(f"{hub.endpoint}/{TRAIN}", Accept=XET_FILE_INFO)
        assert (status, body[:4]) == (200, b"PAR1")
        assert "X-Xet-Hash" not in fields
        listed = get(f"{hub.endpoint}/api/datasets/openai/gsm8k/tree/main?recursive=true")[2]
        assert b"xetHash" not in listed
        assert all("lfs" in item for item in json.loads(listed) if item["path"].endswith(".parquet"))
        assert not hub.unrecorded


def test_several_recordings_at_once(recordings: list[Path]) -> None:
    """Each repository comes from its own, and a caller is told by a made-up token."""
    with PlainHub.of(*recordings) as hub:
        assert list(hub.tokens) == ["owner"]
        api = f"{hub.endpoint}/api/datasets"
        mine = {"Authorization": f"Bearer {hub.tokens['owner']}"}
        assert get(f"{api}/my-org/grown")[0] == 200
        assert get(f"{api}/my-org/secret")[0] == 401
        assert get(f"{api}/my-org/secret", **mine)[0] == 200
        path = "my-org/secret/resolve/main/data/train-00000-of-00001.parquet"
        assert get(f"{hub.endpoint}/datasets/{path}", **mine)[2][:4] == b"PAR1"


def test_what_was_left_out_says_so(recordings: list[Path]) -> None:
    """Its size and digest are there; its content is not recorded, and the log says why."""
    with PlainHub.of(recordings[0]) as hub:
        url = f"{hub.endpoint}/datasets/my-org/grown/resolve/main/data/train-00000-of-00001.parquet"
        status, _, body = get(url)
        assert (status, body.startswith(b"left out when recorded")) == (404, True)
        assert len(hub.unrecorded) == 1


def test_faults_in_words() -> None:
    with PlainHub.of(GSM8K, faults=["429", "cut:1000@*.parquet", "slow:0.2@*/refs"]) as hub:
        info = f"{hub.endpoint}/api/datasets/openai/gsm8k"
        status, fields, _ = get(info)
        assert (status, fields["Retry-After"]) == (429, "1")
        assert get(info)[0] == 200
        assert len(hub.unfired) == 2


@pytest.mark.parametrize("words", ["", "cut", "slow", "600", "cut:x", "429:5", "slow:99", "cut:5@", "429y"])
def test_words_that_are_no_fault(words: str) -> None:
    with pytest.raises(ConformanceError, match=r"not a fault|a stall lasts"):
        planned(words)


@pytest.mark.parametrize("code", [0, 7])
def test_the_exit_code_is_passed_on(code: int) -> None:
    result = replayed(str(GSM8K), "--", sys.executable, "-c", f"import sys; sys.exit({code})")
    assert result.exit_code == code, result.output


def test_a_signal_is_told_as_shells_do() -> None:
    result = replayed(str(GSM8K), "--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert result.exit_code == 137


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_the_programs(number: signal.Signals, tmp_path: Path) -> None:
    """The program ends as well, and its cache is removed: neither stays behind."""
    (tmp_path / "scratch").mkdir()
    program = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()) + ';'); time.sleep(60)"
    command = [
        sys.executable,
        "-m",
        "conformance",
        "replay",
        str(GSM8K),
        "--quiet",
        "--",
        sys.executable,
        "-c",
        program,
    ]
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path / "scratch")}) as running:
        told = tmp_path / "pid"
        deadline = time.monotonic() + 60
        while not (told.is_file() and told.read_text().endswith(";")) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(number)
        assert running.wait(30) == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text().rstrip(";")), 0)
    assert list((tmp_path / "scratch").glob("hub-conformance-*")) == []


ASK = "import os, urllib.request as r; r.urlopen(os.environ['HF_ENDPOINT'] + '/api/datasets/openai/gsm8k/{}').read()"


@pytest.mark.parametrize(
    ("path", "options", "code"), [("refs", ["--strict"], 0), ("discussions", ["--strict"], 3), ("discussions", [], 1)]
)
def test_strict(path: str, options: list[str], code: int) -> None:
    """3 where something was asked for that is not recorded, whatever became of the command."""
    result = replayed(*options, str(GSM8K), "--", sys.executable, "-c", ASK.format(path))
    assert result.exit_code == code, result.output
    assert ("no recorded answer: GET /api/datasets/openai/gsm8k/discussions" in result.output) == bool(code)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/nowhere/at/all"], "no cassettes here"),
        ([str(GSM8K), "--", "/no/such/program"], "cannot be started"),
        ([str(GSM8K), "--as", "jane", "--", "true"], "holds no answers to this caller"),
        ([str(GSM8K), "--fault", "fire", "--", "true"], "not a fault"),
    ],
)
def test_wrong_words(words: list[str], said: str) -> None:
    result = replayed(*words)
    assert (result.exit_code, said in result.output) == (2, True), result.output


OF_A_PERSON = [
    "HF_HUB_TOKEN",
    "HF_API_TOKEN",
    "HF_ACCESS_TOKEN",
    "HF_TOKEN_PATH",
    "HUGGINGFACE_TOKEN",
    "HUGGINGFACEHUB_API_TOKEN",
    "HUGGINGFACE_HUB_TOKEN",
    "HUGGINGFACE_API_KEY",
    "HF_STORED_TOKENS_PATH",
    "HF_OIDC_RESOURCE",
    "HF_XET_CACHE",
    "HF_ASSETS_CACHE",
    "HF_MODULES_CACHE",
    "TRANSFORMERS_CACHE",
    "HF_DATASETS_DOWNLOADED_DATASETS_PATH",
    "HUGGINGFACE_CO_STAGING",
    "HF_DATASETS_OFFLINE",
]


def test_what_a_person_has_set_leads_nowhere_else(tmp_path: Path) -> None:
    """No token, no cache and no other Hub of theirs; wishes stay."""
    wishes = {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1", "HF_HUB_ETAG_TIMEOUT": "3", "HF_DEBUG": "1", "PATH": "/bin"}
    told = environment("http://127.0.0.1:1", tmp_path, None, {**dict.fromkeys(OF_A_PERSON, "theirs"), **wishes})
    assert "theirs" not in told.values()
    assert wishes.items() <= told.items()


def test_a_program_that_asks_nothing_is_named() -> None:
    """It may take its endpoint from elsewhere than HF_ENDPOINT, and then nothing was replayed."""
    result = CliRunner().invoke(main, ["replay", str(GSM8K), "--", sys.executable, "-c", ""])
    assert result.exit_code == 0
    assert "sent no request to this Hub: it must read its endpoint from HF_ENDPOINT" in result.stderr


def test_no_command_after_the_dashes() -> None:
    """A variable that is empty, `-- $COMMAND`, is no wish to serve until Ctrl-C."""
    result = CliRunner().invoke(main, ["replay", str(GSM8K), "--"])
    assert (result.exit_code, "there is no command after --" in result.stderr) == (2, True)


def test_the_environment_holds_nothing_of_a_persons(tmp_path: Path) -> None:
    """Neither a real token nor a real cache, and no proxy for loopback."""
    given = {"HF_TOKEN": "hf_real", "HF_HUB_CACHE": "/home/me", "HUGGING_FACE_HUB_TOKEN": "x", "PATH": "/bin"}
    given |= {"HF_HUB_OFFLINE": "1"}
    told = environment("http://127.0.0.1:1", tmp_path, None, given)
    assert told["HF_ENDPOINT"] == "http://127.0.0.1:1"
    assert told["PATH"] == "/bin"
    assert "hf_real" not in told.values()
    assert not {"HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE"} & set(told)
    assert str(tmp_path) in told["HF_HUB_CACHE"]
    assert told["NO_PROXY"].startswith("127.0.0.1")


def test_huggingface_hub(tmp_path: Path) -> None:
    """As it is installed here, with hf_xet: a snapshot in a child process."""
    code = (
        "import os; from huggingface_hub import snapshot_download as s; "
        "print(sorted(os.listdir(s('openai/gsm8k', repo_type='dataset'))))"
    )
    log = tmp_path / "log"
    run = f"import contextlib, sys; sys.stdout = open({str(log)!r}, 'w')\n{code}"
    result = replayed("--strict", "--quiet", str(GSM8K), "--", sys.executable, "-c", run)
    assert result.exit_code == 0, result.output
    assert "README.md" in log.read_text()


def test_the_example(recorded_hub: Callable[..., PlainHub], tmp_path: Path) -> None:
    """That of the fixture's documentation, with a bundled recording."""
    from huggingface_hub import hf_hub_download

    hub = recorded_hub(GSM8K, faults=["503"])
    path = hf_hub_download("openai/gsm8k", "README.md", repo_type="dataset", endpoint=hub.endpoint, cache_dir=tmp_path)
    assert Path(path).read_text("utf-8").startswith("---")
    assert hub.unfired == []
    assert hub.unrecorded == []


def test_the_fixture(recorded_hub: Callable[..., PlainHub]) -> None:
    """It opens as many Hubs as are asked for, each with its own faults."""
    hub = recorded_hub(GSM8K, faults=["503"])
    assert get(f"{hub.endpoint}/api/datasets/openai/gsm8k")[0] == 503
    assert get(f"{hub.endpoint}/api/datasets/openai/gsm8k")[0] == 200
    assert hub.unrecorded == []


def test_the_hub_of_one_check_without_xet() -> None:
    """What `serve` opens for a person's own client names no Xet storage either; other Hubs do."""
    for has_xet in (True, False):
        with ReplayHub(load("gsm8k")) as hub:
            hub.has_xet = has_xet
            _, fields, body = get(f"{hub.endpoint}/{TRAIN}", Accept=XET_FILE_INFO)
            assert (body[:4] == b"PAR1") is not has_xet
            assert ("X-Xet-Hash" in fields) is has_xet


def test_a_url_that_was_got_with_a_range_is_good_for_it_alone() -> None:
    """A Range of a resolve request is signed into the URL (xet-core#897)."""
    with PlainHub.of(GSM8K) as hub:
        bound, free = (located(f"{hub.endpoint}/{TRAIN}", **sent) for sent in ({"Range": "bytes=0-3"}, {}))
        assert get(bound, Range="bytes=0-3")[::2] == (206, b"PAR1")
        for sent in ({"Range": "bytes=4-7"}, {}):
            assert get(bound, **sent)[::2] == (403, b"Auth failed: invalid range")
        assert [get(free, Range=f"bytes={place}-{place}")[0] for place in (0, 4)] == [206, 206]
        assert hub.unrecorded == []


@pytest.mark.parametrize("query", ["", "?download=true", "?download=1", "?download=false"])
@pytest.mark.parametrize("path", [TRAIN, "datasets/openai/gsm8k/resolve/main/README.md"], ids=["lfs", "git"])
def test_a_file_that_is_to_be_saved_says_so(path: str, query: str) -> None:
    form = "attachment" if query in ("?download=true", "?download=1") else "inline"
    with PlainHub.of(GSM8K) as hub:
        first = requests.get(f"{hub.endpoint}/{path}{query}", allow_redirects=False, timeout=20)
        assert first.headers["Content-Disposition"].startswith(f"{form}; filename*=UTF-8''")
        assert int(first.headers["Content-Length"]) == len(first.content)
        assert first.content.decode().endswith(first.headers["Location"])
        last = requests.get(f"{hub.endpoint}/{path}{query}", timeout=20)
        assert last.status_code == 200
        if path == TRAIN:
            assert last.headers["Content-Disposition"].startswith(f"{form}; filename*=UTF-8''")
        assert hub.unrecorded == []


def located(url: str, **fields: str) -> str:
    """Where a request is redirected to."""
    answer = requests.get(url, headers=fields, allow_redirects=False, timeout=20)
    return answer.headers["Location"]
