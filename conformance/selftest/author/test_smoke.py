"""`smoke` names the probe that a shim with one defect fails, and no right shim fails any."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from conformance import replay
from conformance.author import probes, templates
from conformance.cli.smoke import smoke
from conformance.ports import find
from conformance.ports.description import BUNDLED
from conformance.replay import ReplayHub


class Defect(NamedTuple):
    """A piece of the right shim, what stands in its place, and the probes that must notice."""

    old: str
    new: str
    wrong: set[str]


UNKNOWN = '{"type": "unimplemented", "reason": f"the shim does not know {call[\'operation\']}"}'
NATIVE = '"native": f"{type(error).__module__}.{type(error).__qualname__}"'
CACHE = 'cache_dir=call["arguments"].get("cache_dir") or context["cache_dir"]'
TOKEN = 'token=context["token"] if'
EXCEPT = "    except Exception as error:\n"
LINES = "for line in sys.stdin:"
FLUSH = "        answers.flush()\n"
DEFECTS = {
    "no-port-in-the-welcome": Defect('"protocol": 1, "port": port', '"protocol": 1', {"starts"}),
    "newer-protocol": Defect('"protocol": 1', '"protocol": 9', {"starts"}),
    "unknown-operation-is-an-error": Defect(
        UNKNOWN,
        '{"type": "error", "kind": "other", "native": "KeyError", "message": "unknown"}',
        {"unknown-operation", "long-line"},
    ),
    "unknown-argument-is-an-error": Defect("if name not in names:", "if False:", {"unknown-argument"}),
    "kind-of-its-own": Defect('"kind": next(', '"kind": "not_found" or next(', {"error"}),
    "errors-are-values": Defect(
        EXCEPT, EXCEPT + '        return {"type": "result", "value": None, "was": error.args}\n', {"error"}
    ),
    "no-native-name": Defect(NATIVE, '"native": ""', {"error"}),
    "relative-path": Defect(
        "str(path.absolute())", "os.path.relpath(path)", {"path", "values", "contexts", "default-cache"}
    ),
    "key-left-out": Defect('        "downloads_all_time": None,\n', "", {"values"}),
    "claims-too-much": Defect("list(OPERATIONS)", '[*OPERATIONS, "whoami"]', {"starts", "values"}),
    "claims-the-unknown": Defect("list(OPERATIONS)", '[*OPERATIONS, "download_file"]', {"starts"}),
    "endpoint-kept": Defect(
        'endpoint=context["endpoint"]', 'endpoint=KINDS.setdefault("kept", context["endpoint"])', {"contexts"}
    ),
    "token-kept": Defect(
        TOKEN,
        'token=KINDS.setdefault("kept", context["token"]) if context["token"] else KINDS.get("kept") if',
        {"contexts"},
    ),
    "another-cache": Defect(CACHE, 'cache_dir=os.environ["HF_HOME"]', {"contexts"}),
    "a-cache-in-the-package": Defect(
        CACHE,
        'cache_dir=call["arguments"].get("cache_dir") or context["cache_dir"] or os.path.dirname(__file__)',
        {"default-cache"},
    ),
    "short-lines-only": Defect(LINES, "for line in iter(lambda: sys.stdin.readline(65536), ''):", {"long-line"}),
    "prints-before-the-welcome": Defect("    os.dup2(2, 1)", "    os.write(1, b'hi\\n')\n    os.dup2(2, 1)", set()),
    "prints-after-it": Defect(FLUSH, "        answers.write('done\\n')\n" + FLUSH, {"standard-output"}),
    "bye-ignored": Defect("            break\n", "            continue\n", {"ending"}),
    "another-id": Defect(
        '{"id": message["id"], **made}', '{"id": message["id"] + (made["type"] == "error"), **made}', {"error"}
    ),
}


def smoked(port: Path, *options: str) -> tuple[int, dict[str, str], str]:
    """Exit code, probe to state, and the whole text."""
    ended = CliRunner().invoke(smoke, ["--port", str(port), *options])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exc_info
    states = re.findall(r"^(ok|wrong|library|not tried) +([a-z_-]+) ", ended.output, re.MULTILINE)
    return ended.exit_code, {probe: state for state, probe in states}, ended.output


def with_defect(folder: Path, old: str, new: str) -> Path:
    """The Python template with one piece of its shim replaced."""
    templates.write("python", "defective", folder)
    shim = folder / "shim.py"
    text = shim.read_text("utf-8")
    assert text.count(old) == 1, old
    shim.write_text(text.replace(old, new), "utf-8")
    return folder


@pytest.mark.parametrize("port", ["reference", "huggingface_hub"])
def test_bundled_shims_are_right(port: str) -> None:
    """Every probe says ok."""
    code, states, text = smoked(Path(port))
    assert code == 0, text
    assert states == dict.fromkeys(probes.names(), "ok"), text
    assert len(states) == 11


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_named(name: str, tmp_path: Path) -> None:
    """The probe for the defect says wrong, with what was sent and what to write; the others do not."""
    old, new, wrong = DEFECTS[name]
    code, states, text = smoked(with_defect(tmp_path / "port", old, new), "--deadline", "5")
    assert {probe for probe, state in states.items() if state == "wrong"} == wrong, text
    assert code == (1 if wrong else 0)
    if wrong:
        assert "    write:\n" in text
    if wrong - {"standard-output"}:
        assert "    reproduce:\n" in text


def test_silence_does_not_take_for_ever(tmp_path: Path) -> None:
    """After two messages without an answer, the rest is not tried."""
    port = with_defect(
        tmp_path / "port", "        answers.write(", "        if made['type'] == 'welcome': answers.write("
    )
    code, states, text = smoked(port, "--deadline", "0.3")
    assert code == 1
    assert list(states.values()).count("wrong") == 2, text
    assert list(states.values()).count("not tried") == 8


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (r"""'{"level": "info"}\n'""", "send what the library logs to standard error: a JSON object"),
        (r"""'\x1b[2J\0DEBUG '""", "it wrote:\n           DEBUG {"),
        (r"""'x' * (17 << 20) + '\n'""", "send rows in pages of about a hundred"),
    ],
)
def test_what_comes_before_an_answer_is_named(before: str, shown: str, tmp_path: Path) -> None:
    """A log as JSON is not answered with the model of a welcome. Nothing that a shim writes controls the terminal."""
    old = "        answers.write("
    port = with_defect(tmp_path / "port", old, f"        answers.write({before})\n{old}")
    code, states, text = smoked(port, "--hello-deadline", "1")
    assert code == 1
    assert states["starts"] == "wrong"
    assert shown in text
    assert not {"\x1b", "\0"} & set(text)


def test_a_library_that_hangs_is_not_the_shims(tmp_path: Path) -> None:
    """The shim answers what does not reach the library, and waits for the rest."""
    port = with_defect(tmp_path / "port", "def dataset_info(hub, repo_id", "def hang(hub, repo_id")
    shim = port / "shim.py"
    hanging = "def dataset_info(hub, repo_id, revision=None, token=None):\n    import time; time.sleep(99)\n\n\n"
    shim.write_text(shim.read_text("utf-8").replace("def hang(", f"{hanging}def hang("), "utf-8")
    code, states, text = smoked(port, "--deadline", "3")
    assert code == 0, text
    assert states["values"] == "ok", text  # with a note
    assert "no answer to dataset_info within 3 s" in text


def test_an_error_of_the_library_is_not_the_shims(tmp_path: Path) -> None:
    """A library that asks the Hub and then fails is named as such, and the exit code is 0."""
    port = with_defect(tmp_path / "port", "    path = hub.download(", "    raise OSError('full') if hub.download(")
    shim = port / "shim.py"
    shim.write_text(
        shim.read_text("utf-8").replace('revision or "main")\n', 'revision or "main") else 0\n', 1), "utf-8"
    )
    code, states, text = smoked(port)
    assert code == 0, text
    assert states["path"] == "library"


PERHAPS = {
    "token-for-known-hosts-only": (TOKEN, "token=None if", "contexts"),
    "one-error-for-all": ("(kind for known, kind in KINDS.items() if isinstance(error, known))", "iter(())", "error"),
    "a-page-for-a-missing-file": (
        EXCEPT,
        EXCEPT + '        return {"type": "result", "value": {"path": os.path.abspath(__file__)}}\n',
        "error",
    ),
    "a-path-without-a-file": ("str(path.absolute())", 'str(path.absolute()) + ".part"', "path"),
}


@pytest.mark.parametrize("name", PERHAPS)
def test_what_may_be_the_librarys_is_not_called_the_shims(name: str, tmp_path: Path) -> None:
    """A library can do this by itself: `smoke` says so, with what to write if it is the shim after all."""
    old, new, probe = PERHAPS[name]
    code, states, text = smoked(with_defect(tmp_path / "port", old, new))
    assert code == 0, text
    assert [probe for probe, state in states.items() if state == "library"] == [probe], text
    assert "    write:\n" in text


def test_a_client_object_that_remembers_is_the_librarys(tmp_path: Path) -> None:
    """No request in the second call, though the file lies in the cache of that call."""
    port = with_defect(tmp_path / "port", "def hf_hub_download(hub", "REMEMBERED = {}\n\n\ndef hf_hub_download(hub")
    shim = port / "shim.py"
    text = shim.read_text("utf-8")
    kept = """    key = (repo_id, filename)
    if key in REMEMBERED:
        import shutil
        return {"path": shutil.copy(REMEMBERED[key], os.makedirs(hub.cache_dir) or hub.cache_dir)}
