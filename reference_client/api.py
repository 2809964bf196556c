"""What the Hub knows: repositories, their trees, and who is asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin

from reference_client import settings
from reference_client.answers import AnswerError, a_list, an_object, answer_of, read
from reference_client.errors import (
    GatedRepoError,
    LocalTokenNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from reference_client.limits import EMPTY_PAGES, LISTED_ITEMS, LISTING_BYTES, PAGES, LimitError
from reference_client.metadata import get_hf_file_metadata, hf_hub_url
from reference_client.models import (
    DatasetInfo,
    GitCommitInfo,
    GitRefInfo,
    GitRefs,
    ModelInfo,
    RepoFile,
    RepoFolder,
    RepoInfo,
    SpaceInfo,
    tree_item,
)
from reference_client.session import Session
from reference_client.urls import checked, without_query
from reference_client.validate import check_filename, check_repo_id, check_repo_type, is_commit_hash

Item = TypeVar("Item")
Info = TypeVar("Info", bound=RepoInfo)


class HfApi:
    """The Hub's API at one endpoint, for one caller.

    https://huggingface.co/docs/huggingface_hub/package_reference/hf_api

    Args:
        endpoint: URL of the Hub; None means HF_ENDPOINT.
        token: a token; False for none; True to insist on the user's own; None for that if there is one.
            Every method takes another one for itself.

    Every method raises RepositoryNotFoundError, GatedRepoError, RevisionNotFoundError,
    RemoteEntryNotFoundError or another HfHubHTTPError when the Hub says so, another OSError when it says nothing,
    and ValueError for arguments that can't be right.
    """

    def __init__(self, endpoint: str | None = None, token: str | bool | None = None) -> None:
        self._endpoint = endpoint
        self.token = token

    @property
    def endpoint(self) -> str:
        """URL of the Hub, without a trailing slash."""
        return (self._endpoint or settings.endpoint()).rstrip("/")

    def list_repo_files(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        repo_type: str | None = None,
        token: str | bool | None = None,
    ) -> list[str]:
        """The paths of all files of a revision, in the order of the Hub's tree."""
        tree = self.list_repo_tree(repo_id, recursive=True, revision=revision, repo_type=repo_type, token=token)
        return [item.path for item in tree if isinstance(item, RepoFile)]

    def list_repo_tree(
        self,
        repo_id: str,
        path_in_repo: str | None = None,
        *,
        recursive: bool = False,
        expand: bool = False,
        revision: str | None = None,
        repo_type: str | None = None,
        token: str | bool | None = None,
    ) -> Iterator[RepoFile | RepoFolder]:
        """The files and folders of a folder, page by page as they are asked for.

        Args:
            path_in_repo: a folder; None means the whole repository.
            recursive: also what is in the folders.
            expand: also the last commit and the security status of each; slower.
            revision: branch, tag, ref or commit; None means `main`.
            repo_type: `model` (also for None), `dataset` or `space`.
        """
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/tree/{quote(revision or 'main', safe='')}"
        if path_in_repo:
            url += f"/{quote(path_in_repo, safe='')}"
        query = urlencode({"recursive": _boolean(recursive), "expand": _boolean(expand)})
        session = self.session(token)
        return _parsed(url, tree_item, pages(session, f"{url}?{query}"))

    def get_paths_info(
        self,
        repo_id: str,
        paths: list[str] | str,
        *,
        expand: bool = False,
        revision: str | None = None,
        repo_type: str | None = None,
        token: str | bool | None = None,
    ) -> list[RepoFile | RepoFolder]:
        """The files and folders of these paths, as in a listing. A path that isn't there is left out."""
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/paths-info/{quote(revision or 'main', safe='')}"
        wanted = [paths] if isinstance(paths, str) else paths
        form = [*(("paths", path) for path in wanted), ("expand", _boolean(expand))]
        response = self.session(token).request("POST", url, form=form)
        return read(response, lambda said: list(map(tree_item, a_list(said))))

    def list_repo_refs(
        self,
        repo_id: str,
        *,
        repo_type: str | None = None,
        include_pull_requests: bool = False,
        token: str | bool | None = None,
    ) -> GitRefs:
        """The branches, tags and converted branches of a repository, and its pull requests if asked for."""
        url = repo_url(self.endpoint, repo_id, repo_type) + "/refs" + "?include_prs=1" * include_pull_requests
        said = read(self.session(token).request("GET", url), an_object)
        with answer_of(url):
            kinds = ["branches", "converts", "tags"] + ["pullRequests"] * include_pull_requests
            return GitRefs(*([GitRefInfo.of(ref) for ref in a_list(said.get(kind), kind)] for kind in kinds))

    def list_repo_commits(
        self,
        repo_id: str,
        *,
        repo_type: str | None = None,
        token: bool | str | None = None,
        revision: str | None = None,
        formatted: bool = False,
    ) -> list[GitCommitInfo]:
        """The history of a revision, newest commit first."""
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/commits/{quote(revision or 'main', safe='')}"
        url += "?expand=formatted" if formatted else ""
        return list(_parsed(url, GitCommitInfo.of, pages(self.session(token), url)))

    def repo_exists(self, repo_id: str, *, repo_type: str | None = None, token: str | bool | None = None) -> bool:
        """Whether there is such a repository, and the caller may know of it."""
        try:
            self.repo_info(repo_id, repo_type=repo_type, token=token)
        except GatedRepoError:
            return True
        except RepositoryNotFoundError:
            return False
        return True

    def revision_exists(
        self, repo_id: str, revision: str, *, repo_type: str | None = None, token: str | bool | None = None
    ) -> bool:
        """Whether there is such a repository, and it has such a revision."""
        try:
            self.repo_info(repo_id, revision=revision, repo_type=repo_type, token=token)
        except (RepositoryNotFoundError, RevisionNotFoundError):
            return False
        return True

    def file_exists(
        self,
        repo_id: str,
        filename: str,
        *,
        repo_type: str | None = None,
        revision: str | None = None,
        token: str | bool | None = None,
    ) -> bool:
        """Whether the revision has such a file. Raises GatedRepoError where the Hub won't tell."""
        check_filename(filename)
        url = hf_hub_url(repo_id, filename, repo_type=repo_type, revision=revision, endpoint=self.endpoint)
        try:
            get_hf_file_metadata(url, self.token_for(token), endpoint=self.endpoint)
        except GatedRepoError:
            raise
        except (RepositoryNotFoundError, RevisionNotFoundError, RemoteEntryNotFoundError):
            return False
        return True

    def repo_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        repo_type: str | None = None,
        timeout: float | None = None,
        files_metadata: bool = False,
        expand: Sequence[str] | None = None,
        token: bool | str | None = None,
    ) -> ModelInfo | DatasetInfo | SpaceInfo:
        """What the Hub says of a repository.

        Args:
            revision: branch, tag, ref or commit; None means the default branch.
            repo_type: `model` (also for None), `dataset` or `space`.
            timeout: seconds; None means HF_HUB_DOWNLOAD_TIMEOUT.
            files_metadata: also the size and hashes of each file.
            expand: names of the fields that are wanted, and no others.
        """
        kinds: dict[str, type[ModelInfo] | type[DatasetInfo] | type[SpaceInfo]]
        kinds = {"model": ModelInfo, "dataset": DatasetInfo, "space": SpaceInfo}
        kind = kinds[check_repo_type(repo_type)]
        return ask_info(self, kind, repo_id, revision, timeout, files_metadata, expand, token)

    def dataset_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        timeout: float | None = None,
        files_metadata: bool = False,
        expand: Sequence[str] | None = None,
        token: bool | str | None = None,
    ) -> DatasetInfo:
        """`repo_info` of a dataset."""
        return ask_info(self, DatasetInfo, repo_id, revision, timeout, files_metadata, expand, token)

    def model_info(
        self,
        repo_id: str,
        *,
        revision: str | None = None,
        timeout: float | None = None,
        files_metadata: bool = False,
        expand: Sequence[str] | None = None,
        token: bool | str | None = None,
    ) -> ModelInfo:
        """`repo_info` of a model."""
        return ask_info(self, ModelInfo, repo_id, revision, timeout, files_metadata, expand, token)

    def whoami(self, token: bool | str | None = None) -> dict[str, Any]:
        """Whom the token belongs to, as the Hub's JSON has it.

        Raises:
            LocalTokenNotFoundError: there is no token.
            HfHubHTTPError: the Hub doesn't know the token (status 401).
        """
        token = self.token_for(token)
        if token is False:
            raise ValueError("whoami asks whom a token belongs to, so token=False makes no sense.")
        session = Session.of(self.endpoint, token if isinstance(token, str) else settings.get_token())
        if session.token is None:
            raise LocalTokenNotFoundError("No token was found: set HF_TOKEN, write it to HF_TOKEN_PATH, or pass one.")
        return dict(read(session.request("GET", f"{self.endpoint}/api/whoami-v2"), an_object))

    def session(self, token: bool | str | None) -> Session:
        """For one call with this `token` argument."""
        return Session.of(self.endpoint, self.token_for(token))

    def token_for(self, token: bool | str | None) -> bool | str | None:
        """The token that a call has by its `token` argument: None means the one of this object."""
        return self.token if token is None else token


