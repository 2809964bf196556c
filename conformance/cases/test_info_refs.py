"""What else a library tells of a repository: its refs, its history, and whether something is there at all."""

from __future__ import annotations

from conformance.cases.answers import UNREADABLE
from conformance.cases.support import GATED, GSM8K, MISSING, PRIVATE, TINY_MODEL, Port, works
from conformance.catalogue.check import check, family
from conformance.replay import Fault, ReplayHub, Rewrite, Status
from conformance.verdict.require import require, require_equal
from conformance.wire.identity import TOKENS

REFS = "Hub API: GET /api/datasets/{repo_id}/refs; huggingface_hub HfApi.list_repo_refs"
COMMITS = "Hub API: GET /api/datasets/{repo_id}/commits/{revision}; huggingface_hub HfApi.list_repo_commits"
EXISTS = "huggingface_hub HfApi.repo_exists, revision_exists, file_exists"


@check("info/refs[gsm8k]", "MUST", "list_repo_refs", source=REFS, mutants=("refs-tags-are-branches",))
def test_refs(hub: ReplayHub, port: Port) -> None:
    """Branches, tags and converted branches are told apart, each with its name, its full ref and its commit."""
    refs = port.list_repo_refs(repo_id=GSM8K, repo_type="dataset")
    commits = hub.repo(GSM8K).refs
    seen = {
        kind: {ref["name"]: [ref["ref"], ref["target_commit"]] for ref in refs[kind]}
        for kind in ("branches", "tags", "converts")
    }
    expected = {
        "branches": {name: [f"refs/heads/{name}", commits[name]] for name in ("main", "feature/socratic")},
        "tags": {"v1.0": ["refs/tags/v1.0", commits["v1.0"]]},
        "converts": {"parquet": ["refs/convert/parquet", commits["refs/convert/parquet"]]},
    }
    require_equal(seen, expected, "wrong-refs", "the refs are not those of the repository")


@check(
    "info/pull-requests-when-asked[gsm8k]",
    "MUST",
    "list_repo_refs",
    source="huggingface_hub HfApi.list_repo_refs(include_pull_requests=True)",
    mutants=("refs-without-pull-requests",),
)
def test_pull_requests_when_asked(hub: ReplayHub, port: Port) -> None:
    """With `include_pull_requests`, each pull request is a ref like `refs/pr/1`; else nothing is said of them."""
    refs = port.list_repo_refs(repo_id=GSM8K, repo_type="dataset", include_pull_requests=True)
    seen = {ref["ref"]: ref["target_commit"] for ref in refs["pull_requests"] or []}
    expected = {"refs/pr/1": hub.repo(GSM8K).refs["refs/pr/1"]}
    require_equal(seen, expected, "wrong-pull-requests", "the pull requests are not those of the repository")
    unasked = port.list_repo_refs(repo_id=GSM8K, repo_type="dataset")["pull_requests"]
    require(not unasked, "not-asked-for", "pull requests were not asked for", seen=unasked)


@check("info/history[gsm8k]", "MUST", "list_repo_commits", source=COMMITS, mutants=("commits-oldest-first",))
def test_history(hub: ReplayHub, port: Port) -> None:
    """The history of main is all its commits, the newest first, each by its whole hash."""
    commits = port.list_repo_commits(repo_id=GSM8K, repo_type="dataset")
    seen = [commit["commit_id"] for commit in commits]
    require_equal(seen, hub.repo(GSM8K).commits, "wrong-history", "the commits are not those of main, newest first")


@check("info/commit-in-full[gsm8k]", "MUST", "list_repo_commits", source=COMMITS, mutants=("commits-dates-shifted",))
def test_commit_in_full(hub: ReplayHub, port: Port) -> None:
    """A commit has a title, the names of its authors, and a date in UTC: that of the head is the info's last change."""
    newest = port.list_repo_commits(repo_id=GSM8K, repo_type="dataset")[0]
    date = hub.repo(GSM8K).info()["lastModified"]
    require_equal(newest["created_at"], date, "wrong-date", "the date is not that of the last change")
    require(
        newest["title"] and all(isinstance(author, str) for author in newest["authors"]),
        "wrong-commit",
        "a commit lacks its title, or its authors are not names",
        seen=newest,
    )


@check(
    "info/history-of-a-revision[gsm8k]",
    "MUST",
    "list_repo_commits",
    source=COMMITS,
    mutants=("commits-ignore-revision",),
)
def test_history_of_a_revision(hub: ReplayHub, port: Port) -> None:
    """The history of a tag ends where the tag was set: nothing that came later belongs to it."""
    repo = hub.repo(GSM8K)
    commits = port.list_repo_commits(repo_id=GSM8K, repo_type="dataset", revision="v1.0")
    seen = [commit["commit_id"] for commit in commits]
    expected = repo.commits[repo.commits.index(repo.refs["v1.0"]) :]
    require_equal(seen, expected, "wrong-history", "the commits are not those of the tag")


@check(
    "info/history-in-pages[gsm8k]",
    "MUST",
    "list_repo_commits",
    source="Hub API: Link header of the commits, rel=next; huggingface_hub utils.paginate",
    mutants=("tree-first-page-only",),
)
def test_history_in_pages(hub: ReplayHub, port: Port) -> None:
    """A history that comes in pages is read to its end. The Hub sends 50 commits a page."""
    repo = hub.repo(GSM8K)
    further = f"{{hub}}/api/datasets/{GSM8K}/commits/{repo.refs['v1.0']}"
    hub.fault(Rewrite(headers={"Link": f'<{further}>; rel="next"'}), path=f"/api/datasets/{GSM8K}/commits/main")
    commits = port.list_repo_commits(repo_id=GSM8K, repo_type="dataset")
    seen = [commit["commit_id"] for commit in commits]
    require_equal(seen, [*repo.commits, repo.refs["v1.0"]], "wrong-history", "not every page was read")


