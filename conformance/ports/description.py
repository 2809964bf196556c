"""What a port is and how it is started, read from its `port.toml`."""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from conformance.catalogue.operations import unknown
from conformance.ports import installation, npm
from conformance.ports.drivers import commandline, folders
from conformance.ports.drivers.commandline import CommandLine
from conformance.ports.errors import PortDescriptionError
from conformance.ports.table import Table
from conformance.protocol.messages import PortInfo

BUNDLED: Final = Path(__file__).with_name("bundled")
FILE_NAME: Final = "port.toml"
PYTHON_ADAPTER: Final = "conformance.ports.adapters.python:PythonAdapter"
"""Serves any library that has the functions of `huggingface_hub`."""

_MODULE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_CLASS: Final = re.compile(rf"{_MODULE.pattern}:[^\W\d]\w*")

ReadsEnvironment: TypeAlias = Literal["at-start", "at-call"]
Transfer: TypeAlias = Literal["http", "xet"]
CacheKind: TypeAlias = Literal["hub", "own", "none"]


@dataclass(frozen=True, slots=True)
class PortDescription:
    """A port.

    `folder` holds the port file; `{folder}` in the command is replaced by it. One of these is set: `python`, a module
    that runs in this process or in a child, driven by the class `adapter`; `command`, a program that speaks
    the protocol; `command_line`, a command-line client, which is started for each call. With `requires`, pip's
    requirements, a port has a separate environment, and runs in a child only; with `packages`, a
    `package.json`, a command finds npm's packages in one, by `NODE_PATH`. `environment` is set before the library
    starts. `reads_environment` is whether the library reads its environment once, at its start, or again at each
    call. `transfer` is whether large files come over HTTP or, by `hf_xet` in the port's own environment, from a Xet
    store. `cache` is where files are kept: in a cache of the official layout (hub), in one of the library's own layout
    (own), or only in folders that the caller names (none). `local_dir` is the folder of a download that names none, for
    a shim or a Python library without a cache; see `folders`.
    """

    name: str
    language: str
    folder: Path
    operations: tuple[str, ...]
    python: str | None = None
    adapter: str = PYTHON_ADAPTER
    requires: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_line: CommandLine | None = None
    packages: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    reads_environment: ReadsEnvironment = "at-start"
    transfer: Transfer = "http"
    cache: CacheKind = "hub"
    local_dir: str | None = None
    expectations: Path | None = None
    homepage: str = ""
    issues: str = ""

    def described(self, info: PortInfo) -> PortInfo:
        """The port's welcome, completed with the addresses from its file."""
        return replace(info, homepage=info.homepage or self.homepage, issues=info.issues or self.issues)

    @property
    def interpreter(self) -> Path:
        """The Python that runs a Python port."""
        if not self.requires:
            return Path(sys.executable)
        return installation.python(installation.place(self.name, self.requires))

    @property
    def spelling(self) -> str:
        """What the user writes for this port: the name of a bundled one, else the path of its folder."""
        return self.name if self.folder == BUNDLED.resolve() / self.name else str(self.folder)

    @property
    def is_installable(self) -> bool:
        """Whether the port has a separate environment."""
        return bool(self.requires or self.packages)

    def install(self, constraint: Path | None = None) -> bool:
        """Make the port's environment; whether it was made now. See `installation.install` and `npm.install`."""
        if self.packages is not None:
            return npm.install(self.name, self.packages)
        return installation.install(self.name, self.requires, constraint)

    @property
    def node_modules(self) -> Path | None:
        """The folder of npm's packages, if the port has any."""
        return npm.modules(npm.place(self.name, self.packages)) if self.packages is not None else None

    def missing(self) -> str | None:
        """Why the port cannot be started on this machine, or None."""
        not_installed = f"not installed: run hub-conformance ports --install {self.spelling}"
        if self.requires and not self.interpreter.is_file():
            return not_installed
        if self.command_line is not None:
            programs = self.command_line.needs if self.requires else (self.command_line.version[0],)
            lacking = [program for program in programs if shutil.which(program) is None]
            return f"the program {lacking[0]} is not installed" if lacking else None
        if self.requires:
            return None
        if self.python is not None:
            top = self.python.partition(".")[0]
            if importlib.util.find_spec(top) is None:
                return f"the Python module {top} is not installed"
            return None
        if shutil.which(self.command[0]) is None:
            return _not_there(self.command[0])
        return not_installed if self.node_modules is not None and not self.node_modules.is_dir() else None


def _not_there(program: str) -> str:
    """Why a program cannot be started, by its name or by its path."""
    if os.sep not in program:
        return f"the program {program} is not installed"
    if Path(program).is_file():
        return f"the program {program} is not executable; run chmod +x"
    return f"there is no program {program}; build it first"


def bundled() -> list[str]:
    """The names of the ports that come with the suite, sorted."""
    return sorted(file.parent.name for file in BUNDLED.glob(f"*/{FILE_NAME}"))


