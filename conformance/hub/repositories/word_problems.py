"""Arithmetic word problems of our own, in the form of GSM8K's answers.

Made from a seed: each problem is a short story, a chain of steps and a number that follows from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Step:
    """One calculation: what it answers, and the sentence that shows it."""

    asks: str
    says: str


@dataclass(frozen=True, slots=True)
class Problem:
    question: str
    steps: Sequence[Step]
    result: int

    @property
    def answer(self) -> str:
        """The steps, a line each, and the result after `####`."""
        return "\n".join([*(step.says for step in self.steps), f"#### {self.result}"])

    @property
    def socratic_answer(self) -> str:
        """The same with each step's question before it, set off by ` ** `."""
        lines = [f"{step.asks} ** {step.says}" for step in self.steps]
        return "\n".join([*lines, f"#### {self.result}"])


def calculate(left: int, operator: str, right: int) -> tuple[str, int]:
    """A calculation as text with its annotation, `3*4=<<3*4=12>>12`, and its result."""
    results = {"+": left + right, "-": left - right, "*": left * right, "/": left // max(right, 1)}
    result = results[operator]
    term = f"{left}{operator}{right}"
    return f"{term}=<<{term}={result}>>{result}", result


_NAMES = (
    "Amara",
    "Björn",
    "Chiara",
    "Dmitri",
    "Esi",
    "Farid",
    "Grace",
    "Hana",
    "Ivo",
    "Jun",
    "Kofi",
    "Leila",
)


def _orchard(name: str, random: Random) -> Problem:
    trees, each, eaten = random.randint(4, 19), random.randint(12, 60), random.randint(3, 40)
    picked, total = calculate(trees, "*", each)
    kept, rest = calculate(total, "-", eaten)
    return Problem(
        f"{name} picks {each} apples from each of {trees} trees and gives {eaten} of them to the neighbours. "
        f"How many apples does {name} keep?",
        [
            Step("How many apples are picked?", f"{name} picks {picked} apples."),
            Step("How many are kept?", f"After the gift {kept} apples are left."),
        ],
        rest,
    )


def _bakery(name: str, random: Random) -> Problem:
    boxes, rolls, price = random.randint(3, 12), random.randint(6, 24), random.randint(2, 5)
    baked, total = calculate(boxes, "*", rolls)
    earned, money = calculate(total, "*", price)
    return Problem(
        f"{name}'s bakery fills {boxes} boxes with {rolls} rolls each. Every roll sells for {price} euros. "
        "How many euros does the bakery take when all rolls are sold?",
        [
            Step("How many rolls are there?", f"There are {baked} rolls."),
            Step("What do they bring?", f"They bring {earned} euros."),
        ],
        money,
    )


def _trip(name: str, random: Random) -> Problem:
    hours, speed, walked = random.randint(2, 6), random.randint(14, 28), random.randint(3, 11)
    ridden, distance = calculate(hours, "*", speed)
    both, total = calculate(distance, "+", walked)
    return Problem(
        f"{name} cycles for {hours} hours at {speed} kilometres an hour and then walks {walked} kilometres "
        f"more. How many kilometres does {name} travel in all?",
        [
            Step("How far is the ride?", f"The ride is {ridden} kilometres long."),
            Step("How far is it with the walk?", f"With the walk it is {both} kilometres."),
        ],
        total,
    )


def _library(name: str, random: Random) -> Problem:
    shelves, each = random.randint(3, 9), random.randint(4, 20)
    books = shelves * each
    lent = random.randint(1, books - 1)
    spread, average = calculate(books, "/", shelves)
    filled, on_shelf = calculate(average, "*", shelves - 1)
    borrowed = min(lent, on_shelf)
    left, rest = calculate(on_shelf, "-", borrowed)
    return Problem(
        f"{name} spreads {books} books evenly over {shelves} shelves. One full shelf is given away and then "
        f"{borrowed} more books are lent to friends. How many books are still there?",
        [
            Step("How many books stand on a shelf?", f"Each shelf holds {spread} books."),
            Step("How many are left on the other shelves?", f"The other shelves hold {filled} books."),
            Step("How many remain after the lending?", f"After the lending {left} books remain."),
        ],
        rest,
    )


def _savings(name: str, random: Random) -> Problem:
    weeks, weekly, present, spent = (
        random.randint(5, 30),
        random.randint(4, 15),
        random.randint(10, 50),
        random.randint(5, 60),
    )
    put_by, saved = calculate(weeks, "*", weekly)
    more, with_present = calculate(saved, "+", present)
    price = min(spent, with_present)
    less, rest = calculate(with_present, "-", price)
    return Problem(
        f"For {weeks} weeks {name} puts {weekly} coins a week into a jar. An aunt adds {present} coins, "
        f"and a book costs {price} coins. How many coins are in the jar after the book is paid?",
        [
            Step("How many coins are saved?", f"{name} saves {put_by} coins."),
            Step("How many are there with the present?", f"With the present there are {more} coins."),
            Step("How many are left after the book?", f"After the book there are {less} coins."),
        ],
        rest,
    )


_Template: TypeAlias = Callable[[str, Random], Problem]
_TEMPLATES: tuple[_Template, ...] = (_orchard, _bakery, _trip, _library, _savings)


def problems(count: int, *, seed: int) -> list[Problem]:
    """As many problems as asked for; the same seed gives the same ones."""
    random = Random(seed)
    return [
        _TEMPLATES[number % len(_TEMPLATES)](_NAMES[random.randrange(len(_NAMES))], random) for number in range(count)
    ]
