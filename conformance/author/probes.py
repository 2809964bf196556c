"""Probes of a shim: each asks for something that every right shim does, whatever the library behind it can do.

A probe returns `wrong` for what the shim can correct, and `library` for what may be the library's own behaviour.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from conformance.author.bench import BUILT_IN, Bench, LibraryErred, NotTried, claimed
from conformance.author.session import Wrong
from conformance.catalogue.operations import SAMPLES, unknown
from conformance.protocol.messages import Answer, Error, Result, Unimplemented, Unsupported
from conformance.traffic.identity import TOKENS

State: TypeAlias = Literal["ok", "wrong", "library", "not tried"]

UNKNOWN: Final = "no_such_operation"
_LONG: Final = 1 << 20
_PATIENCE: Final = 2
_GSM8K: Final = {"repo_id": "openai/gsm8k", "repo_type": "dataset"}
_README: Final = {**_GSM8K, "filename": "README.md"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a probe. `write` is what to write instead; `reproduce` are lines for a shell."""

    probe: str
    state: State
    text: str
    sent: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    write: str = ""
    reproduce: tuple[str, ...] = ()


Probe: TypeAlias = Callable[[Bench], str]
_PROBES: Final[dict[str, Probe]] = {}


def probe(run: Probe) -> Probe:
    """Make a function a probe. It returns what is worth saying of a right shim, and raises what is wrong."""
    _PROBES[run.__name__.replace("_", "-")] = run
    return run


def names() -> list[str]:
    return list(_PROBES)


def run(bench: Bench) -> Iterator[Finding]:
    """Run all probes, in order; the others are not tried if the shim does not start."""
    for name, function in _PROBES.items():
        if bench.port is None and name != "starts":
            yield Finding(name, "not tried", "the shim did not start")
            continue
        if bench.session.unanswered >= _PATIENCE:
            yield Finding(name, "not tried", f"{_PATIENCE} messages were not answered")
            continue
        bench.session.begin()
        try:
            yield Finding(name, "ok", function(bench))
        except (NotTried, LibraryErred) as error:
            yield _finding(name, "not tried" if isinstance(error, NotTried) else "library", bench, error)
        except Wrong as error:
            yield _finding(name, "wrong", bench, error)


def _finding(name: str, state: State, bench: Bench, error: Exception) -> Finding:
    session = bench.session
    return Finding(
        name,
        state,
        str(error),
        sent=tuple(session.sent),
        came=tuple(session.came),
        write=error.write if isinstance(error, (Wrong, LibraryErred)) else "",
        reproduce=tuple(session.to_reproduce(bench.places())) if session.sent else (),
    )


@probe
def starts(bench: Bench) -> str:
    """The program starts and answers the hello with a valid welcome."""
    port = bench.session.start()
    strange = unknown(port.operations)
    if strange:
        raise Wrong(
            f"the welcome offers {', '.join(strange)}, which the protocol does not know",
            f"name operations as huggingface_hub does; known are {', '.join(SAMPLES)}",
        )
    bench.port = port
    described = bench.session.operations
    if set(port.operations) != set(described):
        differ = ", ".join(sorted(set(port.operations) ^ set(described)))
        raise Wrong(
            f"the operations of the welcome and of port.toml differ: {differ}",
            "name the same operations in both",
        )
    return f"{port.name} {port.version} ({port.language}), {_counted(len(port.operations), 'operation')}"


@probe
def unknown_operation(bench: Bench) -> str:
    """An unknown operation is answered with unimplemented."""
    answer = bench.session.ask(UNKNOWN, {}, bench.context())
    if not isinstance(answer, Unimplemented):
        raise Wrong(
            f'an operation that the shim cannot know was answered with "{answer.type}"',
            f'{{"type": "unimplemented", "id": {answer.id}, "reason": "the shim does not know {UNKNOWN}"}}',
        )
    bench.answers = True
    return "unimplemented"


@probe
def unknown_argument(bench: Bench) -> str:
    """An argument that the library's function lacks is answered with unsupported: neither dropped nor an error."""
    operation = bench.offered(*SAMPLES)
    sample = SAMPLES[operation]
    context = bench.context(sample.recording)
    answer = bench.session.ask(operation, {**sample.given(context.cache_dir), "no_such_argument": 1}, context)
    if not isinstance(answer, Unsupported):
        dropped = "; the argument was dropped, and so would be one that a check is about" * isinstance(answer, Result)
        raise Wrong(
            f'{operation} with an argument that no library has was answered with "{answer.type}"{dropped}',
            "compare the names of the arguments with those that the library's function takes; for any other: "
            f'{{"type": "unsupported", "id": {answer.id}, "reason": "{operation} has no parameter no_such_argument"}}',
        )
    return "unsupported"


