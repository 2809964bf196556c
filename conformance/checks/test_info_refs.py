"""What else a library returns about a repository: its refs, its history, and whether something is there at all."""

from __future__ import annotations

from collections.abc import Callable

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks.answers import UNREADABLE
from conformance.checks.support import GATED, MISSING, PRIVATE, TINY_MODEL, Port, works
from conformance.checks.support_errors import require_other
from conformance.checks.support_info import MISSING_KINDS
from conformance.ports import PortError
from conformance.replay import Fault, ReplayHub, Rewrite, Status, Truth
from conformance.roles import tag
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

REFS = "Hub API: GET /api/datasets/{repo_id}/refs; huggingface_hub HfApi.list_repo_refs"
COMMITS = "Hub API: GET /api/datasets/{repo_id}/commits/{revision}; huggingface_hub HfApi.list_repo_commits"
CONVERTED = "refs/convert/"
EXISTS = "huggingface_hub HfApi.repo_exists, revision_exists, file_exists"


check = Checks("list_repo_commits", source=COMMITS)


@check("info/refs[gsm8k]", kills="refs-tags-are-branches", operation="list_repo_refs", source=REFS)
def test_refs(hub: ReplayHub, port: Port) -> None:
    """Branches, tags and converted branches are listed separately, each with its name, its full ref and its commit."""
    tag(hub.subject)  # without one, a tag that is taken for a branch would not be noticed
    refs = port.list_repo_refs(repo_id=hub.subject.id, repo_type="dataset")
    repo = hub.subject
    seen = {
        kind: {ref["name"]: [ref["ref"], ref["target_commit"]] for ref in refs[kind]}
        for kind in ("branches", "tags", "converts")
    }
    expected = {
        "branches": {name: [f"refs/heads/{name}", commit] for name, commit in repo.branches.items()},
        "tags": {name: [f"refs/tags/{name}", commit] for name, commit in repo.tags.items()},
        "converts": {
            ref.removeprefix(CONVERTED): [ref, commit] for ref, commit in repo.refs.items() if ref.startswith(CONVERTED)
        },
    }
    require_equal(seen, expected, "wrong-refs", "the refs are not those of the repository")


@check(
    "info/pull-requests-when-asked[gsm8k]",
    kills="refs-without-pull-requests",
    operation="list_repo_refs",
    source="huggingface_hub HfApi.list_repo_refs(include_pull_requests=True)",
)
def test_pull_requests_when_asked(hub: ReplayHub, port: Port) -> None:
    """With `include_pull_requests`, each pull request is a ref like `refs/pr/1`; else the value has none."""
    repo = hub.subject
    roles.pull_request(hub.subject)
    refs = port.list_repo_refs(repo_id=repo.id, repo_type="dataset", include_pull_requests=True)
    seen = {ref["ref"]: ref["target_commit"] for ref in refs["pull_requests"] or []}
    require_equal(
        seen, hub.subject.pull_requests, "wrong-pull-requests", "the pull requests are not those of the repository"
    )
    unasked = port.list_repo_refs(repo_id=repo.id, repo_type="dataset")["pull_requests"]
    require(not unasked, "not-asked-for", "the pull requests were not requested", seen=unasked)


@check("info/history[gsm8k]", kills="commits-oldest-first")
def test_history(hub: ReplayHub, port: Port) -> None:
    """The history of main is all its commits, the newest first, each by its whole hash."""
    commits = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")
    seen = [commit["commit_id"] for commit in commits]
    require_equal(seen, hub.subject.commits, "wrong-history", "the commits are not those of main, newest first")


@check("info/commit-in-full[gsm8k]", kills="commits-dates-shifted")
def test_commit_in_full(hub: ReplayHub, port: Port) -> None:
    """A commit has a title, the names of its authors, and a date in UTC: that of the head is the info's last change."""
    newest = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")[0]
    date = hub.subject.info()["lastModified"]
    require_equal(newest["created_at"], date, "wrong-date", "the date is not that of the last change")
    require(
        newest["title"] and all(isinstance(author, str) for author in newest["authors"]),
        "wrong-commit",
        "a commit lacks its title, or its authors are not names",
        seen=newest,
    )


