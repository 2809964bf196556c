"""Answers at the edges: large numbers, long texts, many pages, and invalid answers."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.answers import UNREADABLE, Edited
from conformance.checks.support import Port
from conformance.replay import Dealt, Fault, ReplayHub, Rewrite
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

JSON = "RFC 8259 §6: numbers are exact up to 2^53; Hub JSON"
READABLE = "RFC 8259; huggingface_hub raises what the JSON parser raises"
LARGE = (1 << 53) - 1


check = Checks("dataset_info", source=READABLE)


def require_kept(
    hub: ReplayHub, port: Port, usual: dict[str, Any], odd: dict[str, Any], code: str, message: str, *faults: Fault
) -> None:
    """Of the fields that the library gives where they are usual, it gives the odd ones as well.

    Which it gives is the subject of other checks.

    Args:
        usual, odd: values by the Hub's names of the fields.
        faults: what else is changed in the answer.
    """
    repo = hub.subject
    values = dict(usual)
    hub.fault(Edited(lambda said: {**said, **values}), *faults, answer="info", repo=repo.id, times=None)
    attributes = {"usedStorage": "used_storage"}

    def given() -> dict[str, Any]:
        info = port.dataset_info(repo_id=repo.id)
        return {name: info[attributes.get(name, name)] for name in values}

    kept = [name for name, value in given().items() if value == usual[name]]
    control(bool(kept), "the library gives none of these fields", expected=usual)
    values.update(odd)
    seen = given()
    changed = [name for name in kept if seen[name] != odd[name]]
    require(not changed, code, message, expected=_short(odd, changed), seen=_short(seen, changed))


def _short(fields: dict[str, Any], names: list[str]) -> dict[str, Any]:
    texts = {name: value for name, value in fields.items() if name in names}
    return {
        name: f"{len(one)} characters" if isinstance(one, str) and len(one) > 99 else one for name, one in texts.items()
    }


@check("info/huge-counts[gsm8k]", kills=("counts-of-32-bits", "large-numbers-are-unknown"), source=JSON)
def test_huge_counts(hub: ReplayHub, port: Port) -> None:
    """Counts and sizes beyond 32 bits are exact: repositories of terabytes and billions of downloads exist."""
    usual = {"downloads": 3, "likes": 4, "usedStorage": 5}
    odd = {"downloads": LARGE, "likes": LARGE - 1, "usedStorage": LARGE - 2}
    require_kept(hub, port, usual, odd, "wrong-counts", "a count is not the Hub's")


@check("info/long-description[gsm8k]", kills=("answers-of-a-megabyte", "long-texts-are-unknown"), source="RFC 8259")
def test_long_description(hub: ReplayHub, port: Port) -> None:
    """An info of four megabytes is read whole: cards hold tables, and `cardData` thousands of names."""
    text = "".join(f"{number:07d}\n" for number in range(1 << 19))
    usual, odd = {"description": "a text"}, {"description": text}
    require_kept(hub, port, usual, odd, "wrong-description", "the text is not the Hub's")


@check(
    "info/text-of-any-letters[gsm8k]",
    kills="text-of-the-basic-plane",
    source="RFC 8259 §7: a string is Unicode, also beyond the basic plane",
)
def test_text_of_any_letters(hub: ReplayHub, port: Port) -> None:
    """Texts keep every letter: beyond the basic plane, control characters, decomposed ones, marks of direction."""
    text = "\U0001f917 e\u0301 \u202e \u0000 \u2028 \ufeff \U0010ffff"
    usual, odd = {"description": "a text", "tags": ["a"]}, {"description": text, "tags": [text]}
    require_kept(hub, port, usual, odd, "wrong-text", "a text is not the Hub's")


@check(
    "info/json-without-a-charset[gsm8k]",
    kills="latin-1-without-a-charset",
    source="RFC 8259 §8.1 and §11: JSON is UTF-8, and `application/json` has no parameter charset",
)
def test_json_without_a_charset(hub: ReplayHub, port: Port) -> None:
    """JSON whose `Content-Type` names no charset is UTF-8, and not Latin-1. The Hub names it; proxies may not."""
    text = "\u00e9 \u4f60\u597d \U0001f917"
    usual, odd = {"description": "a text", "tags": ["a"]}, {"description": text, "tags": [text]}
    bare = Rewrite(headers={"Content-Type": "application/json"})
    require_kept(hub, port, usual, odd, "wrong-text", "a text is not the Hub's", bare)


@check(
    "info/no-tags-are-no-unknown-tags[gsm8k]",
    kills="empty-tags-are-unknown",
    source="protocol/README.md: null represents a value the library does not know; an empty list is known",
)
def test_no_tags_are_no_unknown_tags(hub: ReplayHub, port: Port) -> None:
    """A repository without tags has an empty list of them: that is known, and not the same as null."""
    repo = hub.subject
    hub.fault(Edited(lambda said: {**said, "tags": []}), answer="info", repo=repo.id, times=None)
    require_equal(port.dataset_info(repo_id=repo.id)["tags"], [], "wrong-tags", "the tags are not the Hub's")


@check(
    "info/history-in-many-pages[gsm8k]",
    kills="history-of-one-page",
    operation="list_repo_commits",
    source='Hub: Link, rel="next"; RFC 8288; huggingface_hub utils.paginate',
)
def test_history_in_many_pages(hub: ReplayHub, port: Port) -> None:
    """A history that comes one commit a page is whole, newest first, and has each commit once."""
    expected = [item["commit_id"] for item in port.list_repo_commits(**hub.subject.named)]
    control(expected == hub.subject.commits, "the first call did not return the whole history")
    hub.fault(Dealt(1), answer="commits", repo=hub.subject.id, times=None)
    seen = [item["commit_id"] for item in port.list_repo_commits(**hub.subject.named)]
    require_equal(seen, expected, "wrong-history", "the commits are not those of all pages")


@check.each("info/history-refuses-{}[gsm8k]", UNREADABLE, kills="unreadable-is-empty", operation="list_repo_commits")
def test_history_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Given {} where the history should be, the library reports an unusable answer, and returns no empty list."""
    refused(hub, port, member, "commits", "list_repo_commits", **hub.subject.named)


@check.each("tree/paths-refuse-{}[gsm8k]", UNREADABLE, kills="unreadable-is-empty", operation="get_paths_info")
def test_paths_refuse(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Given {} about some paths, the library reports an unusable answer, and not an empty result."""
    small = git_file(hub.subject)
    refused(hub, port, member, ("paths-info", "listing"), "get_paths_info", **hub.subject.named, paths=[small])


@check.each("auth/who-am-i-refuses-{}[contract]", UNREADABLE, kills="whoami-guessed", operation="whoami")
def test_who_am_i_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Given {} for whoami, the library reports an unusable answer, and returns no name."""
    refused(hub, port, member, "whoami", "whoami", token=TOKENS["reader"])


def refused(hub: ReplayHub, port: Port, fault: Fault, answer: Any, operation: str, **arguments: Any) -> None:
    control(getattr(port, operation)(**arguments), "the first call returned nothing")
    hub.fault(fault, answer=answer, times=None)
    port.error(operation, **arguments)