def repo_url(endpoint: str, repo_id: str, repo_type: str | None) -> str:
    """The API's URL of a repository. Raises HFValidationError or ValueError if there can be none."""
    check_repo_id(repo_id)
    return f"{endpoint}/api/{check_repo_type(repo_type)}s/{repo_id}"


def ask_info(
    api: HfApi,
    kind: type[Info],
    repo_id: str,
    revision: str | None,
    timeout: float | None,
    files_metadata: bool,
    expand: Sequence[str] | None,
    token: bool | str | None,
) -> Info:
    """`HfApi.repo_info` of one kind. The arguments and what is raised are its own."""
    if expand and files_metadata:
        raise ValueError("expand and files_metadata exclude each other: the Hub answers one or the other.")
    url = repo_url(api.endpoint, repo_id, kind.REPO_TYPE)
    if revision is not None:
        url += f"/revision/{quote(revision, safe='')}"
    if files_metadata:
        url += "?blobs=true"
    elif expand:
        url += "?" + urlencode([("expand", field) for field in expand])
    info = read(api.session(token).request("GET", url, timeout=timeout), kind)
    if revision is not None and is_commit_hash(revision) and info.sha not in (None, revision):
        raise AnswerError(f"{without_query(url)} was asked for commit {revision}, and answers with {info.sha}.")
    return info