@check("info/history-of-a-revision[gsm8k]", kills="commits-ignore-revision")
def test_history_of_a_revision(hub: ReplayHub, port: Port) -> None:
    """The history of a tag ends where the tag was set: nothing that came later belongs to it."""
    repo = hub.subject
    tag = roles.tag_of_main(repo)
    commits = port.list_repo_commits(repo_id=repo.id, repo_type="dataset", revision=tag)
    seen = [commit["commit_id"] for commit in commits]
    expected = repo.commits[repo.commits.index(repo.refs[tag]) :]
    require_equal(seen, expected, "wrong-history", "the commits are not those of the tag")


@check(
    "info/history-in-pages[gsm8k]",
    kills="tree-first-page-only",
    source="Hub API: Link header of the commits, rel=next; huggingface_hub utils.paginate",
)
def test_history_in_pages(hub: ReplayHub, port: Port) -> None:
    """A history that comes in pages is read to its end. The Hub sends 50 commits a page."""
    repo = hub.subject
    older = repo.refs[roles.tag_of_main(repo)]
    further = f"{{hub}}/api/datasets/{repo.id}/commits/{older}"
    more = Rewrite(headers={"Link": f'<{further}>; rel="next"'})
    hub.fault(more, answer="commits", repo=repo.id, revision=("main", repo.head), times=None)
    commits = port.list_repo_commits(repo_id=repo.id, repo_type="dataset")
    seen = [commit["commit_id"] for commit in commits]
    require_equal(
        seen, [*repo.commits, *repo.commits[repo.commits.index(older) :]], "wrong-history", "not every page was read"
    )


