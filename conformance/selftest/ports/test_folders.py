"""`local_dir` in the port file of a shim or a Python library: a download that names no folder gets one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.author import templates
from conformance.ports import Context, PortDescriptionError, attach, find, start
from conformance.selftest.author.test_smoke import smoked

TEMPLATE = "{cache_dir}/{repo_type}s--{repo_id}@{revision}"

SHIM = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "bye":
        break
    port = {"name": "p", "version": "1", "language": "python", "operations": ["hf_hub_download", "whoami"]}
    made = {"type": "welcome", "protocol": 1, "port": port}
    if message["type"] == "call":
        made = {"type": "error", "kind": "other", "native": "Given", "message": json.dumps(message["arguments"])}
    print(json.dumps({"id": message["id"], **made}), flush=True)
"""

PORT_FILE = """
name = "p"
language = "python"
operations = ["hf_hub_download", "whoami"]
local_dir = "{cache_dir}/{repo_type}s--{repo_id}@{revision}"
"""

MODULE = """
__version__ = "1"

def hf_hub_download(repo_id, filename, local_dir=None, revision=None, repo_type=None):
    raise ValueError(local_dir)
"""


def shim_port(folder: Path) -> str:
    (folder / "shim.py").write_text(SHIM, "utf-8")
    command = json.dumps([sys.executable, "{folder}/shim.py"])
    (folder / "port.toml").write_text(f"{PORT_FILE}start.command = {command}\n", "utf-8")
    return str(folder)


GIVEN: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    ("hf_hub_download", {"repo_id": "a/b", "repo_type": "dataset"}, "/c", "/c/datasets--a--b@main"),
    ("hf_hub_download", {"repo_id": "a/b", "revision": "refs/pr/1"}, "/c", "/c/models--a--b@refs--pr--1"),
    ("hf_hub_download", {"repo_id": "a/b", "local_dir": "/x"}, "/c", "/x"),
    ("hf_hub_download", {"repo_id": "a/b"}, None, None),
    ("whoami", {}, "/c", None),
]


@pytest.mark.parametrize(("operation", "arguments", "cache_dir", "local_dir"), GIVEN)
def test_a_shim_is_given_a_folder(
    operation: str, arguments: dict[str, Any], cache_dir: str | None, local_dir: str | None, tmp_path: Path
) -> None:
    """A download without a folder gets that of the port file; nothing else is changed."""
    driver = start(find(shim_port(tmp_path)))
    try:
        context = Context(endpoint=None, cache_dir=cache_dir)
        with pytest.raises(Exception, match="Given") as raised:
            driver.call(operation, arguments, context, 10)
        (other,) = driver.at_once([(operation, arguments)], context, 10)
    finally:
        driver.close()
    wanted = {**arguments, **({"local_dir": local_dir} if local_dir else {})}
    assert json.loads(raised.value.message) == wanted  # type: ignore[attr-defined]
    assert json.loads(other.message) == wanted


@pytest.mark.parametrize("in_child", [False, True], ids=["in-process", "child"])
def test_a_python_library_is_given_a_folder(in_child: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is the function of a Python library."""
    (tmp_path / "folders_only.py").write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "port.toml").write_text(f'{PORT_FILE}start.python = "folders_only"\n', "utf-8")
    driver = start(find(str(tmp_path)), in_child=in_child)
    try:
        with pytest.raises(Exception, match="/c/models--a--b@main"):
            driver.call("hf_hub_download", {"repo_id": "a/b", "filename": "x"}, Context(None, "/c"), 10)
    finally:
        driver.close()


def test_an_attached_shim_is_given_a_folder(tmp_path: Path) -> None:
    """Under a debugger the call is the same."""
    driver = attach(find(shim_port(tmp_path)), tmp_path)
    try:
        assert type(driver).__name__ == "WithFolders"
    finally:
        driver.close()


def test_smoke_gives_the_folder_too(tmp_path: Path) -> None:
    """A toy that insists on a folder is right in every probe that it can answer."""
    port = tmp_path / "port"
    templates.write("python", "folders", port)
    shim = port / "shim.py"
    text = shim.read_text("utf-8").replace("cache_dir=None):", "cache_dir=None, local_dir=None):")
    text = text.replace(
        "    path = hub.download(", "    hub.cache_dir = os.path.join(local_dir, '')\n    path = hub.download("
    )
    shim.write_text(text, "utf-8")
    file = port / "port.toml"
    file.write_text(
        file.read_text("utf-8").replace('cache = "hub"', f'cache = "none"\nlocal_dir = "{TEMPLATE}"'), "utf-8"
    )
    code, states, text = smoked(port)
    assert (code, states["path"], states["contexts"]) == (0, "ok", "ok"), text


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ('local_dir = "/x"', "local_dir: write a folder of the cache"),
        ('local_dir = "{cache_dir}/{x}"', "local_dir: write a folder of the cache"),
        ('local_dir = "{cache_dir}/x"\ncache = "own"', "cache: a library that needs local_dir has no cache"),
    ],
)
def test_a_wrong_folder_is_refused(added: str, told: str, tmp_path: Path) -> None:
    """A folder outside of the cache would outlive the check."""
    file = PORT_FILE.replace(f'local_dir = "{TEMPLATE}"', added)
    (tmp_path / "port.toml").write_text(f'{file}start.command = ["x"]\n', "utf-8")
    with pytest.raises(PortDescriptionError, match=told):
        find(str(tmp_path))


def test_a_port_with_folders_has_no_cache(tmp_path: Path) -> None:
    """What the checks of the cache are about is not asked of it."""
    assert find(shim_port(tmp_path)).cache == "none"
