"""What only the drive in this process has to care for."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest

from conformance.ports import Context, Driver, PortCrashed, PortDescription, PortDescriptionError, start
from conformance.ports.drivers.child import Child

LIBRARY = """
import logging, os, sys

__version__ = "1"
HOME = os.environ["HF_HOME"]

class HfApi:
    def __init__(self, endpoint=None, token=None):
        pass

    def whoami(self):
        print("asking")
        logging.getLogger(__name__).warning("no answer yet")
        for sent in ("hf_conformance_reader", "nothing"):
            logging.getLogger("some.http.client").debug("sent %s", sent)
        return {"home": HOME, "token": os.environ.get("HF_TOKEN")}

    def list_repo_files(self, repo_id):
        sys.exit("gave up")

    def model_info(self, repo_id):
        return 5
"""
NOWHERE = Context(endpoint=None, cache_dir=None)


def library(folder: Path, name: str) -> PortDescription:
    """A port whose library is written for the test."""
    (folder / f"{name}.py").write_text(LIBRARY)
    return PortDescription(name, "python", folder, ("whoami",), python=name)


def home(driver: Driver) -> Path:
    return Path(driver.call("whoami", {}, NOWHERE, 10)["home"])


def test_the_machine_s_environment_is_hidden_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library sees a home of its own and no login, at import and in calls; this process keeps its own."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HF_HOME", "of the machine")
    monkeypatch.setenv("HF_TOKEN", "of the machine")
    with contextlib.closing(start(library(tmp_path, "hidden_environment"), in_child=False)) as driver:
        seen = driver.call("whoami", {}, NOWHERE, 10)
        assert Path(seen["home"]).is_dir()
        assert seen["token"] is None
    assert not Path(seen["home"]).exists()
    assert os.environ["HF_HOME"] == os.environ["HF_TOKEN"] == "of the machine"


@pytest.mark.parametrize("in_child", [False, True])
def test_what_the_library_prints_and_logs_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_child: bool
) -> None:
    """Output of a call can be taken once; standard output is told from standard error and the log."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with contextlib.closing(start(library(tmp_path, "talkative"), in_child=in_child)) as driver:
        home(driver)
        lines = driver.take_output().splitlines()
        assert "stdout_noise: 'asking'" in lines
        assert "no answer yet" in lines
        assert driver.take_output() == ""


@pytest.mark.parametrize("in_child", [False, True])
def test_a_token_in_any_record_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_child: bool) -> None:
    """A debug record is kept if it holds a token, whichever logger it is of; any other is left out."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    name = "whispering_in_a_child" if in_child else "whispering"
    with contextlib.closing(start(library(tmp_path, name), in_child=in_child)) as driver:
        home(driver)
        lines = driver.take_output().splitlines()
    assert "sent hf_conformance_reader" in lines
    assert "sent nothing" not in lines


@pytest.mark.parametrize("in_child", [False, True])
@pytest.mark.parametrize("operation", ["list_repo_files", "model_info"])
def test_what_is_no_error_of_the_library_is_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, in_child: bool
) -> None:
    """Leaving the process, or a value with no shape, is never passed off as the library's answer."""
    monkeypatch.syspath_prepend(tmp_path)
    with contextlib.closing(start(library(tmp_path, f"quitter_{operation}_{in_child}"), in_child=in_child)) as driver:
        with pytest.raises(PortCrashed, match=operation):
            driver.call(operation, {"repo_id": "a/b"}, NOWHERE, 10)
        assert home(driver).is_dir()


def test_a_library_that_somebody_else_imported_runs_in_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It read another environment than its description asks for, and would not read it again."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HF_HOME", "of the machine")
    description = library(tmp_path, "imported_before")
    __import__("imported_before")
    with contextlib.closing(start(description)) as driver:
        assert isinstance(driver, Child)
        assert home(driver) != Path(sys.modules["imported_before"].HOME)


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing module, and a module that fails at import, each say what is wrong."""
    with pytest.raises(PortDescriptionError, match="the Python module no_such_module is not installed"):
        start(PortDescription("ghost", "python", tmp_path, ("whoami",), python="no_such_module"))
    with pytest.raises(PortDescriptionError, match="the program no-such-program is not installed"):
        start(PortDescription("ghost", "none", tmp_path, ("whoami",), command=("no-such-program",)))


def test_a_program_cannot_run_in_this_process(tmp_path: Path) -> None:
    """Only a Python module can."""
    with pytest.raises(PortDescriptionError, match="so leave out --in-process"):
        start(PortDescription("shim", "none", tmp_path, ("whoami",), command=(sys.executable,)), in_child=False)


def test_a_library_that_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`os._exit(0)` would end the run as if all were well: it is a crash. A forked process may call it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ending_library.py").write_text(
        "import os\n\n__version__ = '1'\n\nclass HfApi:\n    def __init__(self, endpoint=None, token=None):\n"
        "        pass\n\n    def whoami(self):\n        child = os.fork()\n"
        "        if not child:\n            os._exit(7)\n"
        "        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:\n            os._exit(0)\n"
    )
    exit_now = os._exit
    port = PortDescription("ending", "python", tmp_path, ("whoami",), python="ending_library")
    with (
        contextlib.closing(start(port, in_child=False)) as driver,
        pytest.raises(PortCrashed, match=r"os\._exit\(0\)"),
    ):
        driver.call("whoami", {}, NOWHERE, 10)
    assert os._exit is exit_now