def find(name_or_path: str) -> PortDescription:
    """The description of a bundled port by name, or of any port by the path of its `port.toml` or its folder.

    Raises:
        PortDescriptionError: the port does not exist, or its file is invalid.
    """
    if name_or_path in bundled():
        return read(BUNDLED / name_or_path / FILE_NAME)
    path = Path(name_or_path)
    file = path / FILE_NAME if path.is_dir() else path
    if file.is_file():
        return read(file)
    near = difflib.get_close_matches(name_or_path, bundled(), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise PortDescriptionError(
        f"There is no port {name_or_path!r}.{hint} Bundled ports: {', '.join(bundled())}. "
        f"For a port of your own, give the path of its {FILE_NAME} or of the folder that holds it."
    )


def read(file: Path) -> PortDescription:
    """Read a port file.

    Raises:
        PortDescriptionError: it cannot be read, or a key is missing, unknown or of the wrong form.
    """
    # Imported here: a child in a separate environment needs this module, and has no tomli.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

    try:
        with file.open("rb") as opened:
            table = Table(tomllib.load(opened), file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PortDescriptionError(f"{file}: {error}") from None
    except RecursionError:
        raise PortDescriptionError(f"{file}: tables or lists are nested too deeply") from None
    folder = file.resolve().parent
    line = commandline.read(table.table("exec"), folder) if table.has("exec") else None
    start = table.table("start", default={} if line else None)
    python, command = start.text("python", default=""), start.texts("command", default=())
    if line and (python or command):
        raise table.wrong("exec", "goes with neither start.python nor start.command")
    if not line and bool(python) == bool(command):
        raise start.wrong("python", 'give either python = "module" or command = ["program", "argument"]')
    adapter, requires = start.text("adapter", default=PYTHON_ADAPTER), start.texts("requires", default=())
    if python and not _MODULE.fullmatch(python):
        raise start.wrong("python", 'write the name of a module, python = "package.module"')
    if not _CLASS.fullmatch(adapter):
        raise start.wrong("adapter", 'write adapter = "module:Class"')
    if command and (requires or adapter != PYTHON_ADAPTER):
        raise start.wrong("command", "goes with neither adapter nor requires, which are for Python modules")
    packages = start.text("packages", default="")
    if packages and not (command and (folder / packages).is_file()):
        raise start.wrong("packages", f"goes with a command, and names a package.json; there is no {folder / packages}")
    start.finish()
    reads = table.text("reads_environment", default="at-start")
    if reads not in get_args(ReadsEnvironment):
        raise table.wrong("reads_environment", f"write one of {', '.join(map(repr, get_args(ReadsEnvironment)))}")
    transfer = table.text("transfer", default="http")
    if transfer not in get_args(Transfer):
        raise table.wrong("transfer", f"write one of {', '.join(map(repr, get_args(Transfer)))}")
    if transfer == "xet" and not requires:
        raise table.wrong("transfer", "for Xet the port needs an environment with hf_xet: give start.requires")
    if line and table.has("local_dir"):
        raise table.wrong("local_dir", "for a command-line client, write it below [exec]")
    local_dir = folders.read(table)
    keeps_files_in_folders = local_dir is not None or (line is not None and line.local_dir is not None)
    cache = table.text("cache", default="none" if keeps_files_in_folders else "hub")
    if cache not in get_args(CacheKind):
        raise table.wrong("cache", f"write one of {', '.join(map(repr, get_args(CacheKind)))}")
    if keeps_files_in_folders and cache != "none":
        raise table.wrong("cache", 'a library that needs local_dir has no cache: write cache = "none"')
    expectations = table.text("expectations", default="")
    if expectations and not (folder / expectations).is_file():
        raise table.wrong("expectations", f"there is no file {folder / expectations}")
    operations = table.texts("operations")
    for name, near in unknown(operations).items():
        raise table.wrong("operations", f"{name!r} is not an operation{near}; see hub-conformance list operations")
    if line and set(operations) != set(line.operations):
        raise table.wrong("operations", f"[exec.operations] has {', '.join(line.operations)}: name the same")
    description = PortDescription(
        name=table.text("name"),
        language=table.text("language"),
        folder=folder,
        operations=operations,
        python=python or None,
        adapter=adapter,
        requires=requires,
        command=tuple(word.replace("{folder}", str(folder)) for word in command),
        command_line=line,
        packages=folder / packages if packages else None,
        environment=table.table("environment", default={}).variables(),
        reads_environment=reads,  # type: ignore[arg-type]
        transfer=transfer,  # type: ignore[arg-type]
        cache=cache,  # type: ignore[arg-type]
        local_dir=local_dir,
        expectations=folder / expectations if expectations else None,
        homepage=table.text("homepage", default=""),
        issues=table.text("issues", default=""),
    )
    table.finish()
    return description
