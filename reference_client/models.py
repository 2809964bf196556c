"""What the Hub's JSON must be, and what becomes of it, under the attribute names of `huggingface_hub`.

Every field is checked where it comes in, so that no other module has to.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from reprlib import Repr
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from reference_client.errors import FileMetadataError
from reference_client.limits import FILE_BYTES
from reference_client.urls import printable, without_query
from reference_client.validate import check_filename

if TYPE_CHECKING:  # urllib3 takes long to import, and a warm cache doesn't need it
    from reference_client.transport import Response

Said = Mapping[str, Any]
Parsed = TypeVar("Parsed")

_KINDS = {str: "a text", int: "a number", dict: "an object", list: "a list"}
_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
_short = Repr()


class AnswerError(FileMetadataError):
    """An answer that no Hub gives: another status, no JSON, or JSON of another form."""


class FieldError(ValueError):
    """A field is not what it should be."""

    def __init__(self, name: str, kind: str, value: object) -> None:
        super().__init__(f"{name} should be {kind}, and is {printable(_short.repr(value))}")


@contextlib.contextmanager
def answer_of(url: str) -> Iterator[None]:
    """Raise what cannot be right in an answer as an AnswerError that names where it comes from."""
    try:
        yield
    except OSError:
        raise
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else printable(str(error)).rstrip(".")
        raise AnswerError(f"The answer of {without_query(url)} cannot be right: {reason}.") from error


def read(response: Response, parse: Callable[[Any], Parsed]) -> Parsed:
    """What an answer says. Raises AnswerError if that can't be right."""
    with answer_of(response.url):
        if response.status_code != 200:
            raise ValueError(f"its status is {response.status_code}")
        try:
            said = response.json()
        except ValueError as error:
            raise ValueError(f"it is not JSON ({str(error).partition(';')[0]})") from error
        return parse(said)


def typed(kind: type[Parsed], said: Any, name: str = "it") -> Parsed:
    """The value itself. Raises FieldError if it is of another kind."""
    if not isinstance(said, kind):
        raise FieldError(name, _KINDS[kind], said)
    return said


def text(said: Said, name: str) -> str:
    """A field that must be a text."""
    return typed(str, said.get(name), name)


def size(said: Said, name: str) -> int:
    """A field that must be a number of bytes."""
    found = said.get(name)
    if type(found) is not int or not 0 <= found <= FILE_BYTES:
        raise FieldError(name, f"a number up to FILE_BYTES = {FILE_BYTES}", found)
    return found


def optional(said: Said, name: str, parse: Callable[[Said, str], Any] = text) -> Any:
    """A field that may be missing or null, as `text` or another of these functions reads it."""
    return None if said.get(name) is None else parse(said, name)


class CardData(dict[str, Any]):
    """The YAML front matter of a repository's README. Fields can be read as keys or as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def to_dict(self) -> dict[str, Any]:
        """A plain copy, without the fields that are null."""
        return {name: value for name, value in self.items() if value is not None}


class _Fields(dict[str, Any]):
    """A dataclass whose fields can be read as keys, too."""

    def __post_init__(self) -> None:
        self.update(vars(self))


@dataclass
class BlobLfsInfo(_Fields):
    """A file as Git LFS sees it: size in bytes, sha256 in hex, size of the pointer that git has for it."""

    size: int
    sha256: str
    pointer_size: int

    @classmethod
    def of(cls, said: Said | None) -> BlobLfsInfo | None:
        """From `lfs` of the Hub's JSON. The digest is `oid` in a tree and `sha256` in a repository's info."""
        if said is None:
            return None
        said = typed(dict, said, "lfs")
        return cls(size(said, "size"), text(said, "oid" if "oid" in said else "sha256"), size(said, "pointerSize"))

    @classmethod
    def of_sha256(cls, sha256: str, size: int) -> BlobLfsInfo:
        """From the content's sha256 and size, which is all that its pointer says."""
        return cls(size, sha256, len(_POINTER.format(sha256, size)))


