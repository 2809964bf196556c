"""A traceback may show the variables of each of its frames (`pytest -l`, collectors of errors): never a token."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import reference_client
from reference_client import HfApi, get_hf_file_metadata, get_token, hf_hub_download, read_file, snapshot_download
from reference_client.datasets import get_data_files, get_dataset_config_names, get_dataset_split_names, load_rows
from reference_client.datasets.adapters import ADAPTERS
from reference_client.datasets.store import DatasetConfig, Store
from reference_client.settings import Secret, hides_token

NOBODY = "http://127.0.0.9:9"
WORD = "Sesame" * 5
FILE = f"{NOBODY}/o/n/resolve/main/a"
METHODS = [
    *("list_repo_files", "list_repo_tree", "list_repo_refs", "list_repo_commits", "repo_exists", "repo_info"),
    *("dataset_info", "model_info", "space_info"),
]

Call = Callable[[str, Path], Any]

CALLS: dict[str, Call] = {
    "download": lambda token, here: hf_hub_download("o/n", "a", token=token, endpoint=NOBODY, cache_dir=here),
    "local_dir": lambda token, here: hf_hub_download("o/n", "a", token=token, endpoint=NOBODY, local_dir=here),
    "snapshot": lambda token, here: snapshot_download("o/n", token=token, endpoint=NOBODY, cache_dir=here),
    "read_file": lambda token, here: read_file("o/n", "a", token=token, endpoint=NOBODY),
    "metadata": lambda token, here: get_hf_file_metadata(FILE, token=token, endpoint=NOBODY),
    "metadata by place": lambda token, here: get_hf_file_metadata(FILE, token, endpoint=NOBODY),
    "whoami": lambda token, here: HfApi(NOBODY).whoami(token),
    "own whoami": lambda token, here: HfApi(NOBODY, token).whoami(),
    "own download": lambda token, here: HfApi(NOBODY, token).hf_hub_download("o/n", "a", cache_dir=here),
    "own snapshot": lambda token, here: HfApi(NOBODY, token).snapshot_download("o/n", cache_dir=here),
    "file_exists": lambda token, here: HfApi(NOBODY).file_exists("o/n", "a", token=token),
    "revision_exists": lambda token, here: HfApi(NOBODY).revision_exists("o/n", "a", token=token),
    "get_paths_info": lambda token, here: HfApi(NOBODY).get_paths_info("o/n", ["a"], token=token),
    "rows": lambda token, here: next(load_rows("o/n", token=token, endpoint=NOBODY, cache_dir=here)),
    "configs": lambda token, here: get_dataset_config_names("o/n", token=token, endpoint=NOBODY),
    "splits": lambda token, here: get_dataset_split_names("o/n", token=token, endpoint=NOBODY),
    "files": lambda token, here: get_data_files("o/n", token=token, endpoint=NOBODY),
    "store": lambda token, here: Store(here, endpoint=NOBODY).download(DatasetConfig("o/n", "main", token)),
    "adapter": lambda token, here: ADAPTERS["gsm8k"].of(Store(here, endpoint=NOBODY), access_token=token),
}


def _method(name: str, token: str, here: Path) -> Any:
    return list(getattr(HfApi(NOBODY), name)("o/n", token=token))


def _own(name: str, token: str, here: Path) -> Any:
    return list(getattr(HfApi(NOBODY, token), name)("o/n"))


CALLS |= {name: partial(_method, name) for name in METHODS} | {f"own {name}": partial(_own, name) for name in METHODS}


def variables(error: BaseException) -> Iterator[str]:
    """What a traceback shows of the client's frames, of the error and of all those behind it."""
    left = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    while left:
        stack = left.pop()
        left += filter(None, (stack.__cause__, stack.__context__))
        for frame in stack.stack:
            if not frame.filename.endswith("test_hidden_tokens.py"):
                yield from (f"{frame.name}: {name} = {value}" for name, value in (frame.locals or {}).items())


def shows(error: BaseException) -> list[str]:
    return [line for line in variables(error) if "Sesame" in line]


@pytest.mark.parametrize("token", [WORD, f"{WORD} {WORD}"], ids=["good", "broken"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_frame_shows_the_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call, token: str) -> None:
    """Where nobody listens, and where the token itself is refused."""
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises((OSError, ValueError)) as caught:
        call(token, tmp_path)
    assert list(variables(caught.value))
    assert shows(caught.value) == []


@pytest.mark.parametrize("content", [f"{WORD} {WORD}".encode(), WORD.encode() + b"\xff", WORD.encode() * 10_000])
def test_no_frame_shows_the_token_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Whatever is wrong with it."""
    (tmp_path / "token").write_bytes(content)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises((OSError, ValueError)) as caught:
        hf_hub_download("o/n", "a", endpoint=NOBODY, cache_dir=tmp_path)
    assert shows(caught.value) == []


def test_no_frame_shows_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", f"{WORD} {WORD}")
    with pytest.raises(ValueError, match="characters that no token has") as caught:
        hf_hub_download("o/n", "a", endpoint=NOBODY, cache_dir=tmp_path)
    assert shows(caught.value) == []


def test_a_hidden_token_is_a_text_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own is shown when the user asks for it."""
    assert HfApi(NOBODY, WORD).token == WORD
    assert f"Bearer {Secret(WORD)}" == f"Bearer {WORD}"
    monkeypatch.setenv("HF_TOKEN", WORD)
    assert repr(get_token()) == repr(WORD)


def test_functions_look_as_they_were_written() -> None:
    """Help and signatures are those of the functions themselves, and so is what they refuse."""
    assert "local_files_only" in inspect.signature(reference_client.hf_hub_download).parameters
    assert (HfApi.list_repo_refs.__doc__ or "").startswith("The branches")

    @hides_token
    def two(name: str, token: str) -> tuple[str, str]:
        return (repr(name), repr(token))

    assert two("a", "b") == ("'a'", "'<hidden>'") == two(name="a", token="b")
    with pytest.raises(TypeError):
        two("a", "b", "c")  # type: ignore[call-arg]