@probe
def error(bench: Bench) -> str:
    """What the library raises comes back as an error, with a kind of the closed list."""
    operation = bench.offered("hf_hub_download", "dataset_info", "repo_info", "list_repo_tree", "list_repo_files")
    missing = {"filename": "no-such-file"} if operation == "hf_hub_download" else {"repo_id": "conformance/missing"}
    answer = bench.answer(operation, {**SAMPLES[operation].arguments, **missing}, bench.context())
    wanted = "entry_not_found" if "filename" in missing else "repository_not_found"
    model = (
        f'{{"type": "error", "id": {answer.id}, "kind": "{wanted}", "native": "<the library\'s name for it>", '
        '"message": "<its text>", "status": 404}'
    )
    if isinstance(answer, Result):
        raise LibraryErred(
            f"{operation} of something that is missing was answered with a result",
            f"if the library raises or returns an error here: {model}",
        )
    if not isinstance(answer, Error):
        raise Wrong(
            f'{operation} of something that is missing was answered with "{answer.type}"',
            f"{model}, for an error that the library raises or returns",
        )
    if not answer.native:
        raise Wrong(
            f"kind is {answer.kind!r} and native is '': a caller cannot distinguish this error from others",
            f"{model}; map each of the library's errors to the kind that means the same",
        )
    if answer.kind == "other":
        raise LibraryErred(
            f"kind is 'other' and native is {answer.native!r}: a caller cannot distinguish this error from others",
            f"if a caller can find what is missing, from a type, a field or a status: {model}; map each of "
            "the library's errors to the kind that means the same",
        )
    return answer.kind if answer.kind == wanted else f"{answer.kind}; the protocol calls this {wanted}"


@probe
def path(bench: Bench) -> str:
    """A downloaded file comes back as an absolute path that exists, whatever the file's name."""
    operation = bench.offered("hf_hub_download")
    for hub, repo_id, name in (
        ("gsm8k", "openai/gsm8k", "README.md"),
        ("contract", "conformance/awkward-names", "é.txt"),
    ):
        arguments = {"repo_id": repo_id, "repo_type": "dataset", "filename": name}
        value = bench.value(operation, arguments, bench.context(hub))
        if not Path(value["path"]).exists():
            raise LibraryErred(
                f"value.path is {value['path']!r}, which does not exist",
                f'if this is not what the library returned: "value": {{"path": "/the/cache/…/{name}"}}',
            )
    return "absolute, and the files are there"


@probe
def values(bench: Bench) -> str:
    """Each operation that is offered gives a value of its shape, with null for what the library does not know."""
    assert bench.port is not None
    notes = []
    cache = bench.context().cache_dir  # one for all: some operations look at what others have left there
    for operation, sample in SAMPLES.items():
        bench.session.begin()
        context = replace(bench.context(sample.recording, sample.token), cache_dir=cache)
        if operation in bench.port.operations:
            try:
                bench.value(operation, sample.given(context.cache_dir), context)
            except LibraryErred as erred:
                notes.append(str(erred))
            except NotTried as declined:
                raise claimed(operation, f"unsupported: {declined}") from None
        elif _is_there(bench.session.ask(operation, sample.given(context.cache_dir), context)):
            notes.append(f"{operation} works too: name it in the welcome and in port.toml")
    checked = _counted(len(bench.port.operations), "operation")
    return "\n".join([f"{checked} tried", *notes])


