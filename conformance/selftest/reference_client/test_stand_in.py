"""The reference client and `huggingface_hub` can stand in for each other: signatures, errors, cache."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import conformance
import reference_client
from conformance.selftest.reference_client.conftest import GSM8K, Hub
from reference_client import errors, snapshot_download
from reference_client.datasets.cli.main import main

official = pytest.importorskip("huggingface_hub")

LEFT_OUT = {
    "dry_run", "headers", "library_name", "library_version", "tqdm_class", "user_agent",  # of downloads
    "cache", "securityStatus",  # of whoami, model_info
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "dataset_info",
        "file_exists",
        "get_paths_info",
        "hf_hub_download",
        "hf_hub_url",
        "list_repo_commits",
        "list_repo_files",
        "list_repo_refs",
        "list_repo_tree",
        "model_info",
        "repo_exists",
        "repo_info",
        "revision_exists",
        "snapshot_download",
        "space_info",
        "try_to_load_from_cache",
        "whoami",
    ],
)
def test_signatures_are_those_of_huggingface_hub(name: str) -> None:
    """The same parameters in the same order and of the same kind, but for those that are left out."""
    theirs = inspect.signature(getattr(official, name)).parameters
    ours = inspect.signature(getattr(reference_client, name)).parameters
    assert [(parameter.name, parameter.kind) for parameter in ours.values()] == [
        (parameter.name, parameter.kind) for parameter in theirs.values() if parameter.name not in LEFT_OUT
    ]


def test_errors_are_related_as_in_huggingface_hub() -> None:
    """Whoever catches a class there catches the same here."""
    names = [name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)]
    assert "GatedRepoError" in names
    for name in names:
        theirs = {base.__name__ for base in getattr(official.errors, name).__mro__} - {"HTTPError"}
        assert {base.__name__ for base in getattr(errors, name).__mro__} == theirs, name


def test_importing_is_light() -> None:
    """What only requests need isn't loaded before there is one."""
    script = """
import sys
from reference_client import hf_hub_download, try_to_load_from_cache
print({"urllib3", "certifi", "ssl", "concurrent.futures", "pyarrow", "conformance"} & set(sys.modules))
"""
    assert run(script, {}) == "set()"


def test_the_version_is_the_suites() -> None:
    """It stands in two places, since the client imports nothing of the suite."""
    assert reference_client.__version__ == conformance.__version__


@pytest.mark.parametrize("first", ["huggingface_hub", "reference_client"])
def test_each_uses_the_cache_that_the_other_filled(hub: Hub, tmp_path: Path, first: str) -> None:
    """No body is fetched twice, the paths are the same, and so is what lies on disk."""
    second = {"huggingface_hub": "reference_client", "reference_client": "huggingface_hub"}[first]
    paths = {}
    for library in (first, second):
        paths[library] = everything(hub, tmp_path, library)
        bodies = [entry for entry in hub.requests() if entry.method == "GET" and "/resolve" in entry.path]
        assert bool(bodies) == (library == first)
    assert paths[first] == paths[second]
    assert paths[first][-1] == "RemoteEntryNotFoundError"


def test_both_leave_the_same_on_disk(hub: Hub, tmp_path: Path) -> None:
    """Folder by folder, name by name, link by link; only the wording of CACHEDIR.TAG is our own."""
    for library in ("huggingface_hub", "reference_client"):
        everything(hub, tmp_path / library, library)
    assert layout(tmp_path / "huggingface_hub") == layout(tmp_path / "reference_client")


def everything(hub: Hub, cache: Path, library: str) -> list[str]:
    """Download files of each kind, a whole commit and a missing file, in a process of its own."""
    script = f"""
import json
from {library} import hf_hub_download, snapshot_download
from {library}.errors import EntryNotFoundError
about = dict(repo_type="dataset", token=False)
names = ["README.md", "main/test-00000-of-00001.parquet"]
done = [hf_hub_download({GSM8K!r}, name, **about) for name in names]
done.append(snapshot_download({GSM8K!r}, **about))
try:
    hf_hub_download({GSM8K!r}, "no/such.txt", **about)
except EntryNotFoundError as error:
    done.append(type(error).__name__)
print(json.dumps(done))
"""
    settings = {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_CACHE": str(cache),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    done: list[str] = json.loads(run(script, settings))
    return done


def layout(cache: Path) -> dict[str, str | bytes]:
    """Every path under a cache with what is there: a link's target, a file's bytes."""
    return {
        path.relative_to(cache).as_posix(): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in cache.rglob("*")
        if (path.is_symlink() or path.is_file()) and path.name != "CACHEDIR.TAG"
    }


def run(script: str, settings: dict[str, str]) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_command_prints_paths_and_information(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One path a file, the folder for a whole repository, the Hub's fields as JSON."""
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    about, names = [GSM8K, "--repo-type", "dataset"], ["README.md", "eval.yaml"]
    assert main(["hub", "download", "--cache-dir", str(tmp_path), "--repo-type", "dataset", GSM8K, *names]) == 0
    paths = capsys.readouterr().out.splitlines()
    assert [Path(path).name for path in paths] == names
    assert main(["hub", "download", *about, "--cache-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == snapshot_download(
        GSM8K, repo_type="dataset", cache_dir=tmp_path, local_files_only=True
    )
    assert main(["hub", "info", *about]) == 0
    assert json.loads(capsys.readouterr().out)["sha"] == hub.commits(GSM8K)[0]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["hub", "info", "a--b"], 2, "--"),
        (["hub", "download", GSM8K, "../up.txt"], 2, "Invalid filename"),
        (["hub", "info", "conformance/missing"], 1, "Repository Not Found"),
        (["hub", "download", GSM8K, "no-such.txt", "--repo-type", "dataset"], 1, "Entry Not Found"),
    ],
)
def test_the_command_complains_in_one_line(
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    complaint: str,
) -> None:
    """Exit code 2 for what was asked wrongly, 1 for what went wrong; no traceback."""
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert main(arguments) == code
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert complaint in said[0]
