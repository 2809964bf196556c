"""The official client works against the stand-in on a socket."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.hub import StandInHub, serve
from conformance.selftest.hub.asking import REPOSITORIES

pytest.importorskip("huggingface_hub")

_PROGRAM = """
import sys
from pathlib import Path
from huggingface_hub import HfApi, hf_hub_download

endpoint, cache = sys.argv[1:]
api = HfApi(endpoint=endpoint, token=False)
print(api.dataset_info("openai/gsm8k").sha)
print(len(list(api.list_repo_tree("conformance/many-files", repo_type="dataset", recursive=True))))
for repo_id in ("openai/gsm8k", "conformance/awkward-names"):
    for name in api.list_repo_files(repo_id, repo_type="dataset"):
        path = hf_hub_download(
            repo_id, name, repo_type="dataset", endpoint=endpoint, token=False, cache_dir=cache
        )
        print(name, Path(path).stat().st_size)
"""


def test_it_reads_information_listings_and_both_kinds_of_file(tmp_path: Path) -> None:
    """In a process of its own, since the client reads its environment when it is imported."""
    hub = StandInHub(REPOSITORIES.values())
    environment = {
        **os.environ,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(tmp_path),
    }
    with serve(hub) as origins:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, origins.url("hub"), str(tmp_path / "cache")],
            env={**environment, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    files = [
        f"{path} {file.size}"
        for repo_id in ("openai/gsm8k", "conformance/awkward-names")
        for path, file in REPOSITORIES[repo_id].head.files.items()
    ]
    printed = done.stdout.splitlines()
    assert printed[:2] == [REPOSITORIES["openai/gsm8k"].head.sha, "1055"]
    assert sorted(printed[2:]) == sorted(files)
    assert hub.violations == []
