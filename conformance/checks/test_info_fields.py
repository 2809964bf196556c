"""Repository info: single fields, fields that are new, missing or strange, and `expand`."""

from __future__ import annotations

from typing import Any

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks.answers import UNREADABLE
from conformance.checks.support import AWKWARD_NAMES, GATED, PRIVATE, TINY_MODEL, Port, works
from conformance.checks.support_info import DATASET_INFO, MODEL_INFO, refuses, say
from conformance.replay import Fault, ReplayHub, Rewrite
from conformance.roles import description, former_name
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import require, require_equal, role

INFO = "Hub API: GET /api/datasets/{repo_id}[/revision/{revision}]; huggingface_hub HfApi.dataset_info"
OF_MODEL = "Hub API: GET /api/models/{repo_id}; huggingface_hub ModelInfo"
EXPAND = "Hub API: ?expand=; huggingface_hub HfApi.dataset_info(expand=…)"
TOLERANT = "huggingface_hub DatasetInfo: keeps what it does not know, and None represents a missing value"
LETTER_CASE = "conformance/Letter-Case"
DISABLED = "conformance/disabled"


check = Checks(DATASET_INFO, source=INFO)


@check("info/counts[gsm8k]", kills="info-counts-mixed-up")
def test_counts(hub: ReplayHub, port: Port) -> None:
    """`downloads` and `likes` are the Hub's numbers: downloads those of the last 30 days, likes all of them."""
    info = port.ask(hub.subject.id)
    recorded = hub.subject.info()
    expected = [recorded["downloads"], recorded["likes"]]
    require_equal([info["downloads"], info["likes"]], expected, "wrong-counts", "a count is not the Hub's")


@check(
    "info/used-storage[gsm8k]",
    kills="info-storage-in-kilobytes",
    level="SHOULD",
    source="Hub API: usedStorage; huggingface_hub DatasetInfo.used_storage",
)
def test_used_storage(hub: ReplayHub, port: Port) -> None:
    """`used_storage` is what the repository takes up with its history, in bytes."""
    info = port.ask(hub.subject.id)
    require_equal(info["used_storage"], hub.subject.info()["usedStorage"], "wrong-storage", "not the Hub's bytes")


@check("info/description[gsm8k]", kills="info-description-trimmed")
def test_description(hub: ReplayHub, port: Port) -> None:
    """`description` is exactly the Hub's text, with the blank lines and tabs at its start."""
    expected = description(hub.subject)
    info = port.ask(hub.subject.id)
    require_equal(info["description"], expected, "wrong-description", "`description` is not the Hub's text")


@check("info/siblings-with-awkward-names[contract]", kills="names-percent-decoded")
def test_siblings_with_awkward_names(hub: ReplayHub, port: Port) -> None:
    """The names in `siblings` are the files' names themselves; JSON is not a URL, so `%20` in a name stays `%20`."""
    info = port.ask(AWKWARD_NAMES)
    names = sorted(sibling["rfilename"] for sibling in info["siblings"] or [])
    require_equal(names, sorted(hub.repo(AWKWARD_NAMES).files()), "wrong-files", "a name is not the file's")


@check(
    "info/card-data-keeps-what-it-does-not-know[gsm8k]",
    kills="info-card-of-known-keys",
    source="Hub docs: dataset cards; huggingface_hub DatasetCardData keeps unknown keys",
)
def test_card_data_keeps_what_it_does_not_know(hub: ReplayHub, port: Port) -> None:
    """Whatever an author writes into the front matter is in `card_data`, with its type: numbers stay numbers."""
    own = {"my_field": {"rows": 12, "share": 0.25, "is_new": True, "names": ["é", "日本"]}, "size": 1e9}
    say(hub, lambda said: {**said, "cardData": {**said["cardData"], **own}})
    card = port.ask(hub.subject.id)["card_data"] or {}
    require_equal(
        {name: card.get(name) for name in own}, own, "wrong-card-data", "a field of the card is lost or changed"
    )


@check("info/new-fields-do-no-harm[gsm8k]", kills="info-of-known-fields-only", source=TOLERANT)
def test_new_fields_do_no_harm(hub: ReplayHub, port: Port) -> None:
    """A field that the library does not know, in the info or in a file of it, is not an error: the Hub adds fields."""

    def add(said: dict[str, Any]) -> dict[str, Any]:
        if "siblings" in said:  # with `expand`, only who asks for it gets it
            said["siblings"] = [{**sibling, "newField": {"a": [1]}} for sibling in said["siblings"]]
        return {**said, "newField": {"b": None}, "anotherNewField": [1, 2]}

    say(hub, add)
    info = port.ask(hub.subject.id)
    require_equal(info["sha"], hub.subject.head, "wrong-sha", "`sha` is not the head of main")


