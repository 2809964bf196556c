"""Repository info: what a library returns about a dataset or a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks.snapshots import known, require_on_record
from conformance.checks.support import NO_CARD, TINY_MODEL, Port
from conformance.checks.support_info import DATASET_INFO, MODEL_INFO
from conformance.replay import ReplayHub
from conformance.roles import former_name, unsorted_tags, word_problems
from conformance.traffic.route import route_of
from conformance.verdict.require import require, require_equal, role

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

INFO = "Hub API: GET /api/datasets/{repo_id}[/revision/{revision}]; huggingface_hub HfApi.dataset_info"
OF_MODEL = "Hub API: GET /api/models/{repo_id}; huggingface_hub HfApi.model_info"


check = Checks(DATASET_INFO, source=INFO)


@check("info/names-the-repository[gsm8k]", kills="info-id-without-owner")
def test_names_the_repository(hub: ReplayHub, port: Port) -> None:
    """`id` is the repository's full name with its owner, and `author` is the owner."""
    repo = hub.subject
    info = port.ask(repo.id)
    require_equal(info["id"], repo.id, "wrong-id", "`id` is not the repository's full name")
    require_equal(info["author"], repo.id.partition("/")[0], "wrong-author", "`author` is not the repository's owner")


@check("info/sha-is-the-head[gsm8k]", kills="info-sha-abbreviated")
def test_sha_is_the_head(hub: ReplayHub, port: Port) -> None:
    """Without a revision, `sha` is the commit of `main`: all 40 digits of it."""
    info = port.ask(hub.subject.id)
    require_equal(info["sha"], hub.subject.head, "wrong-sha", "`sha` is not the head of main")


@check("info/sha-of-a-branch[gsm8k]", kills="info-ignores-revision")
def test_sha_of_a_branch(hub: ReplayHub, port: Port) -> None:
    """With the name of a branch as revision, `sha` is that branch's commit. A slash in the name is sent as `%2F`."""
    repo = hub.subject
    branch = roles.branch(repo)
    info = port.ask(repo.id, revision=branch)
    require_equal(info["sha"], repo.refs[branch], "wrong-sha", "`sha` is not the branch's commit")


@check("info/sha-of-a-tag[gsm8k]", kills="info-ignores-revision")
def test_sha_of_a_tag(hub: ReplayHub, port: Port) -> None:
    """With the name of a tag as revision, `sha` is the commit that the tag names."""
    repo = hub.subject
    tag = roles.tag(repo)
    info = port.ask(repo.id, revision=tag)
    require_equal(info["sha"], repo.refs[tag], "wrong-sha", "`sha` is not the tag's commit")


@check("info/sha-of-a-commit[gsm8k]", kills="info-ignores-revision")
def test_sha_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """With a commit hash as revision, `sha` is that commit, and the files are those of that commit."""
    repo = hub.subject
    first = roles.old_commit(repo)
    info = port.ask(repo.id, revision=first)
    require_equal(info["sha"], first, "wrong-sha", "`sha` is not the requested commit")
    names = sorted(sibling["rfilename"] for sibling in info["siblings"] or [])
    require_equal(names, sorted(repo.files(first)), "wrong-files", "`siblings` are not the files of that commit")


@check("info/sha-of-a-pull-request[gsm8k]", kills="revision-slash-not-encoded")
def test_sha_of_a_pull_request(hub: ReplayHub, port: Port) -> None:
    """`refs/pr/1` is a revision like any other. In the URL it is one segment, `refs%2Fpr%2F1`."""
    repo = hub.subject
    ref = roles.pull_request(repo)
    info = port.ask(repo.id, revision=ref)
    require_equal(info["sha"], repo.refs[ref], "wrong-sha", "`sha` is not the pull request's commit")


@check("info/siblings-are-all-files[gsm8k]", kills="info-drops-hidden-files")
def test_siblings_are_all_files(hub: ReplayHub, port: Port) -> None:
    """`siblings` names every file of the commit, those in folders and those with a leading dot too, and no folder."""
    info = port.ask(hub.subject.id)
    names = sorted(sibling["rfilename"] for sibling in info["siblings"] or [])
    expected = sorted(hub.subject.files())
    require_equal(names, expected, "wrong-files", "`siblings` are not the files of the commit")


@check(
    "info/file-metadata-when-asked[gsm8k]",
    kills="info-size-of-pointer",
    source="Hub API: ?blobs=true; huggingface_hub HfApi.dataset_info(files_metadata=True)",
)
def test_file_metadata_when_asked(hub: ReplayHub, port: Port) -> None:
    """With `files_metadata`, each sibling has its size in bytes and its git blob id, and an LFS file its sha256.

    The size of an LFS file is that of its content, never that of the pointer file which git holds in its place.
    """
    info = port.ask(hub.subject.id, files_metadata=True)
    seen = {
        sibling["rfilename"]: [sibling["size"], sibling["blob_id"], (sibling["lfs"] or {}).get("sha256")]
        for sibling in info["siblings"]
    }
    files = hub.subject.files()
    expected = {path: [file.size, file.oid, file.sha256] for path, file in files.items()}
    require_equal(seen, expected, "wrong-metadata", "size, blob id or sha256 of a file is wrong")


@check(
    "info/card-data-is-the-front-matter[gsm8k]",
    kills="info-without-card-data",
    source="Hub docs: dataset cards; Hub API: cardData",
)
def test_card_data(hub: ReplayHub, port: Port) -> None:
    """`card_data` is the YAML front matter of README.md, with the configurations and their data files.

    A loader of datasets finds its files through it. `configs` keeps the order of the card.
    """
    recorded = (hub.subject.info().get("cardData") or {}).get("configs")
    role(recorded, "a card with configurations")
    card = port.ask(hub.subject.id)["card_data"]
    require(isinstance(card, dict), "no-card-data", "`card_data` is not a mapping", seen=card)
    configs, expected = (
        {config["config_name"]: config["data_files"] for config in held or []}
        for held in (card.get("configs"), recorded)
    )
    require_equal(configs, expected, "wrong-card-data", "the configurations are not those of the card")
    require_equal(list(configs), list(expected), "wrong-order", "the configurations are not in the card's order")


