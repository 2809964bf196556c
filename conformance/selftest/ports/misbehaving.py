"""A shim that does as it is told: the first argument says how it starts, the operation how it answers.

Starts: `ok`, `noise` (a line before the hello), `crash`, `hang`, `crash-once FILE` (only while FILE is
missing), `newer-protocol`, `wrong-answer`.

Operations: `echo` (the arguments), `pid`, `leave-a-child` (its pid; it sleeps), `environment` (one variable),
`crash`, `kill`, `hang`, `close-stdout`, `half-line`, `rubbish` (an answer without id), `unknown-kind`,
`wrong-id`, `twice`, `noise` (lines on standard output, one of them no UTF-8), `stderr`.
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


def say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def start(how: str, *files: str) -> None:
    once = how == "crash-once" and not pathlib.Path(files[0]).exists()
    if how == "crash" or once:
        if once:
            pathlib.Path(files[0]).touch()
        print("no licence found", file=sys.stderr, flush=True)
        sys.exit(7)
    if how == "hang":
        time.sleep(60)
    if how == "noise":
        print("Compiling 12 files", flush=True)


def welcome(how: str, id: int) -> dict[str, Any]:
    if how == "wrong-answer":
        return {"type": "result", "id": id, "value": None}
    port = {"name": "misbehaving", "version": "1", "language": "python", "operations": ["echo"]}
    return {"type": "welcome", "id": id, "protocol": 9 if how == "newer-protocol" else 1, "port": port}


def answer(call: dict[str, Any]) -> None:
    id, operation, arguments = call["id"], call["operation"], call["arguments"]
    result = {"type": "result", "id": id, "value": arguments}
    if operation == "pid":
        result["value"] = os.getpid()
    elif operation == "environment":
        result["value"] = os.environ.get(arguments["name"])
    elif operation == "leave-a-child":
        result["value"] = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid
    elif operation == "crash":
        print("out of luck", file=sys.stderr, flush=True)
        sys.exit(3)
    elif operation == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif operation == "hang":
        time.sleep(60)
    elif operation == "close-stdout":
        os.close(1)
        time.sleep(60)
    elif operation == "half-line":
        os.write(1, b'{"type": "res')
        os._exit(0)
    elif operation == "rubbish":
        del result["id"]
    elif operation == "unknown-kind":
        result = {"type": "error", "id": id, "kind": "bad_luck", "native": "Luck", "message": ""}
    elif operation == "wrong-id":
        result["id"] = id + 100
    elif operation == "twice":
        say(result)
    elif operation == "noise":
        os.write(1, b"[info] asking the Hub\n\xff\xfe\n")
    elif operation == "stderr":
        print("a warning", file=sys.stderr, flush=True)
    say(result)


def main(how: str, *files: str) -> None:
    start(how, *files)
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "hello":
            say(welcome(how, message["id"]))
        elif message["type"] == "call":
            answer(message)
        else:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
