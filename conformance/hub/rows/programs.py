"""Programming problems with their tests: each test's output is what the problem's own solution computes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Test:
    """One call of a solution: its arguments and what it returns, all JSON values."""

    arguments: tuple[Any, ...]
    result: Any

    @property
    def stdin(self) -> tuple[str, str]:
        """What a program reads, an argument a line, and what it prints."""
        return "".join(f"{_line(argument)}\n" for argument in self.arguments), f"{_line(self.result)}\n"

    @property
    def functional(self) -> tuple[str, str]:
        """The arguments as JSON, one a line, and the result as JSON."""
        return "\n".join(map(json.dumps, self.arguments)), json.dumps(self.result)


@dataclass(frozen=True, slots=True)
class Program:
    """A problem: its statement, the name of the function that solves it, and a solution in Python."""

    title: str
    statement: str
    function: str
    solution: str
    compute: Callable[..., Any]
    draw: Callable[[Random], tuple[Any, ...]]

    @property
    def starter(self) -> str:
        return f"class Solution:\n    def {self.function}(self, *arguments):\n        "

    def tests(self, count: int, *, seed: int) -> list[Test]:
        random = Random(f"{self.function} {seed}")
        drawn = [self.draw(random) for _ in range(count)]
        return [Test(arguments, self.compute(*arguments)) for arguments in drawn]


def _line(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _numbers(random: Random) -> tuple[list[int]]:
    return ([random.randint(-50, 99) for _ in range(random.randint(2, 9))],)


def _words(random: Random) -> tuple[str]:
    return (" ".join(random.choice(("amber", "birch", "cedar", "delta", "ember")) for _ in range(4)),)


def _numbers_and_limit(random: Random) -> tuple[list[int], int]:
    return (*_numbers(random), random.randint(0, 60))


def _runs(values: list[int]) -> int:
    best = length = 1
    for before, value in pairwise(values):
        length = length + 1 if value > before else 1
        best = max(best, length)
    return best


PROGRAMS = (
    Program(
        "Even Harvest",
        "A row of trees carries apples; trees with an odd number are left alone. Print how many apples are picked.",
        "evenHarvest",
        "print(sum(int(x) for x in input().split() if int(x) % 2 == 0))\n",
        lambda values: sum(value for value in values if value % 2 == 0),
        _numbers,
    ),
    Program(
        "Backwards Signpost",
        "The words of a signpost hang in the wrong order. Print them from the last to the first.",
        "backwardsSignpost",
        "print(' '.join(reversed(input().split())))\n",
        lambda text: " ".join(reversed(text.split())),
        _words,
    ),
    Program(
        "Below the Mark",
        "Given the heights of a river and the height of a mark, print on how many days the water stood below it.",
        "belowTheMark",
        "heights = list(map(int, input().split()))\nmark = int(input())\nprint(sum(h < mark for h in heights))\n",
        lambda values, mark: sum(value < mark for value in values),
        _numbers_and_limit,
    ),
    Program(
        "Longest Climb",
        "Print the length of the longest run of days on each of which the path is higher than the day before.",
        "longestClimb",
        "best = run = 1\nv = list(map(int, input().split()))\nfor a, b in zip(v, v[1:]):\n"
        "    run = run + 1 if b > a else 1\n    best = max(best, run)\nprint(best)\n",
        _runs,
        _numbers,
    ),
    Program(
        "Sorted Shelf",
        "Print the numbers on the shelf in ascending order, each as often as it occurs.",
        "sortedShelf",
        "print(*sorted(map(int, input().split())))\n",
        sorted,
        _numbers,
    ),
)


def program(number: int) -> Program:
    """A problem by number; they repeat, and their tests need not."""
    return PROGRAMS[number % len(PROGRAMS)]