@family(
    "info/refs-refuses-{}[gsm8k]",
    "MUST",
    "list_repo_refs",
    members=UNREADABLE,
    source="RFC 8259; huggingface_hub raises what the JSON parser raises",
    mutants=("refs-unreadable-are-none",),
)
def test_refs_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Told {} where the refs should be, the library reports an error, and no empty list."""
    hub.fault(member, path=f"/api/datasets/{GSM8K}/refs", times=None)
    port.error("list_repo_refs", repo_id=GSM8K, repo_type="dataset")


@family(
    "info/existence-of-{}[contract]",
    "MUST",
    "repo_exists",
    members={
        "a-repository": ({"repo_id": TINY_MODEL}, True),
        "no-repository": ({"repo_id": MISSING, "repo_type": "dataset"}, False),
        "a-gated-repository": ({"repo_id": GATED, "repo_type": "dataset"}, True),
        "another-ones-private-repository": ({"repo_id": PRIVATE, "repo_type": "dataset"}, False),
        "a-name-of-another-type": ({"repo_id": TINY_MODEL, "repo_type": "dataset"}, False),
    },
    source=EXISTS,
    mutants=("existence-upside-down",),
)
def test_existence_of(hub: ReplayHub, port: Port, member: tuple[dict[str, str], bool]) -> None:
    """`repo_exists`, asked for {}, answers as the Hub does to this caller, with true or false and no error.

    A gated repository is there for all to see. A private one is not there for those who may not see it.
    """
    arguments, expected = member
    seen = port.repo_exists(**arguments, token=TOKENS["reader"])
    require_equal(seen, expected, "wrong-answer", "whether the repository exists is wrong")


@family(
    "info/existence-of-{}[gsm8k]",
    "MUST",
    "revision_exists",
    members={
        "a-branch": ("feature/socratic", True),
        "a-tag": ("v1.0", True),
        "a-pull-request": ("refs/pr/1", True),
        "no-revision": ("no-such-branch", False),
    },
    source=EXISTS,
    mutants=("existence-upside-down",),
)
def test_existence_of_revision(hub: ReplayHub, port: Port, member: tuple[str, bool]) -> None:
    """`revision_exists`, asked for {}, answers true or false and raises no error."""
    revision, expected = member
    seen = port.revision_exists(repo_id=GSM8K, repo_type="dataset", revision=revision)
    require_equal(seen, expected, "wrong-answer", "whether the revision exists is wrong")


@family(
    "info/existence-of-{}[gsm8k]",
    "MUST",
    "file_exists",
    members={
        "a-git-file": ({"filename": "README.md"}, True),
        "a-large-file": ({"filename": "main/test-00000-of-00001.parquet"}, True),
        "no-file": ({"filename": "no-such-file.txt"}, False),
        "a-file-at-no-revision": ({"filename": "README.md", "revision": "no-such-branch"}, False),
    },
    source=EXISTS,
    mutants=("existence-upside-down",),
)
def test_existence_of_file(hub: ReplayHub, port: Port, member: tuple[dict[str, str], bool]) -> None:
    """`file_exists`, asked for {}, answers true or false and raises no error.

    The body is not fetched for it; a single byte may be, which is another way than HEAD to ask.
    """
    arguments, expected = member
    seen = port.file_exists(repo_id=GSM8K, repo_type="dataset", **arguments)
    require_equal(seen, expected, "wrong-answer", "whether the file exists is wrong")
    fetched = sum(entry.sent for entry in hub.wire if entry.origin == "cdn")
    message = "the body was fetched to see whether the file exists"
    require(fetched <= 1, "body-fetched", message, expected="at most 1 byte", seen=fetched)


@check(
    "info/existence-behind-a-gate[contract]",
    "MUST",
    "file_exists",
    source="huggingface_hub HfApi.file_exists raises GatedRepoError",
    mutants=("gated-is-missing",),
)
def test_existence_behind_a_gate(hub: ReplayHub, port: Port) -> None:
    """Whether a file behind a gate exists is not told: the library reports the gate, and says neither yes nor no."""
    asked = {"repo_id": GATED, "repo_type": "dataset", "filename": "data.txt"}
    works("the same question of the owner", lambda: port.logged_in(TOKENS["owner"]).file_exists(**asked))
    port.logged_in(TOKENS["reader"]).error("file_exists", **asked)


@check(
    "info/existence-while-the-hub-is-down[gsm8k]",
    "MUST",
    "repo_exists",
    source="huggingface_hub HfApi.repo_exists catches RepositoryNotFoundError only",
    mutants=("existence-taken-from-any-error",),
)
def test_existence_while_the_hub_is_down(hub: ReplayHub, port: Port) -> None:
    """While the Hub fails, `repo_exists` reports its failure: false would say that there is no such repository."""
    asked = {"repo_id": GSM8K, "repo_type": "dataset"}
    require_equal(port.repo_exists(**asked), True, "wrong-answer", "whether the repository exists is wrong")
    hub.fault(Status(500, retry_after=0), origin="hub", times=None)
    port.error("repo_exists", **asked)
