"""What the Hub knows: repositories, their trees, and who is asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin

import reference_client
from reference_client import errors, limits, models, settings
from reference_client.metadata import get_hf_file_metadata, hf_hub_url
from reference_client.models import GitCommitInfo, GitRefInfo, RepoFile, RepoFolder, answer_of, read, tree_item, typed
from reference_client.session import Session
from reference_client.settings import Token
from reference_client.urls import checked, without_query
from reference_client.validate import check_filename, check_repo_id, check_repo_type, is_commit_hash

Item = TypeVar("Item")


def _info_method(repo_type: str) -> Callable[..., Any]:
    def info(
        self: HfApi,
        repo_id: str,
        *,
        revision: str | None = None,
        timeout: float | None = None,
        files_metadata: bool = False,
        expand: Sequence[str] | None = None,
        token: Token = None,
    ) -> models.RepoInfo:
        options: dict[str, Any] = {"timeout": timeout, "files_metadata": files_metadata, "expand": expand}
        return self.repo_info(repo_id, revision=revision, repo_type=repo_type, token=token, **options)

    info.__doc__ = f"`repo_info` of a {repo_type}."
    return info


class HfApi:
    """The Hub's API at one endpoint, for one caller.

    https://huggingface.co/docs/huggingface_hub/package_reference/hf_api

    Args:
        endpoint: URL of the Hub; None means HF_ENDPOINT.
        token: see `settings.Token`. Every method takes another one for itself.

    The methods have arguments in common: `repo_type` is `model` (also for None), `dataset` or `space`; `revision` is a
    branch, tag, ref or commit, and None means `main`. Every method raises RepositoryNotFoundError, GatedRepoError,
    RevisionNotFoundError, RemoteEntryNotFoundError or another HfHubHTTPError when the Hub says so, another OSError when
    it doesn't answer, and ValueError for arguments that can't be right.
    """

    def __init__(self, endpoint: str | None = None, token: Token = None) -> None:
        self._endpoint = endpoint
        self.token = token

    @property
    def endpoint(self) -> str:
        """URL of the Hub, without a trailing slash."""
        return (self._endpoint or settings.endpoint()).rstrip("/")

    def list_repo_files(
        self, repo_id: str, *, revision: str | None = None, repo_type: str | None = None, token: Token = None
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
        token: Token = None,
    ) -> Iterator[RepoFile | RepoFolder]:
        """The files and folders of a folder (None: of the whole repository), page by page as they are asked for.

        Args:
            recursive: also what is in the folders.
            expand: also the last commit and the security status of each; slower.
        """
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/tree/{quote(revision or 'main', safe='')}"
        if path_in_repo:
            url += f"/{quote(path_in_repo, safe='')}"
        query = urlencode({"recursive": recursive, "expand": expand}).lower()
        return _parsed(url, tree_item, pages(self.session(token), f"{url}?{query}"))

    def get_paths_info(
        self,
        repo_id: str,
        paths: list[str] | str,
        *,
        expand: bool = False,
        revision: str | None = None,
        repo_type: str | None = None,
        token: Token = None,
    ) -> list[RepoFile | RepoFolder]:
        """The files and folders of these paths, as in a listing. A path that isn't there is left out."""
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/paths-info/{quote(revision or 'main', safe='')}"
        wanted = [paths] if isinstance(paths, str) else paths
        form = [*(("paths", path) for path in wanted), ("expand", str(expand).lower())]
        response = self.session(token).request("POST", url, form=form)
        return read(response, lambda said: list(map(tree_item, typed(list, said))))

    def list_repo_refs(
        self, repo_id: str, *, repo_type: str | None = None, include_pull_requests: bool = False, token: Token = None
    ) -> models.GitRefs:
        """The branches, tags and converted branches of a repository, and its pull requests if asked for."""
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/refs{'?include_prs=1' if include_pull_requests else ''}"
        kinds = ["branches", "converts", "tags", *(["pullRequests"] if include_pull_requests else [])]

        def parse(said: Any) -> models.GitRefs:
            lists = [typed(list, typed(dict, said).get(kind), kind) for kind in kinds]
            return models.GitRefs(*(list(map(GitRefInfo.of, refs)) for refs in lists))

        return read(self.session(token).request("GET", url), parse)

    def list_repo_commits(
        self,
        repo_id: str,
        *,
        repo_type: str | None = None,
        token: Token = None,
        revision: str | None = None,
        formatted: bool = False,
    ) -> list[GitCommitInfo]:
        """The history of a revision, newest commit first."""
        url = f"{repo_url(self.endpoint, repo_id, repo_type)}/commits/{quote(revision or 'main', safe='')}"
        url += "?expand=formatted" if formatted else ""
        return list(_parsed(url, GitCommitInfo.of, pages(self.session(token), url)))

    def repo_exists(self, repo_id: str, *, repo_type: str | None = None, token: Token = None) -> bool:
        """Whether there is such a repository, and the caller may know of it."""
        try:
            self.repo_info(repo_id, repo_type=repo_type, token=token)
        except errors.GatedRepoError:
            return True
        except errors.RepositoryNotFoundError:
            return False
        return True

    def revision_exists(
        self, repo_id: str, revision: str, *, repo_type: str | None = None, token: Token = None
    ) -> bool:
        """Whether there is such a repository, and it has such a revision."""
        try:
            self.repo_info(repo_id, revision=revision, repo_type=repo_type, token=token)
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
            return False
        return True

    def file_exists(
        self,
        repo_id: str,
        filename: str,
        *,
        repo_type: str | None = None,
        revision: str | None = None,
        token: Token = None,
    ) -> bool:
        """Whether the revision has such a file. Raises GatedRepoError where the Hub won't say."""
        check_filename(filename, to_write=False)
        url = hf_hub_url(repo_id, filename, repo_type=repo_type, revision=revision, endpoint=self.endpoint)
        try:
            get_hf_file_metadata(url, self.token_for(token), endpoint=self.endpoint)
        except errors.GatedRepoError:
            raise
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.RemoteEntryNotFoundError):
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
        token: Token = None,
    ) -> models.RepoInfo:
        """What the Hub says of a repository.

        Args:
            timeout: seconds; None means HF_HUB_DOWNLOAD_TIMEOUT.
            files_metadata: also the size and hashes of each file.
            expand: names of the fields that are wanted, and no others; a text is one name.
        """
        if expand and files_metadata:
            raise ValueError("expand and files_metadata exclude each other: the Hub answers one or the other.")
        url = repo_url(self.endpoint, repo_id, repo_type)
        url += f"/revision/{quote(revision, safe='')}" if revision is not None else ""
        url += "?blobs=true" if files_metadata else ""
        if expand:
            url += "?" + urlencode({"expand": expand}, doseq=True)
        response = self.session(token).request("GET", url, timeout=timeout)
        info = read(response, lambda said: models.INFOS[check_repo_type(repo_type)](typed(dict, said)))
        if revision is not None and is_commit_hash(revision) and info.sha not in (None, revision):
            what = f"was asked for commit {revision}, and answers with {info.sha}."
            raise models.AnswerError(f"{without_query(url)} {what}")
        return info

    dataset_info = _info_method("dataset")
    model_info = _info_method("model")
    space_info = _info_method("space")

    def hf_hub_download(self, repo_id: str, filename: str, **options: Any) -> str:
        """The package's function of this name, for this caller."""
        options = {"endpoint": self.endpoint, "token": self.token, **options}
        return reference_client.hf_hub_download(repo_id, filename, **options)

    def snapshot_download(self, repo_id: str, **options: Any) -> str:
        """The package's function of this name, for this caller."""
        options = {"endpoint": self.endpoint, "token": self.token, **options}
        return reference_client.snapshot_download(repo_id, **options)

    def whoami(self, token: Token = None) -> dict[str, Any]:
        """Whom the token belongs to, as the Hub's JSON has it.

        Raises LocalTokenNotFoundError without a token, HfHubHTTPError if the Hub doesn't know it (status 401).
        """
        token = self.token_for(token)
        if token is False:
            raise ValueError("whoami needs a token: token=False cannot be used.")
        response = self.session(True if token is None else token).request("GET", f"{self.endpoint}/api/whoami-v2")
        return dict(read(response, partial(typed, dict)))

    def session(self, token: Token) -> Session:
        """For one call with this `token` argument."""
        return Session.of(self.endpoint, self.token_for(token))

    def token_for(self, token: Token) -> Token:
        """The token that a call has by its `token` argument: None means the one of this object."""
        return self.token if token is None else token


