"""Judges: rules that hold for every request of every check, whatever the check is about.

Each rule has a check of its own in area `wire`, which shows it on purpose. Beyond that, the rule is applied to the wire
log of every other check: what breaks it anywhere in a run fails the rule's check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.protocol.output import REFUSED_CONNECTION
from conformance.wire.identity import TOKENS
from conformance.wire.log import Entry

MOST_ATTEMPTS = 30
"""How often one and the same request may be sent. The official client stays below half of it at its most patient."""

_CARRIERS = ("python-requests", "python-httpx", "python-urllib", "node", "undici", "req/", "mint/", "curl/", "go-http")


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken: the check that it fails, with the code and the text of the finding."""

    check: str
    code: str
    message: str


def token_stays_at_the_hub(entries: Sequence[Entry]) -> str | None:
    """No token is sent to another origin than the Hub, in a header, a URL or a body."""
    for entry in entries:
        request = entry.request
        carried = " ".join([request.target, *request.headers.values(), request.body.decode("latin-1")])
        if entry.origin != "hub" and (request.token or any(token in carried for token in TOKENS.values())):
            return f"a token was sent to another host than the Hub: {entry}"
    return None


def says_who_asks(entries: Sequence[Entry]) -> str | None:
    """Every request has a User-Agent that names more than the HTTP library."""
    for entry in entries:
        agent = entry.request.headers.get("user-agent", "")
        if not agent or agent.lower().startswith(_CARRIERS):
            return f"a request does not say which library is asking (User-Agent: {agent!r}): {entry}"
    return None


def head_asks_for_identity(entries: Sequence[Entry]) -> str | None:
    """A HEAD for a file accepts no encoding, which would change the length that it asks for."""
    for entry in entries:
        accepted = entry.request.headers.get("accept-encoding")
        if entry.method == "HEAD" and "/resolve" in entry.path and accepted != "identity":
            return f"a HEAD accepts compressed answers (Accept-Encoding: {accepted}): {entry}"
    return None


def retries_are_bounded(entries: Sequence[Entry]) -> str | None:
    """One and the same request is not sent for ever."""
    sent = Counter(
        (entry.origin, entry.method, entry.request.target, entry.request.headers.get("range")) for entry in entries
    )
    for (_, method, target, _), times in sent.most_common(1):
        if times > MOST_ATTEMPTS:
            return f"{method} {target} was sent {times} times"
    return None


JUDGES: Mapping[str, tuple[str, Callable[[Sequence[Entry]], str | None]]] = {
    "wire/token-stays-at-the-hub[gsm8k]": ("token-leaked", token_stays_at_the_hub),
    "wire/user-agent[gsm8k]": ("no-user-agent", says_who_asks),
    "wire/head-asks-for-identity[gsm8k]": ("encoding-accepted", head_asks_for_identity),
    "wire/retries-are-bounded[gsm8k]": ("retried-for-ever", retries_are_bounded),
}
"""The check that a rule belongs to, the code of its finding, and the rule: what is wrong in a wire log, or None."""


ELSEWHERE = "wire/nobody-else-is-asked[gsm8k]"
"""The check of the one rule that a wire log cannot show: who is asked besides the suite's origins."""

JUDGED_CHECKS = frozenset({*JUDGES, ELSEWHERE})


def judge_output(output: str) -> list[Violation]:
    """The rule that a port asks nobody else, as far as the suite could see (Python ports only)."""
    refused = [line for line in output.splitlines() if line.startswith(REFUSED_CONNECTION)]
    return [Violation(ELSEWHERE, "stranger-asked", line) for line in refused[:1]]


def judge(entries: Sequence[Entry]) -> list[Violation]:
    """The rules that a wire log breaks."""
    found = []
    for check, (code, rule) in JUDGES.items():
        message = rule(entries)
        if message is not None:
            found.append(Violation(check, code, message))
    return found
