"""The runnable test of a cause, in the language of the port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.plan import code_elixir, code_javascript, code_python, examples
from conformance.plan.analysis import Analysis, Cause
from conformance.plan.examples import Example


@dataclass(frozen=True, slots=True)
class Written:
    """A test: the example it is made of, its file, its code, and the command that runs it."""

    example: Example
    language: str
    file: str
    code: str
    command: str


@dataclass(frozen=True, slots=True)
class Support:
    """What the tests of a language need beside them."""

    language: str
    file: str
    code: str


_SUPPORT: Mapping[str, Support] = {
    one.LANGUAGE: Support(one.LANGUAGE, one.SUPPORT_FILE, one.SUPPORT)
    for one in (code_elixir, code_javascript, code_python)
}


def support(analysis: Analysis) -> Support | None:
    """The support for the port's language; None for a language without templates."""
    return _SUPPORT.get(analysis.inventory.language)


def for_causes(analysis: Analysis, causes: tuple[Cause, ...]) -> dict[str, Written]:
    """The tests of causes, by the reason of the cause; those that no single call shows have none."""
    found = {}
    for cause in causes:
        example = examples.for_cause(cause, analysis)
        written = _written(example, analysis) if example is not None else None
        if written is not None:
            found[cause.reason] = written
    return found


def _written(example: Example, analysis: Analysis) -> Written | None:
    language = analysis.inventory.language
    if language == "elixir":
        file, text = code_elixir.file_name(example), code_elixir.code(example)
        return Written(example, language, file, text, code_elixir.RUN.format(file=file))
    if language == "javascript":
        made = code_javascript.code(example)
        file = code_javascript.file_name(example)
        return Written(example, language, file, made, code_javascript.RUN.format(file=file)) if made else None
    function = code_python.chosen(analysis.inventory.of(example.operation)) if language == "python" else None
    if function is None:
        return None
    file = code_python.file_name(example)
    return Written(example, language, file, code_python.code(example, function), code_python.RUN.format(file=file))