for _name, _method in list(vars(HfApi).items()):
    if isinstance(_method, FunctionType):
        setattr(HfApi, _name, settings.hides_token(_method))  # no traceback shows the token that it was given


def repo_url(endpoint: str, repo_id: str, repo_type: str | None) -> str:
    """The API's URL of a repository. Raises HFValidationError or ValueError if there can be none."""
    check_repo_id(repo_id)
    return f"{endpoint}/api/{check_repo_type(repo_type)}s/{repo_id}"


def pages(session: Session, url: str) -> Iterator[Any]:
    """The items of a list that comes in pages, each naming the next in its Link header (RFC 8288)."""
    what, seen = f"The listing at {without_query(url)}", set[int]()  # hashes: a URL may have 16 KiB
    items = empty = size = 0
    following: str | None = url
    while following:
        if hash(following) in seen:
            raise OSError(f"{what} leads back to a page that was already read.")
        seen.add(hash(following))
        response = session.request("GET", following)
        if not all(session.is_home(hop.url) for hop in [*response.history, response]):
            session = replace(session, token=None)  # the next URL is a stranger's: no token goes with it
        page = read(response, partial(typed, list))
        items, size, empty = items + len(page), size + len(response.content), 0 if page else empty + 1
        amounts = {"PAGES": len(seen), "EMPTY_PAGES": empty, "LISTED_ITEMS": items, "LISTING_BYTES": size}
        for limit, amount in amounts.items():
            if amount > getattr(limits, limit):
                raise limits.LimitError(what, limit)
        yield from page
        link = response.links.get("next")
        following = None if link is None else checked(response.url, link, urljoin)


def _parsed(url: str, parse: Callable[[Any], Item], items: Iterable[Any]) -> Iterator[Item]:
    """The items of a listing. Raises AnswerError for one that can't be right."""
    for said in items:
        with answer_of(url):
            item = parse(said)
        yield item


DEFAULT = HfApi()
"""Its methods are functions of the package."""
