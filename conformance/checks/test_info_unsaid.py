"""A value that the Hub did not send is null, and a value that it sent is kept to the last digit."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.answers import Edited
from conformance.checks.support import TINY_MODEL, Port
from conformance.checks.support_info import asked_for
from conformance.replay import ReplayHub
from conformance.verdict.require import control, require, require_equal

NULL = "protocol/README.md: null represents a value the library does not know; huggingface_hub: None"
DATES = "Hub JSON: dates have milliseconds; huggingface_hub utils.parse_datetime"
AUTHORS = "Hub JSON: `authors` of a commit is a list; huggingface_hub GitCommitInfo.authors"
DATE = "2026-03-23T10:18:13.457Z"


check = Checks("dataset_info", source=NULL)


def invented(info: dict[str, Any], said: set[str]) -> dict[str, Any]:
    """The fields that have a value though the Hub did not send them."""
    return {name: value for name, value in info.items() if name not in said and value is not None}


@check("info/sizes-not-asked-for-are-null[gsm8k]", kills="unknown-size-is-nothing")
def test_sizes_not_asked_for_are_null(hub: ReplayHub, port: Port) -> None:
    """Without `files_metadata` a sibling's size, blob id and LFS entry are null: 0 would be an empty file."""
    siblings = port.dataset_info(repo_id=hub.subject.id)["siblings"]
    control(siblings, "the info names no files")
    files = hub.subject.files()
    said = {name: (file.size, file.oid) for name, file in files.items()} if asked_for(hub, "blobs") else {}
    seen = [
        item
        for item in siblings
        if any(item.get(name) is not None for name in ("size", "blob_id", "lfs"))
        and (item["size"], item["blob_id"]) != said.get(item["rfilename"])
    ]
    require_equal(seen, [], "invented-field", "a sibling has a value that the Hub did not send")


@check.each(
    "info/only-{}-is-known[gsm8k]",
    {"the-commit": "sha", "the-date": "lastModified", "the-number-of-likes": "likes"},
    kills=("unknown-number-is-nought", "unknown-flag-is-false"),
)
def test_only_one_field_is_known(hub: ReplayHub, port: Port, member: str) -> None:
    """With {} alone asked for by `expand`, all other fields are null, and neither 0 nor false nor empty."""
    field = {"sha": "sha", "lastModified": "last_modified", "likes": "likes"}[member]
    info = port.dataset_info(repo_id=hub.subject.id, expand=[member])
    control(info[field] is not None, "the requested field is missing")
    seen = invented(info, {"id", "author", field})
    require_equal(seen, {}, "invented-field", "a field that was not requested has a value")


@check(
    "info/no-field-of-a-model-is-invented[contract]",
    kills=("unknown-number-is-nought", "unknown-flag-is-false"),
    operation="model_info",
)
def test_no_field_of_a_model_is_invented(hub: ReplayHub, port: Port) -> None:
    """A field that the Hub leaves out of a model's info is null, whichever it is."""
    hub.fault(Edited(lambda said: {name: said[name] for name in ("_id", "id", "sha")}), answer="info", times=None)
    info = port.model_info(repo_id=TINY_MODEL)
    control(info["sha"] == hub.repo(TINY_MODEL).head, "the info does not have the Hub's commit")
    require_equal(invented(info, {"id", "author", "sha"}), {}, "invented-field", "a field has a value")


@check("info/no-field-is-invented[gsm8k]", kills=("unknown-number-is-nought", "unknown-flag-is-false"))
def test_no_field_is_invented(hub: ReplayHub, port: Port) -> None:
    """A field that the Hub leaves out of a dataset's info is null, whichever it is: no count, no flag, no list."""
    hub.fault(Edited(lambda said: {name: said[name] for name in ("_id", "id", "sha")}), answer="info", times=None)
    info = port.dataset_info(repo_id=hub.subject.id)
    control(info["sha"] == hub.subject.head, "the info does not have the Hub's commit")
    require_equal(invented(info, {"id", "author", "sha"}), {}, "invented-field", "a field has a value")


@check("tree/last-commits-not-asked-for-are-null[gsm8k]", kills="last-commit-invented", operation="list_repo_tree")
def test_last_commits_not_asked_for_are_null(hub: ReplayHub, port: Port) -> None:
    """Without `expand` an entry's last commit is null, and an entry kept in git has no LFS entry."""
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    control(tree, "the listing is empty")
    if not asked_for(hub, "expand"):
        seen = [item["path"] for item in tree if item["last_commit"] is not None]
        require_equal(seen, [], "invented-field", "an entry has a last commit that the Hub did not send")
    files = hub.subject.files()
    wrong = [item["path"] for item in tree if item.get("lfs") and files[item["path"]].sha256 is None]
    require_equal(wrong, [], "invented-field", "a file that is kept in git has an LFS entry")


