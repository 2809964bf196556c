"""Conversations about arithmetic, as lists of messages."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TypeAlias

from conformance.hub.repositories.word_problems import Problem, problems

Message: TypeAlias = dict[str, str]

_ASKS = ("How did you get there?", "Please show the steps.", "Which calculation comes first?")
_SYSTEM = "You are a patient teacher. Answer in whole sentences.\n"


def conversations(count: int, *, seed: int) -> Iterator[list[Message]]:
    """Conversations of one to three turns; some begin with a system message, one holds every awkward character."""
    random = Random(seed)
    for number, problem in enumerate(problems(count, seed=seed)):
        messages = [_say("user", problem.question), _say("assistant", _short(problem))]
        if number % 3 == 1:
            messages += [_say("user", random.choice(_ASKS)), _say("assistant", problem.answer)]
        if number % 4 == 2:
            messages.insert(0, _say("system", _SYSTEM))
        if number == 5:
            messages += [_say("user", 'Repeat: "tab\tand\\backslash", é, 日本語, 🤗'), _say("assistant", "")]
        yield messages


def _short(problem: Problem) -> str:
    return f"The result is {problem.result}."


def _say(role: str, content: str) -> Message:
    return {"content": content, "role": role}
