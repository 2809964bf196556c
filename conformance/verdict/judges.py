"""Judges: rules that hold for every request of every check, whatever the check is about.

Each rule has a separate check in area `wire`, which provokes it. Beyond that, the rule is applied to the wire
log of every other check, whatever becomes of that check: what breaks it anywhere in a run fails the rule's check.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from conformance.protocol.output import REFUSED_CONNECTION
from conformance.traffic.identity import TOKENS
from conformance.traffic.log import Entry
from conformance.traffic.secrets import holds
from conformance.verdict.outcome import Violation

MOST_ATTEMPTS = 30
"""How often one and the same request may be sent. The official client stays below half of it at its most patient."""

_CARRIERS = (
    *("aiohttp", "axios", "curl", "go-http-client", "mint", "node", "node-fetch", "okhttp", "python", "python-httpx"),
    *("python-requests", "python-urllib", "python-urllib3", "req", "reqwest", "undici", "wget"),
)
"""The names by which HTTP libraries and programs call themselves, in lower case."""

_LEARNS_SIZES = frozenset({"hf_hub_download", "snapshot_download", "download_dataset", "read_file"})
"""The operations in which a HEAD for a file asks for its size; others ask whether the file exists."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule looks at: the wire log of a check, the operation that it calls, and the port's name."""

    entries: Sequence[Entry]
    operation: str = "hf_hub_download"
    port: str = ""


def token_stays_at_the_hub(asked: Asked) -> str | None:
    """No token is sent to another origin than the Hub, in a header, a URL or a body."""
    for entry in asked.entries:
        request = entry.request
        if entry.origin == "hub":
            continue
        carried = " ".join([request.target, *request.headers.values()]).encode("utf-8", "surrogateescape")
        if request.token or holds(carried + request.body, TOKENS.values()):
            return f"a token was sent to another host than the Hub: {entry}"
    return None


def says_who_asks(asked: Asked) -> str | None:
    """Every request has a User-Agent that names more than the HTTP library. A port may be such a library itself."""
    carriers = {name for name in _CARRIERS if name != asked.port.lower()}
    for entry in asked.entries:
        agent = entry.request.headers.get("user-agent", "")
        names = {word.partition("/")[0].lower() for word in _COMMENT.sub(" ", agent).replace(";", " ").split()}
        if names <= carriers:
            return f"a request does not name the library (User-Agent: {agent!r}): {entry}"
    return None


_COMMENT = re.compile(r"\([^()]*\)")


def head_asks_for_identity(asked: Asked) -> str | None:
    """A HEAD for the size of a file accepts no encoding, which would change the length."""
    if asked.operation not in _LEARNS_SIZES:
        return None
    for entry in asked.entries:
        accepted = entry.request.headers.get("accept-encoding")
        if entry.method == "HEAD" and "/resolve" in entry.path and not _is_plain(accepted):
            return f"a HEAD accepts compressed answers (Accept-Encoding: {accepted}): {entry}"
    return None


def _is_plain(accepted: str | None) -> bool:
    """Whether an Accept-Encoding allows a body as it is, and nothing else (RFC 9110 §12.5.3). None allows all."""
    if accepted is None:
        return False
    codings = [coding.replace(" ", "").lower().partition(";") for coding in accepted.split(",")]
    return {name for name, _, weight in codings if name and not _REFUSED.fullmatch(weight)} <= {"identity"}


_REFUSED = re.compile(r"q=0(\.0{0,3})?")


def retries_are_bounded(asked: Asked) -> str | None:
    """One and the same request is not sent for ever."""
    sent = Counter(
        (entry.origin, entry.method, entry.request.target, entry.request.headers.get("range"))
        for entry in asked.entries
    )
    for (_, method, target, _), times in sent.most_common(1):
        if times > MOST_ATTEMPTS:
            return f"{method} {target} was sent {times} times"
    return None


Rule: TypeAlias = Callable[[Asked], str | None]
"""Returns what is wrong in a wire log, or None."""

JUDGES: Mapping[str, tuple[str, Rule]] = {
    "wire/token-stays-at-the-hub[gsm8k]": ("token-leaked", token_stays_at_the_hub),
    "wire/user-agent[gsm8k]": ("no-user-agent", says_who_asks),
    "wire/head-asks-for-identity[gsm8k]": ("encoding-accepted", head_asks_for_identity),
    "wire/retries-are-bounded[gsm8k]": ("retried-for-ever", retries_are_bounded),
}
"""The check that a rule belongs to, the code of its finding, and the rule."""


ELSEWHERE = "wire/nobody-else-is-asked[gsm8k]"
"""The check of the one rule that a wire log cannot show: who is asked besides the suite's origins."""

JUDGED_CHECKS = frozenset({*JUDGES, ELSEWHERE})


def judge_output(output: str) -> list[Violation]:
    """The rule that a port asks no other host, as far as the suite could see (Python ports only)."""
    refused = [line for line in output.splitlines() if line.startswith(REFUSED_CONNECTION)]
    return [Violation(ELSEWHERE, "stranger-asked", line) for line in refused[:1]]


def judge(entries: Iterable[Entry], operation: str = "hf_hub_download", port: str = "") -> list[Violation]:
    """The rules that a wire log breaks.

    Args:
        operation: the operation of the check.
        port: the port's name.
    """
    asked = Asked(list(entries), operation, port)
    found = [(check, code, rule(asked)) for check, (code, rule) in JUDGES.items()]
    return [Violation(check, code, message) for check, code, message in found if message is not None]
