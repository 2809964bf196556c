"""What a failed check means for the people who use the library, by the code of its finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Harm:
    """A kind of harm.

    Attributes:
        name: one word, for classes and filters.
        weight: how bad it is; only the order matters.
        noticed: what a user of the library would notice, as a sentence.
    """

    name: str
    weight: int
    noticed: str


_SECRET: Final = Harm("secret", 150, "A token, a cookie or credentials go to a host that must not have them.")
_SHOWN: Final = Harm("shown", 110, "A secret is shown or kept: in an error, a log, a URL or a file.")
_OUTSIDE: Final = Harm("outside", 90, "Files that are not the library's are written, changed, deleted or run.")
_WRONG: Final = Harm("wrong-data", 80, "Wrong, old or damaged content is accepted as correct.")
_BREAKS: Final = Harm("breaks", 60, "Something that the Hub offers ends in an error, or never ends.")
_DIFFERS: Final = Harm("differs", 40, "An answer or the cache differs from what the Hub's contract says.")
_ERRORS: Final = Harm("errors", 35, "An error is hidden, or reported as another one.")
_UNASKED: Final = Harm("unasked", 30, "A request is sent that must not be sent, or holds what it must not hold.")
_LACKS: Final = Harm("lacks", 20, "The library declines what it offers, or has no option for it.")
_COST: Final = Harm("cost", 15, "The same is fetched or asked for again without need.")

HARMS: Final = (_SECRET, _SHOWN, _OUTSIDE, _WRONG, _BREAKS, _DIFFERS, _ERRORS, _UNASKED, _LACKS, _COST)
"""All kinds, the worst first."""

_CODES: Final[dict[Harm, str]] = {
    _SECRET: "token-leaked cookie-leaked credentials-sent secret-in-referer",
    _SHOWN: """signature-shown token-came-back token-in-error token-in-log token-in-url token-on-disk token-sent
        token-written""",
    _OUTSIDE: """bad-name-written deleted-outside file-lost foreign-file-kept foreign-file-touched link-replaced
        others-deleted own-file-lost pickle-run program-run something-written stored-under-a-mask written-elsewhere
        written-outside written-through not-deleted""",
    _WRONG: """changed-file-kept changed-text columns-missing compressed-bytes-kept compressed-range
        damage-not-noticed digest-not-verified fewer-rows half-a-file half-an-answer invented-answer invented-digest
        invented-field invented-path invented-value mixed-revisions old-rows other-rows other-version same-rows
        stale-file stale-note stale-ref wrong-bytes wrong-content wrong-file wrong-file-left wrong-row wrong-rows
        wrong-text wrong-value wrong-values wrong-trajectory wrong-tests wrong-sha wrong-snapshot wrong-repository""",
    _BREAKS: """crashed loop-followed malformed-answer missing-files files-missing no-file not-completed
        not-found not-served protocol-error redirected-for-ever retried-for-ever timed-out unexpected-error
        no-folder no-listing one-page""",
    _ERRORS: """gate-not-told html-dumped message-lost no-error request-id-lost status-lost trace-id-lost
        unhelpful-error wrong-error wrong-gate wrong-level wrong-warnings printed""",
    _LACKS: """declined unimplemented unrecorded control-failed fault-not-fired""",
    _UNASKED: """request-sent request-while-offline proxy-asked asked-without-the-token no-user-agent
        listing-read empty-token-sent dirty-token header-injected identifies-its-user stranger-asked
        token-in-a-header""",
    _COST: """asked-again asked-too-often asked-too-soon begun-anew body-fetched body-sent-again data-fetched
        encoding-accepted fetched-again fetched-twice more-workers needless-header needless-ref
        needless-request not-one-question not-remembered not-resumed one-by-one others-fetched pages-asked-again
        stored-twice too-many-requests waited left-behind leftovers progress-shown""",
}
_BY_CODE: Final = {code: harm for harm, codes in _CODES.items() for code in codes.split()}


def harm_of(code: str) -> Harm:
    """The kind of harm that a finding's code stands for."""
    return _BY_CODE.get(code, _DIFFERS)
