"""A conversation with a shim, message by message, with a record of both sides."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from conformance.ports import PortDescription
from conformance.ports.drivers import folders
from conformance.ports.drivers.conversation import Breach, Conversation, Ended, NoAnswer, Step
from conformance.ports.drivers.launch import Launch
from conformance.ports.drivers.process import KILLED, LineProcess
from conformance.protocol.messages import NEWEST_PROTOCOL, Answer, Context, PortInfo

T = TypeVar("T")

SERVED_BY = "download/git-file[gsm8k]"
"""A check whose Hub has the repository that the probes ask for."""

_LONGEST_SHOWN = 300
_LINES_SHOWN = 6
_FILLING = re.compile("x{1000,}")


class Wrong(Exception):
    """The shim is wrong. `write` has the right answer."""

    def __init__(self, text: str, write: str) -> None:
        super().__init__(text)
        self.write = write


class Silent(Wrong):
    """No answer came in time."""


class Session:
    """A shim and the conversation with it. A shim that has ended is started again for the next question.

    Args:
        deadline: seconds for an answer, besides the first.
        hello_deadline: seconds from the start to the first answer.
    """

    def __init__(self, description: PortDescription, *, deadline: float, hello_deadline: float) -> None:
        self.deadline = deadline
        self.sent: list[str] = []
        self.came: list[str] = []
        self.noise: list[str] = []
        self.errors = ""
        self.unanswered = 0
        self._hello_deadline = hello_deadline
        self._description = description
        self._launch = Launch(description)
        self.operations = description.operations
        self._process: LineProcess | None = None
        self._talk: Conversation | None = None
        self._hello = ""
        self._noise_before = self._errors_before = 0

    @property
    def home(self) -> Path:
        """The shim's `HOME`, where it starts, as in a run."""
        return self._launch.home

    def begin(self) -> None:
        """A new probe begins, with a separate record."""
        self.sent = [self._hello] if self._process else []
        self.came = []
        self.collect()
        self._noise_before, self._errors_before = len(self.noise), len(self.errors)

    def start(self) -> PortInfo:
        """Start a fresh process and say hello. Raises `Wrong`."""
        self.stop()
        command = self._launch.command()
        self.sent, self.came = [], []
        try:
            self._process = LineProcess(command, self._launch.environment({}), self.home)
        except OSError as error:
            raise Wrong(
                f"{command[0]} cannot be started: {error.strerror}",
                "in port.toml, start.command is the program and its arguments, a string each; {folder} is the folder "
                "of port.toml; a script needs its interpreter as the first string",
            ) from error
        self._talk = Conversation(self._process, sent=self._note_sent, came=self._note_came)
        welcome = self._step("hello", lambda talk: talk.hello(self._hello_deadline), self._hello_deadline)
        self._hello = self.sent[0]
        self.errors += self._process.take_output()[0]  # noise before the welcome does no harm
        return welcome.port

    def ask(self, operation: str, arguments: Mapping[str, Any], context: Context) -> Answer:
        """Call an operation. Raises `Wrong` unless an answer comes that follows the protocol."""
        if self._process is None:
            self.start()
        given = folders.with_folder(self._description.local_dir, operation, arguments, context)
        return self._step(operation, lambda talk: talk.call(operation, given, context, self.deadline), self.deadline)

    def ends_after_bye(self) -> bool:
        """Say bye; whether the shim ends, though its standard input is still open."""
        if self._process is None:
            self.start()
        assert self._process is not None
        assert self._talk is not None
        self._talk.bye()
        try:
            return self._process.receive(self.deadline) is None
        except TimeoutError:
            return False
        finally:
            self.stop(grace=0.5)

    def ends_with_its_input(self) -> bool:
        """Close standard input; whether the shim ends."""
        self.start()
        return self.stop(grace=self.deadline) != KILLED

    def stop(self, *, grace: float = 1.0) -> str:
        """End the process, if one is running, and return how it ended."""
        if self._process is None:
            return "was not running"
        ending = self._process.end(grace=grace)
        self.collect()
        self._process = self._talk = None
        return ending

    def collect(self) -> None:
        """Take in what the shim has written besides its answers."""
        if self._process is not None:
            errors, noise = self._process.take_output()
            self.errors += errors
            self.noise += noise

    def close(self) -> None:
        self.stop()
        self._launch.close()

    def to_reproduce(self, places: Mapping[str, str]) -> list[str]:
        """Lines for a shell that send the same messages.

        Args:
            places: URLs and folders of this run, to their replacement in the shell.
        """
        words = [_FILLING.sub(_in_shell, shlex.quote(line)) for line in self.sent]
        needs_hub = False
        for place, variable in places.items():
            needs_hub = needs_hub or (place.startswith("http") and any(place in word for word in words))
            words = [word.replace(place, f"'\"{variable}\"'") for word in words]
        variables = [f"{name}={value}" for name, value in self._description.environment.items()]
        if self._description.node_modules is not None:
            variables.append(f"NODE_PATH={self._description.node_modules}")
        command = shlex.join([*(["env", *variables] if variables else []), *self._launch.command()])
        first = [f"ENDPOINT=…  # as printed by: hub-conformance serve '{SERVED_BY}'"] if needs_hub else []
        return [*first, f"printf '%s\\n' {' '.join(words)} | {command}"]

    def _note_sent(self, message: dict[str, Any]) -> None:
        self.sent.append(json.dumps(message))

    def _note_came(self, message: dict[str, Any]) -> None:
        self.came.append(json.dumps(message, ensure_ascii=False))

    def _step(self, during: str, step: Callable[[Conversation], T], deadline: float) -> T:
        """Take a step of the conversation. Raises `Wrong` with what to write instead."""
        assert self._talk is not None
        try:
            return step(self._talk)
        except NoAnswer as error:
            self.unanswered += 1
            self.stop(grace=0)
            wrong = self._wrong(
                f"{error} within {deadline:g} s",
                "answer every hello and every call with one line of JSON, and flush standard output after it",
            )
            raise Silent(str(wrong), wrong.write) from None
        except Breach as error:
            self.stop(grace=0)
            raise self._wrong(str(error), self._advice(error.step, during)) from None
        except Ended:
            ending = self.stop()
            write = (
                "a program that answers, to begin with: " + self._model_welcome()
                if during == "hello"
                else "answer, then wait for the next line; what the library raises is an answer of type error"
            )
            raise self._wrong(f"the shim {ending} during {during}", write) from None

    def _advice(self, step: Step, during: str) -> str:
        """What to write instead."""
        if step == "message" and self.came and "type" not in json.loads(self.came[-1]):
            return "send what the library logs to standard error: a JSON object on standard output is an answer"
        if during == "hello" and step != "line":
            return self._model_welcome()
        advice = {
            "line": "send rows in pages of about a hundred, and only answers to standard output, each with a line feed",
            "value": _SHAPES.format(during),
            "id": "repeat the id of the message, and answer each message once",
            "hello": 'look at "type": only a hello gets a welcome',
        }
        return advice.get(step, _MODEL_ANSWERS)

    def _wrong(self, text: str, write: str) -> Wrong:
        """What is wrong, with the last that the shim wrote astray."""
        self.collect()
        noise, errors = self.noise[self._noise_before :], self.errors[self._errors_before :]
        said = [*noise, *errors.strip().splitlines()][-_LINES_SHOWN:]
        return Wrong("\n".join([f"{text}; it wrote:", *said]) if said else text, write)

    def _model_welcome(self) -> str:
        described = self._description
        port = {"name": described.name, "version": "1.0", "language": described.language}
        welcome = {"type": "welcome", "id": 1, "protocol": NEWEST_PROTOCOL}
        return json.dumps({**welcome, "port": {**port, "operations": list(described.operations)}})


_MODEL_ANSWERS = (
    '{"type": "result", "id": …, "value": …}, or {"type": "error", "id": …, "kind": "…", "native": "…", "message": "…"}'
)
_SHAPES = "the shape of {}, in conformance/protocol/README.md"


def shortened(line: str) -> str:
    """A message to be shown."""
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}… ({len(line)} characters)"


def _in_shell(filling: re.Match[str]) -> str:
    """A long run of the letter x, made by the shell."""
    return f"'\"$(head -c {len(filling[0])} /dev/zero | tr '\\0' x)\"'"