@check("info/missing-fields-are-null[gsm8k]", kills="info-of-all-fields-only", source=TOLERANT)
def test_missing_fields_are_null(hub: ReplayHub, port: Port) -> None:
    """A field that the Hub leaves out is null, and no error: only `id` is always there."""
    repo = hub.subject
    say(hub, lambda said: {name: said[name] for name in ("_id", "id", "sha")})
    info = port.ask(repo.id)
    require_equal([info["id"], info["sha"]], [repo.id, hub.subject.head], "wrong-info", "`id` or `sha` is wrong")
    invented = {
        name: info[name] for name in ("card_data", "siblings", "last_modified", "gated") if info[name] is not None
    }
    require(not invented, "invented-field", "a field that the Hub left out has a value", expected=None, seen=invented)


@check("info/null-fields[gsm8k]", kills="info-null-breaks", source=TOLERANT)
def test_null_fields(hub: ReplayHub, port: Port) -> None:
    """`siblings`, `cardData` or `description` that the Hub sends as null are null, and no error."""
    role(hub.subject.type == "dataset", "a dataset, which has a description")
    empty = dict.fromkeys(("siblings", "cardData", "description", "tags"))
    say(hub, lambda said: {**said, **empty})
    info = port.ask(hub.subject.id)
    seen = {name: info[name] for name in ("siblings", "card_data", "description")}
    require_equal(seen, dict.fromkeys(seen), "invented-field", "a field that is null has a value")


@check("info/no-files[gsm8k]", kills="info-empty-is-unknown")
def test_no_files(hub: ReplayHub, port: Port) -> None:
    """A repository without files has an empty list of files: that is known, and not the same as null."""
    say(hub, lambda said: {**said, "siblings": []})
    require_equal(port.ask(hub.subject.id)["siblings"], [], "not-empty", "`siblings` is not an empty list")


@check(
    "info/dates-without-milliseconds[gsm8k]",
    kills="info-dates-need-milliseconds",
    level="SHOULD",
    source="RFC 3339 §5.6: the fraction of a second is optional; huggingface_hub parse_datetime",
)
def test_dates_without_milliseconds(hub: ReplayHub, port: Port) -> None:
    """A date without a fraction of a second is a date. The Hub sends milliseconds; mirrors of it may not."""
    say(hub, lambda said: {**said, "createdAt": "2022-04-12T10:22:10Z"})
    info = port.ask(hub.subject.id)
    require_equal(info["created_at"], "2022-04-12T10:22:10.000Z", "wrong-date", "`created_at` is not the Hub's date")


@check(
    "info/nanoseconds-of-a-date[gsm8k]",
    kills=("info-dates-need-milliseconds", "info-nanoseconds-overflow"),
    level="SHOULD",
    source="RFC 3339 §5.6: a fraction has any number of digits; huggingface_hub parse_datetime reads nine",
)
def test_nanoseconds_of_a_date(hub: ReplayHub, port: Port) -> None:
    """A date whose fraction has nine digits is that date, at least to the millisecond."""
    date = "2026-03-23T10:18:13.457100289Z"
    say(hub, lambda said: {**said, "lastModified": date})
    seen = port.ask(hub.subject.id)["last_modified"]
    allowed = [f"{date[:-1][:end]}Z" for end in range(len("2026-03-23T10:18:13.457"), len(date))]
    require(seen in allowed, "wrong-date", "`last_modified` is not the Hub's date", expected=allowed[0], seen=seen)


@check.each(
    "info/gated-is-{}[contract]",
    {"manual": "manual", "auto": "auto"},
    kills="info-gated-is-true",
    source="Hub API: gated is false, `auto` or `manual`; Hub docs: gated datasets",
)
def test_gated(hub: ReplayHub, port: Port, member: str) -> None:
    """`gated` is the text `{}` where the Hub sends it: it shows whether access needs an approval.

    The info of a gated repository is open to all; only its files are not.
    """
    say(hub, lambda said: {**said, "gated": member, "newField": 1}, GATED)
    require_equal(port.ask(GATED)["gated"], member, "wrong-gate", "`gated` is not the Hub's word")


