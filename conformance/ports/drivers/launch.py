"""How a port's process is started: its command line, its environment and its home."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import conformance
from conformance.ports import environment
from conformance.ports.description import PortDescription
from conformance.ports.drivers.scratch import Scratch
from conformance.ports.environment import Changes


class Launch:
    """What a port is started with. Each has a separate folder, which `close` removes.

    Attributes:
        description: the port.
        home: the folder in the place of the user's `HF_HOME`, where the process starts, too.
    """

    def __init__(self, description: PortDescription) -> None:
        self.description = description
        self._folder = Scratch("hub-conformance-child-")
        self.home = Path(self._folder.name, "home")
        self.home.mkdir()

    def command(self) -> list[str]:
        """The command line that starts the port."""
        description = self.description
        if description.python is not None:
            return [
                str(description.interpreter),
                "-m",
                "conformance.ports.drivers.child_main",
                description.adapter,
                description.python,
                description.name,
            ]
        return list(description.command)

    def environment(self, changes: Changes) -> dict[str, str]:
        """The whole environment that the port starts with, given what a call changes in it."""
        return environment.with_changes(self.changes(changes))

    def changes(self, changes: Changes) -> dict[str, str | None]:
        """What sets the port's environment apart from this process's own, given what a call changes in it."""
        clean = environment.clean(self.home)
        return {**self._importable(), **clean, **self.description.environment, **changes}

    def close(self) -> None:
        """Remove the folder. May be called twice."""
        self._folder.cleanup()

    def _importable(self) -> Mapping[str, str]:
        """The variable by which the port finds its modules."""
        if self.description.command_line is not None:
            folders = [str(self.description.interpreter.parent)] if self.description.requires else []
            return {"PATH": os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])}
        if self.description.requires:
            return {"PYTHONPATH": str(self._suite_alone())}
        if self.description.node_modules is not None:
            return {"NODE_PATH": str(self.description.node_modules)}
        if self.description.python is not None:  # the child finds the modules that this process finds
            return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return {}

    def _suite_alone(self) -> Path:
        """A folder to import the suite from, without what is installed beside it."""
        folder = Path(self._folder.name, "suite")
        folder.mkdir(exist_ok=True)
        link = folder / conformance.__name__
        if not link.is_symlink():
            link.symlink_to(Path(conformance.__file__).resolve().parent, target_is_directory=True)
        return folder
