"""Clients that get a file's bytes wrong, or the way to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import download, metadata, session, settings, transfer
from reference_client.cache import RepoCache
from reference_client.errors import FileMetadataError, HfHubHTTPError
from reference_client.session import Session


def _spoil(patch: pytest.MonkeyPatch, spoil: Any) -> None:
    """Change each file after it was fetched and verified."""

    def fetched(original: Any, caller: Session, file: Any, incomplete: Path, destination: Path) -> None:
        original(caller, file, incomplete, destination)
        destination.write_bytes(spoil(destination.read_bytes()))

    wrap(patch, download, "fetch", fetched)


def _trust_anything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transfer, "verify", lambda file, body: None)


@mutant
def body_through_text(patch: pytest.MonkeyPatch) -> None:
    """Reads a body as text, and writes its line ends as it likes them."""
    _spoil(patch, lambda body: body.replace(b"\n", b"\r\n"))


@mutant
def body_first_chunk_lost(patch: pytest.MonkeyPatch) -> None:
    """Loses the first kilobyte of a body."""
    _spoil(patch, lambda body: body[1024:])


@mutant
def path_of_the_blob(patch: pytest.MonkeyPatch) -> None:
    """Returns the path of the blob instead of the file's in the snapshot."""
    change_result(patch, download, "into_cache", lambda path: path.resolve())


@mutant
def empty_body_refused(patch: pytest.MonkeyPatch) -> None:
    """Takes an empty body for a failure."""

    def refuse(original: Any, caller: Session, file: Any, *paths: Path) -> None:
        original(caller, file, *paths)
        if not file.size:
            raise OSError("nothing was received")

    wrap(patch, download, "fetch", refuse)


@mutant
def redirect_expected(patch: pytest.MonkeyPatch) -> None:
    """Takes an answer without a redirect for one of no Hub."""

    def suspicious(original: Any, caller: Session, url: str, **kwargs: Any) -> Any:
        found = original(caller, url, **kwargs)
        if found.location == url and len(found.etag) == 40:
            raise FileMetadataError("the answer is no redirect")
        return found

    wrap(patch, download, "read_metadata", suspicious)


@mutant
def download_ignores_revision(patch: pytest.MonkeyPatch) -> None:
    """Fetches the file of main, whatever the revision."""
    change_arguments(patch, download, "hf_hub_url", revision=None)


@mutant
def subfolder_ignored(patch: pytest.MonkeyPatch) -> None:
    """Looks for the file in the root, whatever the subfolder."""
    change_arguments(patch, download, "hf_hub_download", subfolder=None)


@mutant
def force_download_ignored(patch: pytest.MonkeyPatch) -> None:
    """Uses the cache although a fresh download was asked for."""
    change_arguments(patch, download, "hf_hub_download", force_download=False)


@mutant
def short_body_accepted(patch: pytest.MonkeyPatch) -> None:
    """Takes the end of a connection for the end of the body."""
    _trust_anything(patch)
    patch.setattr(download, "is_file", lambda path, size=None: path.is_file())

    def once(_: Any, caller: Session, file: Any, body: Any) -> None:
        transfer.ask_for_rest(caller, replace(file, size=None), body)

    wrap(patch, transfer, "receive", once)


@mutant
def resumes_one_byte_late(patch: pytest.MonkeyPatch) -> None:
    """Continues a broken download one byte too late."""
    _trust_anything(patch)

    def late(original: Any, caller: Session, file: Any, body: Any) -> Any:
        if body.tell():
            body.write(b"\0")
        return original(caller, file, body)

    wrap(patch, transfer, "ask_for_rest", late)


@mutant
def never_retries(patch: pytest.MonkeyPatch) -> None:
    """Gives up at the first broken connection."""

    def give_up(original: Any, caller: Session, file: Any, body: Any) -> None:
        cut = original(caller, file, body)
        if cut is not None:
            raise OSError("the connection broke") from cut

    wrap(patch, transfer, "ask_for_rest", give_up)
    patch.setattr(session, "MAX_RETRIES", 0)


@mutant
def impatient(patch: pytest.MonkeyPatch) -> None:
    """Waits for a fifth of a second, then takes the Hub for dead."""
    patch.setattr(settings, "download_timeout", lambda: 0.2)


@mutant
def digest_not_verified(patch: pytest.MonkeyPatch) -> None:
    """Looks at the length of a body and not at its digest."""
    _trust_anything(patch)


@mutant
def error_page_as_file(patch: pytest.MonkeyPatch) -> None:
    """Stores what comes with an error as the file."""

    def stored(original: Any, caller: Session, file: Any, incomplete: Path, destination: Path) -> None:
        try:
            original(caller, file, incomplete, destination)
        except HfHubHTTPError as error:
            destination.write_bytes(error.response.content)

    wrap(patch, download, "fetch", stored)


@mutant
def size_of_the_redirect(patch: pytest.MonkeyPatch) -> None:
    """Takes the length of a redirect's own text for the size of the file."""

    def mistaken(response: Any) -> Any:
        if response.is_redirect:
            response.headers["X-Linked-Size"] = response.headers["Content-Length"]
        return response

    change_result(patch, Session, "request", mistaken)
    _trust_anything(patch)


@mutant
def fetches_twice(patch: pytest.MonkeyPatch) -> None:
    """Fetches a body to learn its size, and then once more to keep it."""

    def twice(original: Any, *args: Any) -> None:
        original(*args)
        original(*args)

    wrap(patch, download, "fetch", twice)