@check("info/disabled[contract]", kills="info-flags-are-false")
def test_disabled(hub: ReplayHub, port: Port) -> None:
    """`disabled` of a repository that the Hub has shut is true; its info can still be read."""
    require_equal(port.ask(DISABLED)["disabled"], True, "wrong-flag", "`disabled` is not true")


@check("info/private-of-ones-own[contract]", kills="info-flags-are-false")
def test_private_of_ones_own(hub: ReplayHub, port: Port) -> None:
    """The owner of a private repository reads its info with a token, and `private` is true."""
    info = port.ask(PRIVATE, token=TOKENS["owner"])
    require_equal([info["id"], info["private"]], [PRIVATE, True], "wrong-info", "`id` or `private` is wrong")


@check(
    "info/by-another-letter-case[contract]",
    kills=("info-echoes-the-id", "redirects-not-followed"),
    source="Hub: another letter case answers 307 to the right one; RFC 9110 §15.4.8",
)
def test_by_another_letter_case(hub: ReplayHub, port: Port) -> None:
    """A name in other letter case finds the repository, and `id` is the name as the Hub writes it."""
    info = port.ask(LETTER_CASE.lower())
    require_equal(info["id"], LETTER_CASE, "wrong-id", "`id` is not the repository's name as the Hub writes it")


@check(
    "info/by-a-former-name-at-a-revision[gsm8k]",
    kills=("redirects-not-followed", "info-ignores-revision"),
    source="Hub: a redirect for a renamed repository keeps the rest of the path; RFC 9110 §15.4.8",
)
def test_by_a_former_name_at_a_revision(hub: ReplayHub, port: Port) -> None:
    """By a former name, too, `sha` is the commit of the revision that was asked for."""
    tag = roles.tag(hub.subject)
    info = port.ask(former_name(hub.subject), revision=tag)
    require_equal(info["sha"], hub.subject.refs[tag], "wrong-sha", "`sha` is not the tag's commit")


@check(
    "info/sha-of-a-short-commit[gsm8k]",
    kills="info-echoes-the-revision",
    level="SHOULD",
    source="Hub API: the beginning of a commit hash is accepted as a revision",
)
def test_sha_of_a_short_commit(hub: ReplayHub, port: Port) -> None:
    """With the first digits of a commit hash as revision, `sha` is the whole hash, as the Hub gives it."""
    commit = roles.history(hub.subject)[1]
    info = port.ask(hub.subject.id, revision=commit[:7])
    require_equal(info["sha"], commit, "wrong-sha", "`sha` is not the whole commit hash")


@check(
    "info/sha-of-head[gsm8k]",
    kills="revisions-lower-cased",
    level="SHOULD",
    source="Hub API: `HEAD` as a revision is the default branch; @huggingface/hub datasetInfo asks so",
)
def test_sha_of_head(hub: ReplayHub, port: Port) -> None:
    """`HEAD` as revision is the default branch. A revision is passed on as it is written: letter case counts in git."""
    info = port.ask(hub.subject.id, revision="HEAD")
    require_equal(info["sha"], hub.subject.head, "wrong-sha", "`sha` is not the head of the default branch")


@check("info/task-of-a-model[contract]", kills="info-without-task", operation=MODEL_INFO, source=OF_MODEL)
def test_task_of_a_model(hub: ReplayHub, port: Port) -> None:
    """`pipeline_tag` and `library_name` of a model are the Hub's: they describe the model's task and its library."""
    info = port.ask(TINY_MODEL, "model")
    recorded = hub.repo(TINY_MODEL).info()
    seen = [info["pipeline_tag"], info["library_name"]]
    expected = [recorded["pipeline_tag"], recorded["library_name"]]
    require_equal(seen, expected, "wrong-task", "task or library is not the Hub's")


@check(
    "info/config-of-a-model[contract]",
    kills="info-without-config",
    level="SHOULD",
    operation=MODEL_INFO,
    source=OF_MODEL,
)
def test_config_of_a_model(hub: ReplayHub, port: Port) -> None:
    """`config` of a model is what the Hub shows of its config.json, and `safetensors` counts its parameters."""
    info = port.ask(TINY_MODEL, "model")
    recorded = hub.repo(TINY_MODEL).info()
    seen, expected = ({name: held[name] for name in ("config", "safetensors")} for held in (info, recorded))
    require_equal(seen, expected, "wrong-config", "`config` or `safetensors` is not the Hub's")


