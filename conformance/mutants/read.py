"""Clients that read a file's content wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import download, transfer
from reference_client.errors import HfHubHTTPError
from reference_client.transfer import Body


@mutant
def read_through_text(patch: pytest.MonkeyPatch) -> None:
    """Reads a content as text, and gives its line ends as it likes them."""
    change_result(patch, download, "read_file", lambda content: content.replace(b"\n", b"\r\n"))


@mutant
def read_first_block_only(patch: pytest.MonkeyPatch) -> None:
    """Reads the first 4 KiB and takes them for all."""
    change_result(patch, download, "read_file", lambda content: content[:4096])


@mutant
def read_refuses_nothing(patch: pytest.MonkeyPatch) -> None:
    """Takes an empty content for a failure."""

    def refuse(content: bytes) -> bytes:
        if not content:
            raise OSError("nothing was received")
        return content

    change_result(patch, download, "read_file", refuse)


@mutant
def read_ignores_revision(patch: pytest.MonkeyPatch) -> None:
    """Reads the default branch, whatever revision is asked for."""
    change_arguments(patch, download, "hf_hub_url", revision=None)


@mutant
def read_remembers(patch: pytest.MonkeyPatch) -> None:
    """Gives what it has read of a name before."""
    known: dict[str, bytes] = {}

    def remembered(original: Any, repo_id: str, filename: str, **arguments: Any) -> bytes:
        if filename not in known:
            known[filename] = original(repo_id, filename, **arguments)
        return known[filename]

    wrap(patch, download, "read_file", remembered)


@mutant
def read_missing_as_empty(patch: pytest.MonkeyPatch) -> None:
    """Returns no bytes where the Hub reports a missing file or repository."""

    def lenient(original: Any, *arguments: Any, **named: Any) -> bytes:
        try:
            return bytes(original(*arguments, **named))
        except HfHubHTTPError:
            return b""

    wrap(patch, download, "read_file", lenient)


@mutant
def read_accepts_a_part(patch: pytest.MonkeyPatch) -> None:
    """Gives what came before the connection broke, as if it were all."""

    def fetched(original: Any, session: Any, file: Any, incomplete: Path, destination: Path) -> None:
        with incomplete.open("x+b") as content:
            transfer.ask_for_rest(session, file, Body(content, file.etag, file.size))
        incomplete.replace(destination)

    wrap(patch, download, "fetch", fetched)