@check.each(
    "info/refs-refuses-{}[gsm8k]",
    UNREADABLE,
    kills="refs-unreadable-are-none",
    operation="list_repo_refs",
    source="RFC 8259; huggingface_hub raises what the JSON parser raises",
)
def test_refs_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Given {} where the refs should be, the library reports an error, and returns no empty list."""
    repo = hub.subject
    works("a list of refs", lambda: port.list_repo_refs(repo_id=repo.id, repo_type="dataset"))
    hub.fault(member, answer="refs", repo=repo.id, times=None)
    require_other(port.error("list_repo_refs", repo_id=repo.id, repo_type="dataset"), *MISSING_KINDS)


def require_found(ask: Callable[[], object]) -> None:
    """A control step: an existing item is found. A library that finds nothing cannot report what is missing."""
    seen = works("the existence check of an existing item", ask)
    control(seen is True, "an existing item was not found", expected=True, seen=seen)


@check.each(
    "info/existence-of-{}[contract]",
    {
        "a-repository": ({"repo_id": TINY_MODEL}, True),
        "no-repository": ({"repo_id": MISSING, "repo_type": "dataset"}, False),
        "a-gated-repository": ({"repo_id": GATED, "repo_type": "dataset"}, True),
        "another-ones-private-repository": ({"repo_id": PRIVATE, "repo_type": "dataset"}, False),
        "a-name-of-another-type": ({"repo_id": TINY_MODEL, "repo_type": "dataset"}, False),
    },
    kills="existence-upside-down",
    operation="repo_exists",
    source=EXISTS,
)
def test_existence_of(hub: ReplayHub, port: Port, member: tuple[dict[str, str], bool]) -> None:
    """`repo_exists`, asked for {}, answers as the Hub does to this caller, with true or false and no error.

    A gated repository is there for all to see. A private one is not there for those who may not see it.
    """
    arguments, expected = member
    seen = port.repo_exists(**arguments, token=TOKENS["reader"])
    require_equal(seen, expected, "wrong-answer", "whether the repository exists is wrong")
    if not expected:
        require_found(lambda: port.repo_exists(repo_id=TINY_MODEL, token=TOKENS["reader"]))


@check.each(
    "info/existence-of-{}[gsm8k]",
    {
        "a-branch": (roles.branch, True),
        "a-tag": (roles.tag, True),
        "a-pull-request": (roles.pull_request, True),
        "no-revision": (lambda repo: "no-such-branch", False),
    },
    kills="existence-upside-down",
    operation="revision_exists",
    source=EXISTS,
)
def test_existence_of_revision(hub: ReplayHub, port: Port, member: tuple[Callable[[Truth], str], bool]) -> None:
    """`revision_exists`, asked for {}, answers true or false and raises no error."""
    named, expected = member
    revision = named(hub.subject)
    seen = port.revision_exists(repo_id=hub.subject.id, repo_type="dataset", revision=revision)
    require_equal(seen, expected, "wrong-answer", "whether the revision exists is wrong")
    if not expected:
        require_found(lambda: port.revision_exists(repo_id=hub.subject.id, repo_type="dataset", revision="main"))


@check.each(
    "info/existence-of-{}[gsm8k]",
    {
        "a-git-file": (roles.git_file, {}, True),
        "a-large-file": (roles.lfs_file, {}, True),
        "no-file": (lambda repo: "no-such-file.txt", {}, False),
        "a-file-at-no-revision": (roles.git_file, {"revision": "no-such-branch"}, False),
    },
    kills="existence-upside-down",
    operation="file_exists",
    source=EXISTS,
)
def test_existence_of_file(
    hub: ReplayHub, port: Port, member: tuple[Callable[[Truth], str], dict[str, str], bool]
) -> None:
    """`file_exists`, asked for {}, answers true or false and raises no error. The body is not fetched for it.

    One byte of it may be: a GET with `Range: bytes=0-0` asks what HEAD asks.
    """
    named, arguments, expected = member
    repo = hub.subject
    asked = {"repo_id": hub.subject.id, "repo_type": "dataset"}
    filename = named(repo)
    seen = port.file_exists(**asked, filename=filename, **arguments)
    require_equal(seen, expected, "wrong-answer", "whether the file exists is wrong")
    fetched = sum(entry.sent for entry in hub.wire if entry.origin == "cdn")
    message = "the body was fetched to see whether the file exists"
    require(fetched <= 1, "body-fetched", message, expected="1 byte at most", seen=fetched)
    if not expected:
        require_found(lambda: port.file_exists(**asked, filename=roles.git_file(repo)))


@check(
    "info/existence-behind-a-gate[contract]",
    kills="gated-is-missing",
    operation="file_exists",
    source="huggingface_hub HfApi.file_exists raises GatedRepoError",
)
def test_existence_behind_a_gate(hub: ReplayHub, port: Port) -> None:
    """A file behind a gate is not reported as missing: the library reports an error, or that the file exists.

    The Hub lists the files of a gated repository for every caller, and refuses their content.
    """
    asked = {"repo_id": GATED, "repo_type": "dataset", "filename": "data.txt"}
    require_found(lambda: port.file_exists(**asked, token=TOKENS["granted"]))
    try:
        found = port.file_exists(**asked, token=TOKENS["reader"])
    except PortError:
        return
    require(
        found, "not-found", "a file behind a gate was reported as missing", expected="true, or an error", seen=found
    )


@check(
    "info/existence-while-the-hub-is-down[gsm8k]",
    kills="existence-taken-from-any-error",
    operation="repo_exists",
    source="huggingface_hub HfApi.repo_exists catches RepositoryNotFoundError only",
)
def test_existence_while_the_hub_is_down(hub: ReplayHub, port: Port) -> None:
    """While the Hub fails, `repo_exists` reports its failure: false would mean that the repository does not exist."""
    repo = hub.subject
    require_found(lambda: port.repo_exists(repo_id=repo.id, repo_type="dataset"))
    hub.fault(Status(500, retry_after=0), repo=repo.id, times=None)
    require_other(port.error("repo_exists", repo_id=repo.id, repo_type="dataset"), *MISSING_KINDS)
