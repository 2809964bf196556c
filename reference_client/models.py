"""What the Hub says of repositories and their files, under the attribute names of `huggingface_hub`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

from reference_client.answers import FieldError, a_list, an_object, size, text, text_or_none
from reference_client.validate import check_filename

_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"


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
    def of(cls, said: Mapping[str, Any] | None) -> BlobLfsInfo | None:
        """From `lfs` of the Hub's JSON. The digest is `oid` in a tree and `sha256` in a repository's info."""
        if said is None:
            return None
        said = an_object(said, "lfs")
        return cls(size(said, "size"), text(said, "oid" if "oid" in said else "sha256"), size(said, "pointerSize"))

    @classmethod
    def of_sha256(cls, sha256: str, size: int) -> BlobLfsInfo:
        """From the content's sha256 and size, which is all that its pointer says."""
        return cls(size, sha256, len(_POINTER.format(sha256, size)))


@dataclass
class BlobSecurityInfo(_Fields):
    """What scanners say of a file."""

    safe: bool
    status: str
    av_scan: Mapping[str, Any] | None
    pickle_import_scan: Mapping[str, Any] | None

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> BlobSecurityInfo | None:
        """From `securityFileStatus` of the Hub's JSON."""
        if said is None:
            return None
        said = an_object(said, "securityFileStatus")
        status = text(said, "status")
        return cls(status == "safe", status, said.get("avScan"), said.get("pickleImportScan"))


@dataclass
class LastCommitInfo(_Fields):
    """The last commit that touched a file or folder."""

    oid: str
    title: str
    date: datetime

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> LastCommitInfo | None:
        """From `lastCommit` of the Hub's JSON."""
        if said is None:
            return None
        said = an_object(said, "lastCommit")
        return cls(text(said, "id"), text(said, "title"), parse_datetime(text(said, "date")))


@dataclass(frozen=True, slots=True)
class GitRefInfo:
    """A branch, tag or other ref: its name, its full name, and the commit that it stands for."""

    name: str
    ref: str
    target_commit: str

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> GitRefInfo:
        said = an_object(said, "a ref")
        return cls(text(said, "name"), text(said, "ref"), text(said, "targetCommit"))


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
    def of(cls, said: Mapping[str, Any]) -> GitCommitInfo:
        """From an item of the Hub's list of commits."""
        said = an_object(said, "a commit")
        formatted = an_object(said.get("formatted") or {}, "formatted")
        authors = a_list(said.get("authors"), "authors")
        return cls(
            commit_id=text(said, "id"),
            authors=[text(an_object(author, "an author"), "user") for author in authors],
            created_at=parse_datetime(text(said, "date")),
            title=text(said, "title"),
            message=text(said, "message"),
            formatted_title=text_or_none(formatted, "title"),
            formatted_message=text_or_none(formatted, "message"),
        )


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

    @property
    def lastCommit(self) -> LastCommitInfo | None:
        return self.last_commit

    @property
    def rfilename(self) -> str:
        return self.path

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


def tree_item(said: Mapping[str, Any]) -> RepoFile | RepoFolder:
    """A file or folder from an item of the Hub's tree."""
    said = an_object(said, "an item")
    path, oid, kind = text(said, "path"), text(said, "oid"), text(said, "type")
    check_filename(path)
    last_commit = LastCommitInfo.of(said.get("lastCommit"))
    if kind == "directory":
        return RepoFolder(path, oid, last_commit)
    if kind != "file":
        raise FieldError("type", "file or directory", kind)
    return RepoFile(
        path=path,
        size=size(said, "size"),
        blob_id=oid,
        lfs=BlobLfsInfo.of(said.get("lfs")),
        xet_hash=text_or_none(said, "xetHash"),
        last_commit=last_commit,
        security=BlobSecurityInfo.of(said.get("securityFileStatus")),
    )


@dataclass(frozen=True, slots=True)
class RepoSibling:
    """A file in a repository's info. All but the name are None unless `files_metadata` was asked for."""

    rfilename: str
    size: int | None = None
    blob_id: str | None = None
    lfs: BlobLfsInfo | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> RepoSibling:
        """From an item of `siblings` of the Hub's JSON."""
        said = an_object(said, "an item of siblings")
        length = None if said.get("size") is None else size(said, "size")
        return cls(text(said, "rfilename"), length, text_or_none(said, "blobId"), BlobLfsInfo.of(said.get("lfs")))


class RepoInfo:
    """What the Hub says of a repository: an attribute for each field, None if the Hub left it out.

    A field that isn't known here becomes an attribute under the Hub's own name, so that nothing is lost.

    Attributes:
        id: the repository's name now, which may differ from the one it was asked by.
        sha: the commit of the revision that was asked for.
        created_at, last_modified: aware, in UTC.
        gated: False, `auto` or `manual`.
        card_data: the front matter of the README.
        siblings: every file of the revision.
    """

    id: str
    author: str | None
    sha: str | None
    created_at: datetime | None
    last_modified: datetime | None
    private: bool | None
    gated: bool | str | None
    disabled: bool | None
    downloads: int | None
    likes: int | None
    tags: list[str] | None
    card_data: CardData | None
    siblings: list[RepoSibling] | None

    REPO_TYPE: ClassVar[str]
    FIELDS: ClassVar[str] = (
        "author sha createdAt lastModified private gated disabled downloads downloadsAllTime likes tags "
        "trendingScore usedStorage resourceGroup cardData siblings "
    )
    """The fields as the Hub names them. Attributes have these names in snake case."""

    def __init__(self, said: Mapping[str, Any] | None = None, **fields: Any) -> None:
        self.__dict__.update(dict.fromkeys(map(_attribute, self.FIELDS.split())))
        for name, value in {**an_object({} if said is None and fields else said), **fields}.items():
            self.__dict__[_attribute(name) if name in self.FIELDS.split() else name] = _value(name, value)

    @property
    def lastModified(self) -> datetime | None:
        return self.last_modified

    @property
    def cardData(self) -> CardData | None:
        return self.card_data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class DatasetInfo(RepoInfo):
    """What the Hub says of a dataset."""

    REPO_TYPE: ClassVar[str] = "dataset"
    FIELDS: ClassVar[str] = RepoInfo.FIELDS + "citation description mainSize paperswithcode_id"


class ModelInfo(RepoInfo):
    """What the Hub says of a model."""

    REPO_TYPE: ClassVar[str] = "model"
    FIELDS: ClassVar[str] = RepoInfo.FIELDS + (
        "baseModels childrenModelCount config evalResults gguf inference inferenceProviderMapping "
        "library_name mask_token model-index pipeline_tag safetensors securityRepoStatus spaces "
        "transformersInfo widgetData "
    )


class SpaceInfo(RepoInfo):
    """What the Hub says of a Space."""

    REPO_TYPE: ClassVar[str] = "space"
    FIELDS: ClassVar[str] = RepoInfo.FIELDS + ("datasets host region models runtime sdk subdomain ")


def parse_datetime(text: str) -> datetime:
    """The Hub's `2026-03-23T10:18:13.000Z` as an aware datetime."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z", text):
        raise FieldError("a date", "such as 2026-03-23T10:18:13.000Z", text)
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
        return parse_datetime(text({name: value}, name)) if value != "" else None
    if name == "cardData":
        return CardData(an_object(value, name))
    if name == "siblings":
        return [RepoSibling.of(sibling) for sibling in a_list(value, name)]
    if name in ("id", "sha", "author"):
        return text({name: value}, name)
    return value