@check(
    "info/pull-requests-not-asked-for-are-unknown[gsm8k]",
    kills="unknown-pull-requests-are-none",
    operation="list_repo_refs",
)
def test_pull_requests_not_asked_for_are_unknown(hub: ReplayHub, port: Port) -> None:
    """Pull requests that were not asked for are null; an empty list would mean that none exist."""
    refs = port.list_repo_refs(repo_id=hub.subject.id, repo_type="dataset")
    if not asked_for(hub, "include_prs"):
        require(refs["pull_requests"] is None, "invented-field", "they were not requested", seen=refs["pull_requests"])
    control(refs["branches"], "the refs are not those of the repository")


@check("info/milliseconds-of-a-date[gsm8k]", kills="dates-in-whole-seconds", level="SHOULD", source=DATES)
def test_milliseconds_of_a_date(hub: ReplayHub, port: Port) -> None:
    """A date keeps its milliseconds: they distinguish two changes of one second."""
    repo = hub.subject
    dated = Edited(lambda said: {**said, "lastModified": DATE, "createdAt": DATE})
    hub.fault(dated, answer="info", repo=repo.id, times=None)
    info = port.dataset_info(repo_id=repo.id)
    seen = [info["last_modified"], info["created_at"]]
    require_equal(seen, [DATE, DATE], "wrong-date", "a date is not the Hub's")


def edited_commits(hub: ReplayHub, **changed: Any) -> None:
    hub.fault(
        Edited(lambda said: [{**item, **changed} for item in said]), answer="commits", repo=hub.subject.id, times=None
    )


@check(
    "info/milliseconds-of-a-commit[gsm8k]",
    kills="dates-in-whole-seconds",
    level="SHOULD",
    operation="list_repo_commits",
    source=DATES,
)
def test_milliseconds_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """The date of a commit keeps its milliseconds."""
    edited_commits(hub, date=DATE)
    commits = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")
    control(commits, "the history is empty")
    require_equal({item["created_at"] for item in commits}, {DATE}, "wrong-date", "a date is not the Hub's")


@check(
    "tree/milliseconds-of-a-last-commit[gsm8k]",
    kills="dates-in-whole-seconds",
    level="SHOULD",
    operation="list_repo_tree",
    source=DATES,
)
def test_milliseconds_of_a_last_commit(hub: ReplayHub, port: Port) -> None:
    """The date of an entry's last commit keeps its milliseconds."""
    repo = hub.subject

    def dated(said: Any) -> Any:
        return [{**item, "lastCommit": {**item["lastCommit"], "date": DATE}} for item in said]

    hub.fault(Edited(dated), answer="listing", repo=repo.id, times=None)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", expand=True)
    seen = {(item["last_commit"] or {}).get("date") for item in tree}
    require_equal(seen, {DATE}, "wrong-date", "a date is not the Hub's")


@check(
    "info/commits-of-one-title[gsm8k]",
    kills="one-commit-of-a-title",
    operation="list_repo_commits",
    source="Hub: uploads without a message of their own have the same title; git: the id alone names a commit",
)
def test_commits_of_one_title(hub: ReplayHub, port: Port) -> None:
    """Commits whose title, date and authors are the same are several commits: each is in the history."""
    edited_commits(hub, title="Upload README.md", date=DATE, authors=[{"user": "somebody"}])
    commits = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")
    seen = [commit["commit_id"] for commit in commits]
    require_equal(seen, list(hub.subject.commits), "wrong-history", "the commits are not those of the history")


@check(
    "info/two-authors-of-a-commit[gsm8k]",
    kills="first-author-only",
    level="SHOULD",
    operation="list_repo_commits",
    source=AUTHORS,
)
def test_two_authors_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """A commit of two authors has both, as a list, in the Hub's order."""
    edited_commits(hub, authors=[{"user": "second"}, {"user": "first"}])
    commits = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")
    control(commits, "the history is empty")
    require_equal(commits[0]["authors"], ["second", "first"], "wrong-authors", "the authors are not the Hub's")


@check(
    "info/no-author-of-a-commit[gsm8k]",
    kills="an-author-is-needed",
    level="SHOULD",
    operation="list_repo_commits",
    source=AUTHORS,
)
def test_no_author_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """A commit without authors that the Hub knows has an empty list, and is not an error."""
    edited_commits(hub, authors=[])
    commits = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")
    control(commits, "the history is empty")
    require_equal(commits[0]["authors"], [], "wrong-authors", "the authors are not the Hub's")


@check(
    "info/lines-of-a-commit-message[gsm8k]",
    kills="commit-messages-trimmed",
    level="SHOULD",
    operation="list_repo_commits",
    source="Hub JSON: `title` and `message` of a commit are texts; git: a message has lines",
)
def test_lines_of_a_commit_message(hub: ReplayHub, port: Port) -> None:
    """A commit's message keeps its lines, its blanks and its letters; its title is the Hub's own."""
    message = "first line \n\n  second: é 🤗\n"
    edited_commits(hub, message=message, title=" A title ")
    commits = port.list_repo_commits(repo_id=hub.subject.id, repo_type="dataset")
    control(commits, "the history is empty")
    seen = [commits[0]["title"], commits[0]["message"]]
    require_equal(seen, [" A title ", message], "wrong-text", "title or message is not the Hub's")