@dataclass
class BlobSecurityInfo(_Fields):
    """What scanners say of a file: `securityFileStatus` of the Hub's JSON."""

    safe: bool
    status: str
    av_scan: Said | None
    pickle_import_scan: Said | None


@dataclass
class LastCommitInfo(_Fields):
    """The last commit that touched a file or folder."""

    oid: str
    title: str
    date: datetime


@dataclass(frozen=True, slots=True)
class GitRefInfo:
    """A branch, tag or other ref: its name, its full name, and the commit that it stands for."""

    name: str
    ref: str
    target_commit: str

    @classmethod
    def of(cls, said: Said) -> GitRefInfo:
        """From an item of the Hub's lists of refs."""
        return cls(*(text(typed(dict, said, "a ref"), name) for name in ("name", "ref", "targetCommit")))


@dataclass(frozen=True, slots=True)
class GitRefs:
    """The refs of a repository. `pull_requests` is None unless they were asked for."""

    branches: list[GitRefInfo]
    converts: list[GitRefInfo]
    tags: list[GitRefInfo]
    pull_requests: list[GitRefInfo] | None = None


@dataclass(frozen=True, slots=True)
class GitCommitInfo:
    """A commit. The formatted title and message are HTML, and None unless they were asked for."""

    commit_id: str
    authors: list[str]
    created_at: datetime
    title: str
    message: str
    formatted_title: str | None = None
    formatted_message: str | None = None

    @classmethod
    def of(cls, said: Said) -> GitCommitInfo:
        """From an item of the Hub's list of commits."""
        said = typed(dict, said, "a commit")
        html = typed(dict, said.get("formatted") or {}, "formatted")
        authors = [text(typed(dict, one, "an author"), "user") for one in typed(list, said.get("authors"), "authors")]
        date, title, message = parse_datetime(text(said, "date")), text(said, "title"), text(said, "message")
        return cls(text(said, "id"), authors, date, title, message, optional(html, "title"), optional(html, "message"))


@dataclass(frozen=True, slots=True)
class RepoFile:
    """A file of a tree. `size` is the content's, `blob_id` git's (of an LFS file: of its pointer)."""

    path: str
    size: int
    blob_id: str
    lfs: BlobLfsInfo | None = None
    xet_hash: str | None = None
    last_commit: LastCommitInfo | None = None
    security: BlobSecurityInfo | None = None

    lastCommit = property(lambda self: self.last_commit)
    rfilename = property(lambda self: self.path)

    @property
    def etag(self) -> str:
        """The Hub's digest of the content: the sha256 of an LFS file, the git blob id of any other."""
        return self.lfs.sha256 if self.lfs else self.blob_id


@dataclass(frozen=True, slots=True)
class RepoFolder:
    """A folder of a tree."""

    path: str
    tree_id: str
    last_commit: LastCommitInfo | None = None


def tree_item(said: Said) -> RepoFile | RepoFolder:
    """A file or folder from an item of the Hub's tree."""
    said = typed(dict, said, "an item")
    path, oid, kind = text(said, "path"), text(said, "oid"), text(said, "type")
    check_filename(path, to_write=False)
    commit, scan = said.get("lastCommit"), said.get("securityFileStatus")
    if commit is not None:
        commit = typed(dict, commit, "lastCommit")
        commit = LastCommitInfo(text(commit, "id"), text(commit, "title"), parse_datetime(text(commit, "date")))
    if kind != "file":  # a directory, or another repository in it (a submodule)
        return RepoFolder(path, oid, commit)
    if scan is not None:
        status = text(typed(dict, scan, "securityFileStatus"), "status")
        scan = BlobSecurityInfo(status == "safe", status, scan.get("avScan"), scan.get("pickleImportScan"))
    lfs = BlobLfsInfo.of(said.get("lfs"))
    return RepoFile(path, size(said, "size"), oid, lfs, optional(said, "xetHash"), commit, scan)