@check("info/asked-fields-only[gsm8k]", kills="info-ignores-expand", source=EXPAND)
def test_asked_fields_only(hub: ReplayHub, port: Port) -> None:
    """With `expand`, the fields that are named are asked for, and no others are there.

    Each name is a separate parameter, `expand=sha&expand=likes`, or `expand[]=sha` as some write it.
    """
    repo = hub.subject
    info = port.ask(repo.id, expand=["likes", "sha"])
    questions = [entry.request.query for entry in hub.wire]
    asked = [sorted(value for name, value in query if name in ("expand", "expand[]")) for query in questions]
    wrong = [fields for fields in asked if fields and fields != ["likes", "sha"]]
    message = "the fields were not requested by name"
    require(any(asked) and not wrong, "wrong-question", message, expected=["likes", "sha"], seen=asked)
    recorded = hub.subject.info()
    seen = {name: info[name] for name in ("id", "sha", "likes", "card_data", "siblings")}
    expected = {"id": repo.id, "sha": recorded["sha"], "likes": recorded["likes"], "card_data": None, "siblings": None}
    require_equal(seen, expected, "wrong-fields", "the fields are not those that were requested")


@check(
    "info/asked-fields-at-a-revision[gsm8k]", kills=("info-ignores-revision", "info-expand-of-one-field"), source=EXPAND
)
def test_asked_fields_at_a_revision(hub: ReplayHub, port: Port) -> None:
    """`expand` and a revision go together: the fields are those of that revision."""
    repo = hub.subject
    first = roles.old_commit(repo)
    info = port.ask(repo.id, revision=first, expand=["sha", "siblings"])
    require_equal(info["sha"], first, "wrong-sha", "`sha` is not the requested commit")
    names = sorted(sibling["rfilename"] for sibling in info["siblings"] or [])
    require_equal(names, sorted(repo.files(first)), "wrong-files", "`siblings` are not the files of that commit")


@check(
    "info/asked-fields-of-a-model[contract]",
    kills=("info-ignores-expand", "info-expand-of-one-field"),
    operation=MODEL_INFO,
    source="Hub API: ?expand=; huggingface_hub HfApi.model_info(expand=…)",
)
def test_asked_fields_of_a_model(hub: ReplayHub, port: Port) -> None:
    """A model has additional fields, such as `pipeline_tag` and `library_name`."""
    info = port.ask(TINY_MODEL, "model", expand=["pipeline_tag", "library_name"])
    seen = [info["pipeline_tag"], info["library_name"], info["siblings"]]
    require_equal(seen, ["text-generation", "transformers", None], "wrong-fields", "not the fields that were requested")


@check(
    "info/asked-fields-and-file-metadata[gsm8k]",
    kills="info-expand-beats-blobs",
    level="SHOULD",
    source="huggingface_hub HfApi.dataset_info: `expand` cannot be used if `files_metadata` is set",
)
def test_asked_fields_and_file_metadata(hub: ReplayHub, port: Port) -> None:
    """`expand` and `files_metadata` together are refused before anything is asked: the Hub answers only one of them."""
    repo = hub.subject
    works("either alone", lambda: [port.ask(repo.id, expand=["sha"]), port.ask(repo.id, files_metadata=True)])
    before = len(hub.wire)
    port.ask_error(repo.id, expand=["sha"], files_metadata=True)
    require_equal(len(hub.wire), before, "needless-request", "a request was sent")


@check.each(
    "info/refuses-{}[gsm8k]",
    UNREADABLE,
    kills="info-unreadable-is-empty",
    source="RFC 8259; huggingface_hub raises what the JSON parser raises",
)
def test_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Given {} with status 200 where the info should be, the library reports an error.

    Proxies and login pages of networks answer so. It is neither an empty info nor a missing repository.
    """
    refuses(hub, port, member)


@check(
    "info/refuses-a-list[gsm8k]",
    kills="info-unreadable-is-empty",
    source="Hub API: the info of a repository is an object",
)
def test_refuses_a_list(hub: ReplayHub, port: Port) -> None:
    """Valid JSON that is not an info, such as a list, ends in an error, whichever, and not in an empty info."""
    refuses(hub, port, Rewrite(body=b"[]"))
