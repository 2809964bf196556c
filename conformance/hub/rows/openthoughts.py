"""Files of the three `open-thoughts` datasets in small."""

from __future__ import annotations

from random import Random

from conformance.hub.repositories.word_problems import problems
from conformance.hub.rows.chats import conversations
from conformance.hub.rows.programs import program
from conformance.hub.rows.writing import Feature, Row, card, dataset_info, parquet, strings, table

AGENT_FEATURES: list[Feature] = [
    {"name": "conversations", "list": strings("content", "role")},
    *strings("agent", "model", "model_provider", "date", "task", "episode", "run_id", "trial_name"),
]
THOUGHTS_FEATURES: list[Feature] = [
    {"name": "difficulty", "dtype": "int64"},
    *strings("source", "domain"),
    {"name": "conversations", "list": strings("from", "value")},
]
THOUGHTS_SHARDS = 120
THOUGHTS_WRITTEN = (0, 1, 119)
"""The shards that hold rows here."""
TASKS = ("count-the-lines", "join-the-words", "sum-a-column")
_FRONT = {"license": "apache-2.0"}


def agent_stages() -> dict[str, dict[str, bytes]]:
    made = table(_agent_rows(), AGENT_FEATURES)
    file = parquet(made, rows_in_a_group=5)
    front = {
        **_FRONT,
        "dataset_info": dataset_info(AGENT_FEATURES, {"train": [made]}, len(file)),
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]}],
        "tags": ["code", "agents"],
    }
    text = "# Traces of an agent\n\nMade for testing clients of the Hub.\n"
    return {
        "1-data": {"data/train-00000-of-00001.parquet": file, "README.md": card(front, text)},
        "2-described": {"README.md": card(front, f"{text}\nA run may have several episodes, a row each.\n")},
    }


def thoughts_stages() -> dict[str, dict[str, bytes]]:
    tables = {number: table(_thoughts_rows(number), THOUGHTS_FEATURES) for number in THOUGHTS_WRITTEN}
    files = {shard(number): parquet(made) for number, made in tables.items()}
    front = {
        **_FRONT,
        "dataset_info": {
            "features": [dict(feature) for feature in THOUGHTS_FEATURES],
            # As large as the real one's: larger than 32 bits hold.
            "splits": [{"name": "train", "num_bytes": 59763369750, "num_examples": 1200000}],
            "download_size": 28188197544,
            "dataset_size": 59763369750,
        },
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]}],
        "task_categories": ["text-generation"],
        "tags": ["reasoning", "mathematics", "code", "science"],
    }
    text = (
        "# Thoughts in 120 files\n\nMade for testing clients of the Hub. Three files hold rows; the others are noise.\n"
    )
    return {"1-data": {**files, "README.md": card(front, text)}}


def tasks_stages() -> dict[str, dict[str, bytes]]:
    files: dict[str, bytes] = {}
    for number, name in enumerate(TASKS):
        for path, text in _task(number, name).items():
            files[f"{name}/{path}"] = text.encode()
    text = "# Tasks for an agent\n\nA folder a task; there is no table. Made for testing clients of the Hub.\n"
    changed = files["sum-a-column/instruction.md"] + b"Lines without a number count as nothing.\n"
    return {
        "1-tasks": {**files, "README.md": card(_FRONT, text)},
        "2-clearer": {"sum-a-column/instruction.md": changed},
    }


def shard(number: int) -> str:
    return f"data/train-{number:05d}-of-{THOUGHTS_SHARDS:05d}.parquet"


def _agent_rows() -> list[Row]:
    random = Random(50501)
    rows: list[Row] = []
    for number, messages in enumerate(conversations(12, seed=50502)):
        run = number // 3  # three episodes a run
        date = f"2025-11-{run + 2:02d}T{9 + number:02d}:{random.randrange(60):02d}:07.{random.randrange(10**6):06d}"
        rows.append(
            {
                "conversations": messages,
                "agent": "terminus-2",
                "model": "stand-in-model",
                "model_provider": "stand-in",
                "date": "" if number == 7 else date,
                "task": TASKS[run % len(TASKS)],
                "episode": f"episode-{number % 3}",
                "run_id": f"run-{run:04d}",
                "trial_name": f"{TASKS[run % len(TASKS)]}__{random.randrange(16**6):06x}",
            }
        )
    return rows


def _thoughts_rows(number: int) -> list[Row]:
    return [
        {
            "difficulty": (number + row) % 10 + 1,
            "source": ("stackexchange_codegolf", "ai2-adapt-dev/openmath-2-math", "organic-chemistry-questions")[
                row % 3
            ],
            "domain": ("code", "math", "science")[row % 3],
            "conversations": [
                {"from": "human", "value": problem.question},
                {"from": "gpt", "value": f"<think>\n{problem.socratic_answer}\n</think>\n\n{problem.result}"},
            ],
        }
        for row, problem in enumerate(problems(4, seed=60600 + number))
    ]


def _task(number: int, name: str) -> dict[str, str]:
    wanted = program(number)
    solved = number % 2 == 0
    return {
        "environment/Dockerfile": "FROM scratch\nCOPY . /task\nWORKDIR /task\n",
        "instruction.md": f"# {name}\n\n{wanted.statement} Write the result to `result.txt`.\n",
        "solution/solve.sh": f"#!/bin/sh\npython3 -c '{wanted.title}' > result.txt\n" if solved else "#!/bin/sh\n",
        "task.toml": f'version = "1.0"\n\n[metadata]\nname = "{name}"\n\n[agent]\ntimeout_sec = 60.0\n',
        "tests/test.sh": "#!/bin/sh\nexec python3 -m pytest tests/test_outputs.py\n",
        "tests/test_outputs.py": (
            f'from pathlib import Path\n\n\ndef test_{wanted.function.lower()}():\n    """The result is there."""\n'
            '    assert Path("result.txt").read_text().strip()\n'
        ),
    }
