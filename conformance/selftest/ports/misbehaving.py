"""A shim that does as it is told: the first argument says how it starts and ends, the operation how it answers.

Starts: `ok`, `noise` (a line before the hello), `crash`, `hang`, `half-welcome` (then it ends), `crash-once FILE` (only
while FILE is missing), `newer-protocol`, `wrong-answer`, `crash-at-bye`, `stay-at-bye` (it heeds neither bye, nor the
end of its input, nor signals). `in-turn FILE OPERATION…` answers the first call as if the first operation had been
asked for, the second call, even of another process, the second; FILE keeps count.

The operations are the functions below that take a call, with hyphens in their names. `echo` gives its arguments back.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

LONG = 60
"""Seconds that something takes which is not waited for."""

MEGABYTE = 1_000_000


def say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def result(call: dict[str, Any], value: object) -> dict[str, Any]:
    return {"type": "result", "id": call["id"], "value": value}


def start(how: str, *words: str) -> None:
    once = how == "crash-once" and not pathlib.Path(words[0]).exists()
    if how == "crash" or once:
        if once:
            pathlib.Path(words[0]).touch()
        print("no licence found", file=sys.stderr, flush=True)
        sys.exit(7)
    if how == "hang":
        time.sleep(LONG)
    if how == "noise":
        print("Compiling 12 files", flush=True)


def hello(how: str, message: dict[str, Any]) -> None:
    if how == "half-welcome":
        os.write(1, b'{"type": "wel')
        os._exit(0)
    if how == "wrong-answer":
        say(result(message, None))
        return
    operations = ["hf_hub_download", "dataset_info"]
    port = {"name": "misbehaving", "version": "1", "language": "python", "operations": operations}
    say({"type": "welcome", "id": message["id"], "protocol": 9 if how == "newer-protocol" else 1, "port": port})


def turn(file: str, *operations: str) -> str:
    count = pathlib.Path(file)
    with count.open("a") as opened:
        opened.write(".")
    return operations[count.stat().st_size - 1]


def bye(how: str) -> None:
    if how == "crash-at-bye":
        os._exit(9)
    if how == "stay-at-bye":
        _ignore_signals()
        time.sleep(LONG)


# Right answers.


def echo(call: dict[str, Any]) -> None:
    say(result(call, call["arguments"]))


def pid(call: dict[str, Any]) -> None:
    say(result(call, os.getpid()))


def environment(call: dict[str, Any]) -> None:
    say(result(call, os.environ.get(call["arguments"]["name"])))


# Ends of the process.


def crash(call: dict[str, Any]) -> None:
    print("out of luck", file=sys.stderr, flush=True)
    sys.exit(3)


def kill(call: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def half_line(call: dict[str, Any]) -> None:
    os.write(1, b'{"type": "res')
    os._exit(0)


def answer_and_crash(call: dict[str, Any]) -> None:
    echo(call)
    os._exit(3)


def close_stdout(call: dict[str, Any]) -> None:
    os.close(1)
    time.sleep(LONG)


# No answer.


def hang(call: dict[str, Any]) -> None:
    time.sleep(LONG)


def ignore_signals(call: dict[str, Any]) -> None:
    _ignore_signals()
    time.sleep(LONG)


def half_line_and_hang(call: dict[str, Any]) -> None:
    os.write(1, b'{"type": "res')
    time.sleep(LONG)


def late(call: dict[str, Any]) -> None:
    time.sleep(call["arguments"]["seconds"])
    echo(call)


def read_no_more(call: dict[str, Any]) -> None:
    echo(call)
    time.sleep(LONG)


# Other answers than asked for.


def rubbish(call: dict[str, Any]) -> None:
    say({"type": "result", "value": "to whom?"})


def unknown_kind(call: dict[str, Any]) -> None:
    say({"type": "error", "id": call["id"], "kind": "bad_luck", "native": "Luck", "message": ""})


def wrong_id(call: dict[str, Any]) -> None:
    say({**result(call, None), "id": call["id"] + 100})


def twice(call: dict[str, Any]) -> None:
    echo(call)
    echo(call)


def for_ever(call: dict[str, Any]) -> None:
    earlier = json.dumps({**result(call, None), "id": call["id"] - 1}).encode() + b"\n"
    while True:
        _write(1, earlier * 1000)


def huge_answer(call: dict[str, Any]) -> None:
    say(result(call, "x" * 17 * MEGABYTE))


# What does not belong on standard output, and what may be on standard error.


def noise(call: dict[str, Any]) -> None:
    os.write(1, b"[info] asking the Hub\n\xff\xfe\n")
    echo(call)


def no_text(call: dict[str, Any]) -> None:
    os.write(1, b'{"type": "result", "id": 2, "value": "\xff"}\n')
    echo(call)


def much_noise(call: dict[str, Any]) -> None:
    for _ in range(10_000):
        _write(1, b"n" * 9_999 + b"\n")
    echo(call)


def noise_without_end(call: dict[str, Any]) -> None:
    while True:
        _write(1, b"n" * MEGABYTE)


def stderr(call: dict[str, Any]) -> None:
    print("a warning", file=sys.stderr, flush=True)
    echo(call)


def much_stderr(call: dict[str, Any]) -> None:
    for _ in range(100):
        _write(2, b"e" * MEGABYTE)
    echo(call)


# Children and memory.


def leave_a_child(call: dict[str, Any]) -> None:
    say(result(call, _sleeper()))


def leave_a_child_and_crash(call: dict[str, Any]) -> None:
    _sleeper()
    os._exit(3)


def leave_a_child_of_its_own_session(call: dict[str, Any]) -> None:
    say(result(call, _sleeper(start_new_session=True)))


def leave_a_child_of_its_own_session_and_crash(call: dict[str, Any]) -> None:
    _sleeper(start_new_session=True)
    os._exit(3)


def eat(call: dict[str, Any]) -> None:
    eaten = b"x" * 200 * MEGABYTE
    time.sleep(LONG)
    say(result(call, len(eaten)))


def _sleeper(*, start_new_session: bool = False) -> int:
    """A child that holds this process's standard output and error open."""
    program = [sys.executable, "-I", "-S", "-c", f"import time; time.sleep({LONG})"]
    return subprocess.Popen(program, start_new_session=start_new_session).pid


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def main(how: str, *words: str) -> None:
    start(how, *words)
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "hello":
            hello(how, message)
        elif message["type"] == "call":
            operation = turn(*words) if how == "in-turn" else message["operation"]
            globals()[operation.replace("-", "_")](message)
        else:
            break
    bye(how)


if __name__ == "__main__":
    main(*sys.argv[1:])