"""
    call = "    path = hub.download("
    text = text.replace(call, kept + call, 1)
    remember = "    if hub.token:\n        REMEMBERED[key] = path\n"
    text = text.replace('    return {"path": str(path', remember + '    return {"path": str(path', 1)
    shim.write_text(text, "utf-8")
    code, states, text = smoked(port)
    assert (code, states["contexts"]) == (0, "library"), text


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """A command that cannot be found is one line and exit code 2, like any port that cannot run here."""
    (tmp_path / "port.toml").write_text(
        'name = "p"\nlanguage = "x"\noperations = ["whoami"]\nstart.command = ["no-such"]\n'
    )
    code, states, text = smoked(tmp_path)
    assert (code, states) == (2, {})
    assert "the program no-such is not installed" in text


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A command-line port that is right: a copy of curl's."""
    return Path(shutil.copytree(BUNDLED / "curl", tmp_path / "curl"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_port_file_of_a_command_line_client_is_tried(command: Path) -> None:
    """The version, a call of each operation, and what an error is called."""
    code, states, text = smoked(command)
    assert (code, states) == (0, {"version": "ok", "hf_hub_download": "ok", "error": "ok"})
    assert "the port file is right as far as 3 probes can see" in text


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize(
    ("instead_of", "write", "probe", "says"),
    [
        ('"curl", "--version"', '"curl", "--no-such"', "version", "reported no version"),
        ('path = "{local_dir}/{filename}"', 'path = "/nowhere/{filename}"', "hf_hub_download", "where nothing is"),
        ('"{endpoint}", "{repo_id}"', '"http://127.0.0.1:9", "{repo_id}"', "hf_hub_download", "no request came"),
        ('by = "repo_type"', 'by = "revision"', "hf_hub_download", "or words for each value"),
        ("exit_code = 22", "exit_code = 99", "error", "no entry of exec.errors in the port file matches"),
    ],
)
def test_what_is_wrong_in_a_port_file_is_told(
    command: Path, instead_of: str, write: str, probe: str, says: str
) -> None:
    """Each mistake by the probe that finds it, with what to write."""
    file = command / "port.toml"
    file.write_text(file.read_text("utf-8").replace(instead_of, write), "utf-8")
    code, states, text = smoked(command)
    assert (code, states[probe]) == (1, "wrong"), text
    assert says in " ".join(text.split())
    assert "    write:" in text


def test_lines_to_reproduce_do_reproduce(tmp_path: Path) -> None:
    """The lines, run by a shell with the Hub's endpoint put in, give the same wrong answer."""
    _, _, text = smoked(with_defect(tmp_path / "port", "str(path.absolute())", "os.path.relpath(path)"))
    lines = re.search(r"wrong +path .*?    reproduce:\n(.*?)\n(?=\S)", text, re.DOTALL)
    assert lines is not None
    with ReplayHub(replay.load("gsm8k")) as hub:
        script = lines[1].replace("ENDPOINT=…", f"ENDPOINT={hub.endpoint}")
        ended = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert '"path": "cache-' in ended.stdout.splitlines()[-1]


def test_a_long_message_can_be_reproduced(tmp_path: Path) -> None:
    """The megabyte is made by the shell."""
    port = with_defect(
        tmp_path / "port", "for line in sys.stdin:", "for line in iter(lambda: sys.stdin.readline(9999), ''):"
    )
    _, _, text = smoked(port)
    script = "\n".join(re.findall(r"^ +(printf .*|ENDPOINT=.*)$", text, re.MULTILINE))
    assert len(script) < 2000
    ended = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "JSONDecodeError" in ended.stderr


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """Everything that was started has ended."""
    templates.write("python", "clean", tmp_path / "port")
    smoked(tmp_path / "port")
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listed
    assert not [thread.name for thread in threading.enumerate() if thread.name.endswith("output")]


def test_lines_to_reproduce_name_the_packages_of_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them a shim on Node ends with MODULE_NOT_FOUND."""
    monkeypatch.setenv("HUB_CONFORMANCE_ENVIRONMENTS", str(tmp_path / "environments"))
    folder = tmp_path / "port"
    folder.mkdir()
    (folder / "package.json").write_text("{}", "utf-8")
    (folder / "port.toml").write_text(
        'name = "p"\nlanguage = "javascript"\noperations = ["whoami"]\n[start]\npackages = "package.json"\n'
        f'command = ["{sys.executable}", "-c", "1"]\n',
        "utf-8",
    )
    description = find(str(folder))
    assert description.node_modules is not None
    description.node_modules.mkdir(parents=True)
    _, _, text = smoked(folder)
    assert f"| env NODE_PATH={description.node_modules} {sys.executable} " in text
