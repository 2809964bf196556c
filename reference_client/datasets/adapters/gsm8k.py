"""`openai/gsm8k`: word problems with worked answers. https://huggingface.co/datasets/openai/gsm8k"""

from __future__ import annotations

from typing import ClassVar

from reference_client.datasets.adapters.adapter import Adapter, Splits
from reference_client.datasets.columns import Columns, Row
from reference_client.datasets.errors import DatasetError


class Gsm8k(Adapter):
    """Rows with `question`, `answer` and `final_answer`; in `socratic` a question precedes each step."""

    REPO = "openai/gsm8k"
    SPLITS: ClassVar[Splits] = {
        config: {split: [f"{config}/{split}-*.parquet"] for split in ("train", "test")}
        for config in ("main", "socratic")
    }
    COLUMNS: ClassVar[Columns] = {"question": "string", "answer": "string"}

    def _converted(self, row: Row, place: str) -> Row:
        row = super()._converted(row, place)
        try:
            return {**row, "final_answer": final_answer(row["answer"])}
        except ValueError as error:
            raise DatasetError(f"{place}: column 'answer': {error}") from None


def final_answer(answer: str) -> str:
    """The number after the last `####` of an answer, without what readers of numbers stumble over: `,`, `$`, spaces.

    Raises:
        ValueError: nothing follows `####`, or it is missing. A problem without its answer is an error rather than
            None, for None would be compared with a model's answer and found wrong.
    """
    _, mark, text = answer.rpartition("####")
    number = "".join(text.replace(",", "").replace("$", "").split())
    if not mark or not number:
        raise ValueError(f"there should be a final answer after '####', and it ends with {answer[-40:]!r}.")
    return number
