"""Clients that show more than they should: on standard output, on standard error, and in their headers."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.auth import _change_headers
from conformance.mutants.mutant import mutant, wrap
from reference_client import download, snapshot
from reference_client.transfer import Body


@mutant
def prints_what_it_does(patch: pytest.MonkeyPatch) -> None:
    """Prints on standard output what it has downloaded."""

    def said(original: Any, file: Any) -> Any:
        print(f"Downloading {file.filename}")
        return original(file)

    wrap(patch, download, "obtain", said)
    wrap(patch, snapshot, "obtain", said)


def _at_each_piece(patch: pytest.MonkeyPatch, text: str) -> None:
    def written(original: Any, self: Body, block: bytes) -> None:
        original(self, block)
        sys.stderr.write(text * max(len(block) >> 14, 1))

    wrap(patch, Body, "write", written)


@mutant
def progress_all_the_same(patch: pytest.MonkeyPatch) -> None:
    """Shows a bar and ignores the environment."""
    _at_each_piece(patch, "\r[=====>    ]")


@mutant
def a_dot_for_each_piece(patch: pytest.MonkeyPatch) -> None:
    """Shows a dot for each piece of a body and ignores the environment."""
    _at_each_piece(patch, ".")


@mutant
def snapshot_counts_its_files(patch: pytest.MonkeyPatch) -> None:
    """Shows the number of finished files of a snapshot and ignores the environment."""

    def counted(original: Any, file: Any) -> Any:
        path = original(file)
        sys.stderr.write("\rfetched one more")
        return path

    wrap(patch, snapshot, "obtain", counted)


def _add(patch: pytest.MonkeyPatch, name: str, value: Any) -> None:
    _change_headers(patch, lambda method, url, headers: {**headers, name: value()})


@mutant
def user_agent_names_the_user(patch: pytest.MonkeyPatch) -> None:
    """Sends the name of the logged-in user."""
    _add(patch, "User-Agent", lambda: f"hub-reference/1; user/{getpass.getuser()}")


@mutant
def user_agent_names_the_machine(patch: pytest.MonkeyPatch) -> None:
    """Sends the name of the machine."""
    _add(patch, "User-Agent", lambda: f"hub-reference/1; host/{os.environ.get('HOSTNAME') or socket.gethostname()}")


@mutant
def working_folder_in_a_header(patch: pytest.MonkeyPatch) -> None:
    """Sends the folder in which it runs."""
    _add(patch, "X-Working-Folder", lambda: str(Path.cwd()))
