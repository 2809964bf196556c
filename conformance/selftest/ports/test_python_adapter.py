"""The shim of Python ports: what the library's errors become."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.ports.adapters.kinds import to_error
from conformance.ports.adapters.python import PythonAdapter
from conformance.protocol.messages import Call, Context, Page, Unsupported
from reference_client.datasets.store import StoreError, StoreUsageError
from reference_client.errors import RepositoryNotFoundError

LIBRARY = """
__version__ = "1"

def get_row(repo_id):
    raise NotImplementedError("no rows here")
"""


def test_what_is_not_implemented_is_unsupported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library may have a function and still not what was asked of it."""
    (tmp_path / "library_without_rows.py").write_text(LIBRARY, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    sent: list[Page] = []
    call = Call(1, "get_row", {"repo_id": "a/b"}, Context(endpoint=None, cache_dir=None))
    answer = PythonAdapter("library_without_rows", "rowless").answer(call, sent.append)
    assert answer == Unsupported(1, "no rows here")
    assert not sent


def test_error_of_a_store_is_of_its_causes_kind() -> None:
    """A store tells in its own words what the Hub said; the kind and the status are the Hub's."""
    error = StoreError("there is no such repository")
    error.__cause__ = RepositoryNotFoundError.__new__(RepositoryNotFoundError)
    assert to_error(1, error).kind == "repository_not_found"
    assert to_error(1, error).message == "there is no such repository"
    assert to_error(1, StoreUsageError("no such name")).kind == "invalid_argument"
    assert to_error(1, StoreError("the disk is full")).kind == "filesystem"