def pages(session: Session, url: str) -> Iterator[dict[str, Any]]:
    """The items of a list that comes in pages, each naming the next in its Link header (RFC 8288)."""
    what, seen = f"The listing at {without_query(url)}", set[int]()
    items = empty = size = 0
    following: str | None = url
    while following:
        if hash(following) in seen:
            raise OSError(f"{what} leads back to a page that was already read.")
        seen.add(hash(following))
        response = session.request("GET", following)
        page = read(response, a_list)
        items, empty = items + len(page), 0 if page else empty + 1
        size += len(response.content)
        over = {
            "PAGES": len(seen) > PAGES,
            "EMPTY_PAGES": empty > EMPTY_PAGES,
            "LISTED_ITEMS": items > LISTED_ITEMS,
            "LISTING_BYTES": size > LISTING_BYTES,
        }
        for limit in filter(over.get, over):
            raise LimitError(what, limit)
        yield from page
        link = response.links.get("next")
        following = checked(response.url, link, urljoin) if link else None


def _parsed(url: str, parse: Callable[[Any], Item], items: Iterable[Any]) -> Iterator[Item]:
    """The items of a listing. Raises AnswerError for one that can't be right."""
    for said in items:
        with answer_of(url):
            item = parse(said)
        yield item


def _boolean(value: bool) -> str:
    return str(value).lower()


_default = HfApi()

list_repo_files = _default.list_repo_files
list_repo_tree = _default.list_repo_tree
get_paths_info = _default.get_paths_info
list_repo_refs = _default.list_repo_refs
list_repo_commits = _default.list_repo_commits
repo_exists = _default.repo_exists
revision_exists = _default.revision_exists
file_exists = _default.file_exists
repo_info = _default.repo_info
dataset_info = _default.dataset_info
model_info = _default.model_info
whoami = _default.whoami
