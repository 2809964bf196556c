"""The Hub client needs nothing of the data half, and none of the packages that this alone uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import reference_client
from conformance.selftest.reference_client.conftest import GSM8K, Hub


def test_the_hub_client_by_itself(hub: Hub, tmp_path: Path) -> None:
    """Every module of it is imported, and a file comes."""
    found = {path.stem for path in Path(*reference_client.__path__).glob("*.py")}
    modules = found - {"__init__"}
    places = {"endpoint": hub.endpoint, "cache_dir": str(tmp_path), "token": False}
    program = f"""
import importlib, sys
for name in ("pyarrow", "yaml", "tqdm", "reference_client.datasets"):
    sys.modules[name] = None
for name in {sorted(modules)!r}:
    importlib.import_module(f"reference_client.{{name}}")
from reference_client import hf_hub_download
print(hf_hub_download({GSM8K!r}, "README.md", repo_type="dataset", **{places!r}))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert Path(ended.stdout.strip()).read_bytes() == hub.files(GSM8K)["README.md"].data


MOST_LINES = 3269
"""Of the modules of the Hub client together. The number may only fall: the client is there to be read."""


def test_the_tour_names_every_module() -> None:
    """The package's docstring leads a reader through all of them."""
    tour = reference_client.__doc__ or ""
    modules = [path.stem for path in Path(*reference_client.__path__).glob("*.py") if path.stem != "__init__"]
    assert [name for name in modules if f"`{name}`" not in tour] == []


def test_the_client_stays_short() -> None:
    files = Path(*reference_client.__path__).glob("*.py")
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files) <= MOST_LINES
