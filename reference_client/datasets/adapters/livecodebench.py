"""`livecodebench/code_generation_lite`: programming problems by release.

https://huggingface.co/datasets/livecodebench/code_generation_lite has a loading script; which files a release has is
taken from it, and it is never run.
"""

from __future__ import annotations

from typing import ClassVar

from reference_client.datasets.adapters.adapter import Adapter, Splits
from reference_client.datasets.columns import Columns, Row
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.pickled import decode
from reference_client.datasets.programs import Test, listed_tests, parse

_FILES = ["test.jsonl", *(f"test{number}.jsonl" for number in range(2, 7))]


def _releases() -> dict[str, list[str]]:
    """Version tag to files: `release_v3` is all up to the third, `v3` the third alone, `v2_v4` the second to fourth."""
    numbers = range(1, len(_FILES) + 1)
    return {
        "release_latest": _FILES,
        **{f"release_v{last}": _FILES[:last] for last in numbers},
        **{f"v{number}": [_FILES[number - 1]] for number in numbers},
        **{f"v{first}_v{last}": _FILES[first - 1 : last] for first in numbers for last in numbers if first < last},
    }


class LiveCodeBench(Adapter):
    """Rows with the columns of the files, and in these the values parsed from text:

    * `public_test_cases` and `private_test_cases`: lists of tests, objects with `input`, `output` and `testtype`;
    * `metadata`: an object, with `func_name` where tests call a function.

    The configs are the version tags; all tests of a problem are in memory at a time.
    """

    REPO = "livecodebench/code_generation_lite"
    SPLITS: ClassVar[Splits] = {tag: {"test": files} for tag, files in _releases().items()}
    COLUMNS: ClassVar[Columns] = dict.fromkeys(
        (
            *("question_title", "question_content", "platform", "question_id", "contest_id", "contest_date"),
            *("starter_code", "difficulty", "public_test_cases", "private_test_cases", "metadata"),
        ),
        "string",
    )

    def _converted(self, row: Row, place: str) -> Row:
        found = dict(row)
        readers = {"public_test_cases": _public_tests, "private_test_cases": private_tests, "metadata": parse}
        for column, read in readers.items():
            try:
                found[column] = read(row[column])
            except ValueError as error:
                raise DatasetError(f"{place}: column {column!r}: {error}") from None
        return found


def private_tests(text: str) -> list[Test]:
    """The tests in a value of `private_test_cases`: JSON, or JSON as a pickled string, compressed, in base64.

    Raises:
        ValueError: it is neither; a pickle with anything but a string is refused, never run.
    """
    try:
        value = parse(text)
    except ValueError:
        value = parse(decode(text))
    return listed_tests(value)


def _public_tests(text: str) -> list[Test]:
    return listed_tests(parse(text))