@probe
def contexts(bench: Bench) -> str:
    """Nothing of one call's context reaches the next: not its endpoint, its token or its cache."""
    operation = bench.offered(*(name for name in SAMPLES if SAMPLES[name].recording == "gsm8k"))
    sample = SAMPLES[operation]
    first, second = bench.context("gsm8k", TOKENS["reader"]), bench.context("gsm8k-2")
    one, other = bench.hub("gsm8k"), bench.hub("gsm8k-2")
    earlier = len(one.wire)
    bench.value(operation, sample.given(first.cache_dir), first)
    asked = list(one.wire)[earlier:]
    if not asked:
        raise NotTried(f"{operation} asks the Hub nothing")
    if not any(entry.request.token == first.token for entry in asked):
        raise LibraryErred(
            "the token of the context was sent with no request",
            "if the shim does not do it yet: give the library context.token for this call, in any way in which a "
            "caller can give one, and no token where it is null. Some libraries send a token only to hosts that they "
            f"know: {BUILT_IN}",
        )
    value = bench.value(operation, sample.given(second.cache_dir), second)
    if len(one.wire) > earlier + len(asked):
        raise Wrong(
            f"the second call asked the first call's endpoint: {list(one.wire)[-1]}",
            "set the library's endpoint again for every call",
        )
    if operation == "hf_hub_download":
        _require_below(value["path"], str(second.cache_dir))
    if not len(other.wire):
        raise LibraryErred(
            "the second call, with another endpoint and another cache, sent no request",
            "keep no value from call to call, and give the library the endpoint and the cache folder of each; if the "
            "library itself remembers answers, a client object or a process for each call keeps calls apart",
        )
    carried = [str(entry) for entry in other.wire if "authorization" in entry.request.headers]
    if carried:
        raise Wrong(f"the second call has no token, and sent one: {carried[0]}", "take the token away where it is null")
    return f"two calls of {operation} with nothing in common"


def _require_below(path: str, cache_dir: str) -> None:
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(cache_dir)):
        raise Wrong(
            f"the file of the second call lies at {path}, which is not below its cache folder",
            "give the library context.cache_dir as its cache folder (what HF_HUB_CACHE names) for this call",
        )


@probe
def default_cache(bench: Bench) -> str:
    """With `cache_dir` null, files go where the library keeps them, below `HOME`, `XDG_*` or `TMPDIR`.

    What a call leaves elsewhere meets the next run, which then sends no request.
    """
    operation = bench.offered("hf_hub_download", "snapshot_download")
    context = replace(bench.context(), cache_dir=None)
    value = bench.value(operation, SAMPLES[operation].arguments, context)
    if not Path(os.path.realpath(value["path"])).is_relative_to(os.path.realpath(bench.home)):
        raise Wrong(
            f"with cache_dir null, {operation} left {value['path']}, which is not below HOME, XDG_* or TMPDIR",
            "where the library's own default lies elsewhere, as in its package, give it a folder below HOME instead: "
            "what is left elsewhere changes the next run",
        )
    return "below the home that the suite gives to the shim"


@probe
def long_line(bench: Bench) -> str:
    """A message of a megabyte is read like any other."""
    answer: Answer = bench.session.ask(UNKNOWN, {"text": "x" * _LONG}, bench.context())
    if not isinstance(answer, Unimplemented):
        raise Wrong(f'it was answered with "{answer.type}"', "as for any operation that the shim does not know")
    return f"a message of {len(bench.session.sent[-1]) >> 20} MiB was read"


@probe
def standard_output(bench: Bench) -> str:
    """From the welcome on, standard output holds answers and nothing else; standard error is free."""
    session = bench.session
    session.collect()
    if session.noise:
        shown = "\n".join(session.noise[:3])
        session.sent, session.came = [], []  # it may have come with any of the messages
        raise Wrong(
            f"{_counted(len(session.noise), 'line')} on standard output that are not answers:\n{shown}",
            "send logs, warnings and progress bars to standard error",
        )
    lines = len(session.errors.splitlines())
    return "answers only" + (f"; {_counted(lines, 'line')} on standard error, which is allowed" if lines else "")


@probe
def ending(bench: Bench) -> str:
    """The shim ends after a bye, and when its standard input is closed."""
    if not bench.session.ends_after_bye():
        raise Wrong(f"it still runs {bench.session.deadline:g} s after a bye", "end the loop at a message of type bye")
    bench.session.begin()
    if not bench.session.ends_with_its_input():
        raise Wrong(
            f"it still runs {bench.session.deadline:g} s after its standard input was closed",
            "end at the end of standard input: no more questions come",
        )
    return "after a bye, and when standard input is closed"


def _is_there(answer: Answer) -> bool:
    """Whether the library ran the operation: it gave a value, or reported the Hub's answer."""
    return isinstance(answer, Result) or (isinstance(answer, Error) and answer.status is not None)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