@dataclass(frozen=True, slots=True)
class RepoSibling:
    """A file in a repository's info. All but the name are None unless `files_metadata` was asked for."""

    rfilename: str
    size: int | None = None
    blob_id: str | None = None
    lfs: BlobLfsInfo | None = None

    @classmethod
    def of(cls, said: Said) -> RepoSibling:
        """From an item of `siblings` of the Hub's JSON."""
        said = typed(dict, said, "an item of siblings")
        lfs = BlobLfsInfo.of(said.get("lfs"))
        return cls(text(said, "rfilename"), optional(said, "size", size), optional(said, "blobId"), lfs)


class RepoInfo(SimpleNamespace):
    """What the Hub says of a repository: an attribute for each field, None if the Hub left it out.

    A field that isn't known here becomes an attribute under the Hub's own name, so that nothing is lost.
    """

    id: str  # the repository's name now, which may differ from the one it was asked by
    author: str | None
    sha: str | None  # the commit of the revision that was asked for
    created_at: datetime | None  # aware, in UTC
    last_modified: datetime | None
    private: bool | None
    gated: bool | str | None  # False, `auto` or `manual`
    disabled: bool | None
    downloads: int | None
    likes: int | None
    tags: list[str] | None
    card_data: CardData | None  # the front matter of the README
    siblings: list[RepoSibling] | None  # every file of the revision

    FIELDS: ClassVar[str] = (
        "author sha createdAt lastModified private gated disabled downloads downloadsAllTime likes tags "
        "trendingScore usedStorage resourceGroup cardData siblings "
    )
    """The fields as the Hub names them. Attributes have these names in snake case."""

    def __init__(self, said: Said | None = None, **fields: Any) -> None:
        known = self.FIELDS.split()
        self.__dict__.update(dict.fromkeys(map(_attribute, known)))
        for name, value in {**(said or {}), **fields}.items():
            self.__dict__[_attribute(name) if name in known else name] = _value(name, value)

    lastModified = property(lambda self: self.last_modified)
    cardData = property(lambda self: self.card_data)


class DatasetInfo(RepoInfo):
    """What the Hub says of a dataset."""

    FIELDS = RepoInfo.FIELDS + "citation description mainSize paperswithcode_id"


class ModelInfo(RepoInfo):
    """What the Hub says of a model."""

    FIELDS = RepoInfo.FIELDS + (
        "baseModels childrenModelCount config evalResults gguf inference inferenceProviderMapping library_name "
        "mask_token model-index pipeline_tag safetensors securityRepoStatus spaces transformersInfo widgetData"
    )


class SpaceInfo(RepoInfo):
    """What the Hub says of a Space."""

    FIELDS = RepoInfo.FIELDS + "datasets host region models runtime sdk subdomain"


INFOS: dict[str, type[RepoInfo]] = {"model": ModelInfo, "dataset": DatasetInfo, "space": SpaceInfo}


def parse_datetime(text: str) -> datetime:
    """The Hub's `2026-03-23T10:18:13.000Z` as an aware datetime."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z", text):
        raise FieldError("a date", "such as 2026-03-23T10:18:13.000Z", text)
    text = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)  # Python has no nanoseconds
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)


@functools.cache
def _attribute(name: str) -> str:
    """The attribute for a field: `last_modified` for `lastModified`, `model_index` for `model-index`."""
    return re.sub("(?<=[a-z])[A-Z]", lambda found: f"_{found[0].lower()}", name).replace("-", "_")


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("createdAt", "lastModified"):
        return parse_datetime(typed(str, value, name)) if value != "" else None
    if name == "cardData":
        return CardData(typed(dict, value, name)) or None
    if name == "siblings":
        return [RepoSibling.of(sibling) for sibling in typed(list, value, name)]
    return typed(str, value, name) if name in ("id", "sha", "author") else value