@check(
    "info/no-card-data-without-a-readme[contract]",
    kills="info-invents-card-data",
    source="Hub API: cardData is absent when the README has no front matter",
)
def test_no_card_data_without_a_readme(hub: ReplayHub, port: Port) -> None:
    """A repository without a README is a repository: its info is read, and `card_data` is null."""
    info = port.ask(NO_CARD)
    require_equal(info["id"], NO_CARD, "wrong-id", "`id` is not the repository's full name")
    require_equal(info["card_data"], None, "wrong-card-data", "`card_data` must be null where there is no card")


@check("info/dates-are-utc[gsm8k]", kills="info-dates-shifted")
def test_dates_are_utc(hub: ReplayHub, port: Port) -> None:
    """`created_at` and `last_modified` are the Hub's dates, in UTC, to the millisecond."""
    info = port.ask(hub.subject.id)
    recorded = hub.subject.info()
    seen = [info["created_at"], info["last_modified"]]
    expected = [recorded["createdAt"], recorded["lastModified"]]
    require_equal(seen, expected, "wrong-date", "a date is not the Hub's")


@check("info/tags-keep-their-order[gsm8k]", kills="info-sorts-tags")
def test_tags_keep_their_order(hub: ReplayHub, port: Port) -> None:
    """`tags` is the Hub's list, whole and in the Hub's order."""
    tags = unsorted_tags(hub.subject)
    info = port.ask(hub.subject.id)
    require_equal(info["tags"], tags, "wrong-tags", "`tags` is not the Hub's list")


@check("info/access-flags[gsm8k]", kills="info-flags-are-strings")
def test_access_flags(hub: ReplayHub, port: Port) -> None:
    """`private`, `gated` and `disabled` of an open repository are false: the boolean, no text and not null."""
    info = port.ask(hub.subject.id)
    seen = {name: info[name] for name in ("private", "gated", "disabled")}
    wrong = {name: value for name, value in seen.items() if value is not False}
    require(not wrong, "wrong-flags", "an access flag is not false", expected=False, seen=wrong)


@check(
    "info/by-a-former-name[gsm8k]",
    kills="redirects-not-followed",
    source="Hub: a renamed repository answers 307 with a relative Location; RFC 9110 §15.4.8",
)
def test_by_a_former_name(hub: ReplayHub, port: Port) -> None:
    """Asked by its former name, a repository is found: the Hub redirects, and `id` is the name that it has now."""
    info = port.ask(former_name(hub.subject))
    require_equal(info["id"], hub.subject.id, "wrong-id", "`id` is not the repository's current name")


@check("info/of-a-model[contract]", kills="models-asked-as-datasets", operation=MODEL_INFO, source=OF_MODEL)
def test_of_a_model(hub: ReplayHub, port: Port) -> None:
    """The info of a model comes from the models' endpoint: its name, its head and its files."""
    repo = hub.repo(TINY_MODEL)
    info = port.ask(TINY_MODEL, "model")
    require_equal([info["id"], info["sha"]], [TINY_MODEL, repo.head], "wrong-model", "name or head is wrong")
    names = sorted(sibling["rfilename"] for sibling in info["siblings"] or [])
    require_equal(names, sorted(repo.files()), "wrong-files", "`siblings` are not the model's files")


@check(
    "info/repo-info-minds-the-type[gsm8k]",
    kills="repo-info-mixes-up-types",
    operation="repo_info",
    source="huggingface_hub HfApi.repo_info(repo_type=…)",
)
def test_repo_info_minds_the_type(hub: ReplayHub, port: Port) -> None:
    """`repo_info` with the type `dataset` asks for the dataset, not for a model of the same name."""
    repo = hub.subject
    info = port.repo_info(repo_id=repo.id, repo_type="dataset")
    require_equal(info["sha"], hub.subject.head, "wrong-sha", "`sha` is not the head of main")
    routes = [route_of(entry.request) for entry in hub.wire]
    asked = sorted({str(route.repo_type) for route in routes if route.repo_id == repo.id})
    require_equal(asked, ["dataset"], "wrong-endpoint", "no request was sent to the endpoint for datasets")


@check(
    "info/repo-info-is-a-model-by-default[contract]",
    kills="repo-info-mixes-up-types",
    operation="repo_info",
    source="huggingface_hub HfApi.repo_info",
)
def test_repo_info_is_a_model_by_default(hub: ReplayHub, port: Port) -> None:
    """`repo_info` without a type asks for a model."""
    info = port.repo_info(repo_id=TINY_MODEL)
    require_equal(info["sha"], hub.repo(TINY_MODEL).head, "wrong-sha", "`sha` is not the model's head")


@check("info/whole[gsm8k]", kills=("info-id-without-owner", "info-sorts-tags"))
def test_whole(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion) -> None:
    """The info as a whole, field by field, is the one on record.

    Id, sha and the names of the files must be known. What else a library does not know is null; each of those fields
    has a separate check. The order of the files is the library's own.
    """
    word_problems(hub.subject)
    seen = port.ask(hub.subject.id, files_metadata=True)
    seen = {**seen, "siblings": sorted(seen["siblings"] or (), key=lambda item: str(item["rfilename"]))}
    require_on_record(known(seen, "gsm8k-info", must=("id", "sha", "rfilename")), snapshot, "gsm8k-info")
