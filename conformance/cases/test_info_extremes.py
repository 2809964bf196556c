"""Answers at the edges: large numbers, long texts, many pages, and what is no answer at all."""

from __future__ import annotations

from typing import Any

from conformance.cases.answers import UNREADABLE, Edited
from conformance.cases.support import GSM8K, Port
from conformance.catalogue.check import check, family
from conformance.replay import Dealt, Fault, ReplayHub
from conformance.verdict.require import control, require_equal
from conformance.wire.identity import TOKENS

JSON = "RFC 8259 §6: numbers are exact up to 2^53; Hub JSON"
READABLE = "RFC 8259; huggingface_hub raises what the JSON parser raises"
LARGE = (1 << 53) - 1
REPO = {"repo_id": GSM8K, "repo_type": "dataset"}


def require_kept(seen: list[Any], said: list[Any], code: str, message: str) -> None:
    """The fields that the library keeps are the Hub's. Which it keeps is the subject of other checks."""
    kept = [number for number, value in enumerate(seen) if value is not None]
    control(bool(kept), "the library keeps none of these fields", expected=said)
    require_equal([seen[number] for number in kept], [said[number] for number in kept], code, message)


@check("info/huge-counts[gsm8k]", "MUST", "dataset_info", source=JSON, mutants=("counts-of-32-bits",))
def test_huge_counts(hub: ReplayHub, port: Port) -> None:
    """Counts and sizes beyond 32 bits are exact: repositories of terabytes and billions of downloads exist."""
    changed = {"downloads": LARGE, "likes": LARGE - 1, "usedStorage": LARGE - 2}
    hub.fault(Edited(lambda said: {**said, **changed}), answer="info", repo=GSM8K, times=None)
    info = port.dataset_info(repo_id=GSM8K)
    seen = [info["downloads"], info["likes"], info["used_storage"]]
    require_kept(seen, [LARGE, LARGE - 1, LARGE - 2], "wrong-counts", "a count is not the Hub's")


@check("info/long-description[gsm8k]", "MUST", "dataset_info", source="RFC 8259", mutants=("answers-of-a-megabyte",))
def test_long_description(hub: ReplayHub, port: Port) -> None:
    """An info of four megabytes is read whole: cards hold tables, and `cardData` thousands of names."""
    text = "".join(f"{number:07d}\n" for number in range(1 << 19))
    hub.fault(Edited(lambda said: {**said, "description": text}), answer="info", repo=GSM8K, times=None)
    found = port.dataset_info(repo_id=GSM8K)["description"]
    control(found is not None, "the library keeps no description")
    require_equal(len(found), len(text), "wrong-description", "the text has another length")
    require_equal(found, text, "wrong-description", "the text is another one")


@check(
    "info/text-of-any-letters[gsm8k]",
    "MUST",
    "dataset_info",
    source="RFC 8259 §7: a string is Unicode, also beyond the basic plane",
    mutants=("text-of-the-basic-plane",),
)
def test_text_of_any_letters(hub: ReplayHub, port: Port) -> None:
    """Texts keep every letter: beyond the basic plane, control characters, decomposed ones, marks of direction."""
    text = "\U0001f917 e\u0301 \u202e \u0000 \u2028 \ufeff \U0010ffff"
    hub.fault(Edited(lambda said: {**said, "description": text, "tags": [text]}), answer="info", times=None)
    info = port.dataset_info(repo_id=GSM8K)
    require_kept([info["description"], info["tags"]], [text, [text]], "wrong-text", "a text is not the Hub's")


@check(
    "info/no-tags-are-no-unknown-tags[gsm8k]",
    "MUST",
    "dataset_info",
    source="protocol/README.md: null stands for a value the library does not know; an empty list is known",
    mutants=("empty-tags-are-unknown",),
)
def test_no_tags_are_no_unknown_tags(hub: ReplayHub, port: Port) -> None:
    """A repository without tags has an empty list of them: that is known, and not the same as null."""
    hub.fault(Edited(lambda said: {**said, "tags": []}), answer="info", repo=GSM8K, times=None)
    require_equal(port.dataset_info(repo_id=GSM8K)["tags"], [], "wrong-tags", "the tags are not the Hub's")


@check(
    "info/history-in-many-pages[gsm8k]",
    "MUST",
    "list_repo_commits",
    source='Hub: Link, rel="next"; RFC 8288; huggingface_hub utils.paginate',
    mutants=("history-of-one-page",),
)
def test_history_in_many_pages(hub: ReplayHub, port: Port) -> None:
    """A history that comes one commit a page is whole, newest first, and has each commit once."""
    expected = [item["commit_id"] for item in port.list_repo_commits(**REPO)]
    control(expected == hub.repo(GSM8K).commits, "the history is not whole to begin with")
    hub.fault(Dealt(1), answer="commits", repo=GSM8K, times=None)
    seen = [item["commit_id"] for item in port.list_repo_commits(**REPO)]
    require_equal(seen, expected, "wrong-history", "the commits are not those of all pages")


@family(
    "info/history-refuses-{}[gsm8k]",
    "MUST",
    "list_repo_commits",
    members=UNREADABLE,
    source=READABLE,
    mutants=("unreadable-is-empty",),
)
def test_history_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Told {} where the history should be, the library reports an answer that it cannot use, and no empty list."""
    refused(hub, port, member, "commits", "list_repo_commits", **REPO)


@family(
    "tree/paths-refuse-{}[gsm8k]",
    "MUST",
    "get_paths_info",
    members=UNREADABLE,
    source=READABLE,
    mutants=("unreadable-is-empty",),
)
def test_paths_refuse(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Told {} about some paths, the library reports an answer that it cannot use, and not that there are none."""
    refused(hub, port, member, "paths-info", "get_paths_info", **REPO, paths=["README.md"])


@family(
    "auth/who-am-i-refuses-{}[contract]",
    "MUST",
    "whoami",
    members=UNREADABLE,
    source=READABLE,
    mutants=("whoami-invented",),
)
def test_who_am_i_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Told {} when asked who the caller is, the library reports an answer that it cannot use, and nobody's name."""
    refused(hub, port, member, "whoami", "whoami", token=TOKENS["reader"])


def refused(hub: ReplayHub, port: Port, fault: Fault, answer: Any, operation: str, **arguments: Any) -> None:
    control(getattr(port, operation)(**arguments), "the question has no answer to begin with")
    hub.fault(fault, answer=answer, times=None)
    port.error(operation, **arguments)
