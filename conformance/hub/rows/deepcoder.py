"""Files of `agentica-org/DeepCoder-Preview-Dataset` in small."""

from __future__ import annotations

import json
from collections.abc import Sequence

from conformance.hub.rows.programs import Program, program
from conformance.hub.rows.writing import Feature, Row, card, dataset_info, parquet, shards, strings, table

_SOLUTIONS: Feature = {"name": "solutions", "list": "string"}
FEATURES: dict[str, list[Feature]] = {
    "codeforces": strings("problem", "tests"),
    "lcbv5": [
        *strings("problem", "starter_code", "tests"),
        {"name": "metadata", "struct": strings("func_name")},
    ],
    "primeintellect": [*strings("problem"), _SOLUTIONS, *strings("tests")],
    "taco": [*strings("problem", "tests"), _SOLUTIONS],
}
_SPLITS = {
    "codeforces": {"test": (5, 1)},
    "lcbv5": {"train": (24, 11), "test": (10, 8)},
    "primeintellect": {"train": (13, 5)},
    "taco": {"train": (9, 4)},
}
"""Config to split to numbers of rows and of files."""
_TEXT = """\
# Problems for reinforcement learning on code

Small programming problems with tests, made for testing clients of the Hub. The tests of each config have a form of
their own.
"""


def stages() -> dict[str, dict[str, bytes]]:
    files: dict[str, bytes] = {}
    infos = []
    for config, splits in _SPLITS.items():
        tables, size = {}, 0
        for split, (count, parts) in splits.items():
            rows = [_row(config, number + (100 if split == "test" else 0)) for number in range(count)]
            made = {
                path: table(part, FEATURES[config]) for path, part in shards(f"{config}/{split}", rows, parts).items()
            }
            written = {path: parquet(part) for path, part in made.items()}
            tables[split] = list(made.values())
            size += sum(map(len, written.values()))
            files |= written
        infos.append({"config_name": config, **dataset_info(FEATURES[config], tables, size)})
    front = {
        "dataset_info": infos,
        "configs": [
            {
                "config_name": config,
                "data_files": [{"split": split, "path": f"{config}/{split}-*"} for split in splits],
            }
            for config, splits in _SPLITS.items()
        ],
        "license": "mit",
        "language": ["en"],
        "tags": ["code"],
        "size_categories": ["n<1K"],
    }
    return {
        "1-data": {**files, "README.md": card(front, _TEXT)},
        "2-described": {"README.md": card(front, f"{_TEXT}\nNo two rows have the same tests.\n")},
    }


def _row(config: str, number: int) -> Row:
    task = program(number)
    tests = task.tests(2 + number % 2, seed=number)
    pairs = [test.stdin for test in tests]
    if config == "primeintellect":
        found = [{"type": "stdin_stdout", "input": sent, "output": printed} for sent, printed in pairs]
        return {"problem": task.statement, "solutions": _solutions(task), "tests": json.dumps(found)}
    if config == "taco":
        form: dict[str, object] = {
            "inputs": [sent for sent, _ in pairs],
            "outputs": [printed for _, printed in pairs],
        }
        if number % 2:
            form = {
                "inputs": [list(test.arguments) for test in tests],
                "outputs": [[test.result] for test in tests],
                "fn_name": task.function,
            }
        return {"problem": task.statement, "tests": json.dumps(form), "solutions": _solutions(task)}
    is_functional = config == "lcbv5" and number % 2 == 1
    shown = [test.functional if is_functional else test.stdin for test in tests]
    kind = "functional" if is_functional else "stdin"
    listed = json.dumps([{"input": sent, "output": back, "testtype": kind} for sent, back in shown])
    if config == "codeforces":
        return {"problem": task.statement, "tests": listed}
    return {
        "problem": task.statement,
        "starter_code": task.starter if is_functional else "",
        "tests": listed,
        "metadata": {"func_name": task.function if is_functional else None},
    }


def _solutions(task: Program) -> Sequence[str]:
    return [task.solution, f"# {task.title}\n{task.solution}"]