@mutant
def path_slashes_encoded(patch: pytest.MonkeyPatch) -> None:
    """Encodes the slashes of a file's path."""
    patch.setattr(metadata, "quote", lambda text, safe="/": quote(text, safe=""))


@mutant
def forced_at_the_known_commit(patch: pytest.MonkeyPatch) -> None:
    """Fetches a file again as it was at the commit that the cache knows, without asking for the branch."""

    def known(original: Any, file: download.WantedFile) -> Path:
        commit_hash = file.cache.resolve(file.revision) if file.force else None
        found: Path = original(replace(file, revision=commit_hash or file.revision))
        return found

    wrap(patch, download, "into_cache", known)


@mutant
def local_only_beats_force(patch: pytest.MonkeyPatch) -> None:
    """Forgets that a fresh download was asked for when it may not ask the Hub."""

    def quietly(original: Any, *args: Any, force_download: bool = False, **kwargs: Any) -> str:
        local = kwargs.get("local_files_only", False)
        path: str = original(*args, **kwargs, force_download=force_download and not local)
        return path

    wrap(patch, download, "hf_hub_download", quietly)


@mutant
def names_shorn(patch: pytest.MonkeyPatch) -> None:
    """Stores a file under its bare name, without folders, leading dots, apostrophes and the ending of a text."""

    def bare(original: Any, cache: RepoCache, commit_hash: str, filename: str) -> Path:
        name = filename.rpartition("/")[2].lstrip(".").replace("'", "")
        pointer: Path = original(cache, commit_hash, name.replace("data.txt", "data"))
        return pointer

    wrap(patch, RepoCache, "pointer", bare)


def _refuse(patch: pytest.MonkeyPatch, refused: Callable[[Any], bool], complaint: str) -> None:
    """Make an error of the answers that are `refused`."""

    def choosy(response: Any) -> Any:
        if refused(response):
            raise FileMetadataError(complaint)
        return response

    change_result(patch, Session, "request", choosy)


@mutant
def length_required(patch: pytest.MonkeyPatch) -> None:
    """Can't do with a body whose length isn't announced."""
    _refuse(patch, lambda response: "Content-Length" not in response.headers, "the answer has no length")


@mutant
def size_required(patch: pytest.MonkeyPatch) -> None:
    """Fails for a file whose size is not known beforehand."""

    def sized(found: Any) -> Any:
        if found.size is None:
            raise FileMetadataError("the size of the file is unknown")
        return found

    change_result(patch, download, "read_metadata", sized)


@mutant
def xet_required(patch: pytest.MonkeyPatch) -> None:
    """Can't do with a large file that is not in Xet storage."""
    _refuse(
        patch,
        lambda response: response.is_redirect and "X-Xet-Hash" not in response.headers,
        "the file is not in Xet storage",
    )


@mutant
def compressed_bytes_kept(patch: pytest.MonkeyPatch) -> None:
    """Stores the body as it was sent, compressed or not."""
    _trust_anything(patch)

    def raw(response: Any) -> Any:
        read = response.raw.read1
        response.raw.read1 = lambda length, decode_content: read(length, decode_content=False)
        return response

    change_result(patch, Session, "request", raw)
    wrap(patch, transfer, "receive", lambda _, caller, file, body: transfer.ask_for_rest(caller, file, body))


@mutant
def accepts_gzip_and_keeps_it(patch: pytest.MonkeyPatch) -> None:
    """Announces that it accepts gzip, and stores the compressed bytes as the file."""

    def accepting(original: Any, *args: Any, **arguments: Any) -> Any:
        if "Accept-Encoding" in (arguments.get("headers") or {}):
            arguments["headers"] = {**arguments["headers"], "Accept-Encoding": "gzip"}
        response = original(*args, **arguments)
        read = response.raw.read1
        response.raw.read1 = lambda length, decode_content: read(length, decode_content=False)
        return response

    wrap(patch, Session, "request", accepting)


@mutant
def etag_quotes_by_position(patch: pytest.MonkeyPatch) -> None:
    """Takes the first and the last character of an ETag for its quotes."""
    _trust_anything(patch)
    patch.setattr(metadata, "normalize_etag", lambda etag: etag and etag[1:-1])


@mutant
def metadata_guessed(patch: pytest.MonkeyPatch) -> None:
    """Makes up the commit or the ETag that an answer lacks."""
    _trust_anything(patch)
    patch.setattr(metadata, "check_commit_hash", lambda commit_hash, url: commit_hash or "0" * 40)
    patch.setattr(metadata, "check_etag", lambda etag, url: etag or "0" * 40)


@mutant
def chunk_border_missed(patch: pytest.MonkeyPatch) -> None:
    """Loses a byte where a body ends just at the border of a buffer, or just after it."""
    _spoil(patch, lambda body: body[:-1] if len(body) == 1 or len(body) % 4096 < 2 else body)


@mutant
def name_from_the_server(patch: pytest.MonkeyPatch) -> None:
    """Gives a file the name that comes with its body."""
    names: list[str] = []

    def listen(response: Any) -> Any:
        said = response.headers.get("Content-Disposition", "").partition('filename="')[2].partition('"')[0]
        names.append(said.rpartition("/")[2])
        return response

    change_result(patch, Session, "request", listen)
    change_result(patch, download, "into_cache", lambda path: path.rename(path.with_name(names[-1])))
