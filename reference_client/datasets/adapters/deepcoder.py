"""`agentica-org/DeepCoder-Preview-Dataset`: programming problems, with a form of tests for each config.

https://huggingface.co/datasets/agentica-org/DeepCoder-Preview-Dataset
"""

from __future__ import annotations

from typing import Any, ClassVar

from reference_client.datasets.adapters.adapter import Adapter, Splits
from reference_client.datasets.columns import Columns, Row
from reference_client.datasets.errors import DatasetError, shown
from reference_client.datasets.programs import Test, listed_tests, paired_tests, parse


class DeepCoder(Adapter):
    """Rows with `problem`, `tests`, `func_name` and what else their config has.

    `tests` is a list of objects with `input`, `output` and `testtype`, whatever form the file gives them.
    `func_name` is the function that they call; None where they are of a program.
    """

    REPO = "agentica-org/DeepCoder-Preview-Dataset"
    SPLITS: ClassVar[Splits] = {
        config: {split: [f"{config}/{split}-*.parquet"] for split in splits}
        for config, splits in (
            ("primeintellect", ["train"]),
            ("taco", ["train"]),
            ("lcbv5", ["train", "test"]),
            ("codeforces", ["test"]),
        )
    }
    COLUMNS: ClassVar[Columns] = {"problem": "string", "tests": "string"}

    def _converted(self, row: Row, place: str) -> Row:
        row = super()._converted(row, place)
        column = "tests"
        try:
            tests, name = _tests(parse(row["tests"]))
            column = "tests" if name else "metadata"
            return {**row, "tests": tests, "func_name": _text(name or _name(row.get("metadata")))}
        except ValueError as error:
            raise DatasetError(f"{place}: column {column!r}: {error}") from None


def _tests(value: Any) -> tuple[list[Test], Any]:
    """The tests, and the name of their function if the row has it beside them."""
    if isinstance(value, dict):
        return paired_tests(value), value.get("fn_name")
    tests = listed_tests(value)
    return tests, next((test["fn_name"] for test in value if test.get("fn_name")), None)


def _name(metadata: Any) -> Any:
    """The function's name in a problem's metadata, which may be an object or its JSON."""
    found = parse(metadata) if isinstance(metadata, str) and metadata.strip() else metadata
    return found.get("func_name") if isinstance(found, dict) else None


def _text(name: Any) -> str | None:
    if name is not None and not isinstance(name, str):
        raise ValueError(f"the name of a function should be a string, and is {shown(name)}.")
    return name
