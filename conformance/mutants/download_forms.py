"""Clients that take their arguments too literally, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import reference_client
from conformance.mutants.mutant import mutant, wrap
from reference_client import api, download, metadata
from reference_client.local_dir import LocalFile


@mutant
def empty_subfolder_refused(patch: pytest.MonkeyPatch) -> None:
    """Refuses a subfolder that is empty."""

    def downloaded(original: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("subfolder") == "":
            raise ValueError("The subfolder is empty.")
        return original(*args, **kwargs)

    wrap(patch, reference_client, "hf_hub_download", downloaded)


@mutant
def named_main_is_another(patch: pytest.MonkeyPatch) -> None:
    """Fetches a file again where `main` is named."""

    def downloaded(original: Any, *args: Any, **kwargs: Any) -> Any:
        return original(*args, **{**kwargs, "force_download": kwargs.get("revision") == "main"})

    wrap(patch, reference_client, "hf_hub_download", downloaded)


@mutant
def folder_knows_no_force(patch: pytest.MonkeyPatch) -> None:
    """Forces nothing in the user's folder."""
    wrap(
        patch,
        download,
        "into_local_dir",
        lambda original, file, local: original(replace(file, force=False), local),
    )


@mutant
def folder_is_of_one_revision(patch: pytest.MonkeyPatch) -> None:
    """Takes a file in the user's folder for the one of every revision."""

    def kept(original: Any, file: Any, local: LocalFile) -> Path:
        return local.path if local.path.is_file() else original(file, local)

    wrap(patch, download, "into_local_dir", kept)


@mutant
def files_for_nobody_else(patch: pytest.MonkeyPatch) -> None:
    """Leaves a file readable for its owner alone, as a temporary one is."""

    def fetched(original: Any, session: Any, file: Any, incomplete: Path, destination: Path, **kwargs: Any) -> None:
        original(session, file, incomplete, destination, **kwargs)
        destination.chmod(0o600)

    wrap(patch, download, "fetch", fetched)


@mutant
def revision_encoded_but_for_slashes(patch: pytest.MonkeyPatch) -> None:
    """Encodes the slashes of what is one segment of a path, a revision or a folder, and nothing else of it."""

    def slashes(original: Any, text: str, safe: str = "/") -> str:
        return text.replace("/", "%2F") if safe == "" else str(original(text, safe))

    for module in (api, metadata):
        wrap(patch, module, "quote", slashes)
