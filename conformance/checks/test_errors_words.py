"""The code decides what an error is, and not the words beside it."""

from __future__ import annotations

from typing import Final

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, require_kind
from conformance.ports import PortError
from conformance.replay import AnswerKind, ReplayHub, Status
from conformance.verdict.require import require

CODE = "Hub: X-Error-Code; huggingface_hub hf_raise_for_status reads it before anything else"
ANY = ("dataset_info", "list_repo_tree", "hf_hub_download", "repo_info")
ANSWERS: Final[tuple[AnswerKind, ...]] = ("info", "listing", "metadata")


check = Checks(ANY, source=CODE, level="SHOULD")


def asked(port: Port) -> PortError:
    """The error with which the plainest question ends."""
    try:
        value = port.ask(port.repo_id)
    except PortError as error:
        return error
    require(False, "no-error", "the Hub's refusal was not reported", expected="an error", seen=value)
    raise AssertionError("unreachable")


@check.each(
    "errors/other-words-for-{}[gsm8k]",
    {
        "a-missing-revision": (404, "RevisionNotFound", "There is no such branch", "revision_not_found"),
        "a-missing-repository": (404, "RepoNotFound", "Nothing here", "repository_not_found"),
        "a-missing-entry": (404, "EntryNotFound", "No such thing", "entry_not_found"),
        "a-gated-repository": (403, "GatedRepo", "Please ask its owner", "gated_repo"),
    },
    kills="words-decide",
)
def test_other_words(hub: ReplayHub, port: Port, disk: Disk, member: tuple[int, str, str, str]) -> None:
    """The `X-Error-Code` of {} is read beside an unusual message: words are for people, and change."""
    repo = hub.subject
    status, code, words, kind = member
    port.with_cache(disk.root / "first").ask(repo.id)
    answer = Status(status, {"X-Error-Code": code, "X-Error-Message": words})
    hub.fault(answer, answer=ANSWERS, repo=repo.id, times=None)
    require_kind(asked(port), kind)


@check("errors/words-alone-are-no-code[gsm8k]", kills="words-decide")
def test_words_alone_are_no_code(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A 500 whose message reads `Repository not found` is an error of the server: the words alone are no code."""
    port.with_cache(disk.root / "first").ask(hub.subject.id)
    hub.fault(Status(500, {"X-Error-Message": "Repository not found"}, retry_after=0), answer=ANSWERS, times=None)
    error = asked(port)
    missing = ("repository_not_found", "revision_not_found", "entry_not_found")
    require(error.kind not in missing, "wrong-error", "a server error was reported as a missing file", seen=str(error))
