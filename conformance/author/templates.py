"""Starting points for ports: the files of `templates/`, with a name put in."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance import __version__
from conformance.errors import ConformanceError

FOLDER: Final = Path(__file__).with_name("templates")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
_PLACES: Final = {
    "conformance.yml": ".github/workflows/conformance.yml",
    "expectations.yaml": "expectations.yaml",
    "README.md": "README.md",
}
"""The files of `templates/common`, and where they go."""


@dataclass(frozen=True, slots=True)
class Language:
    """What differs from language to language beside the files themselves.

    `others` are files besides shim, client and port file. `prepare` is a command that must have been run before the
    shim can start; `action` sets the language up in CI.
    """

    shim: str
    client: str
    others: tuple[str, ...] = ()
    prepare: str = ""
    action: str = ""
    ignored: str = ""


LANGUAGES: Final = {
    "python": Language("shim.py", "client.py", ignored="__pycache__/\n"),
    "node": Language(
        "shim.mjs", "client.mjs", action='actions/setup-node@v4\n        with:\n          node-version: "20"'
    ),
    "elixir": Language(
        "shim.exs",
        "client.exs",
        others=("json.exs",),
        action='erlef/setup-beam@v1\n        with:\n          otp-version: "26"\n          elixir-version: "1.16"',
    ),
    "go": Language(
        "main.go",
        "client.go",
        others=("go.mod",),
        prepare="go build -o shim .",
        action="actions/setup-go@v5\n        with:\n          go-version: stable\n          cache: false",
        ignored="/shim\n",
    ),
    "rust": Language(
        "src/main.rs",
        "src/client.rs",
        others=("src/json.rs", "Cargo.toml"),
        prepare="cargo build --release",
        ignored="/target/\n",
    ),
}


def write(language: str, name: str, target: Path) -> None:
    """Write a port in this language into a folder that does not exist yet.

    Raises:
        ConformanceError: the name is invalid, or `target` exists; nothing was written.
    """
    if not _NAME.fullmatch(name):
        raise ConformanceError(f"{name!r} is not a name for a port", "write small letters, digits, _ and -")
    if target.exists() or target.is_symlink():
        raise ConformanceError(f"{target} exists already", "nothing was written; give another folder with --to")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the rename is one step.
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for path, text in _files(language, name).items():
            file = making / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        making.chmod(0o755)
        os.rename(making, target)  # noqa: PTH104
    except OSError as error:
        raise ConformanceError(f"{target} cannot be written", str(error)) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _files(language: str, name: str) -> dict[str, str]:
    """The files of a port, by their paths in its folder."""
    about = LANGUAGES[language]
    setup = [f"      - uses: {about.action}"] if about.action else []
    setup += [f"      - run: {about.prepare}"] if about.prepare else []
    words = {
        "@NAME@": name,
        "@VERSION@": __version__,
        "@SHIM@": about.shim,
        "@CLIENT@": about.client,
        "@PREPARE@": f"{about.prepare}\n" if about.prepare else "",
        "@SETUP@\n": "".join(f"{step}\n" for step in setup),
    }
    # Listed, not searched for: an installer puts compiled files beside them.
    sources = {place: FOLDER / "common" / name for name, place in _PLACES.items()}
    sources |= {name: FOLDER / language / name for name in ("port.toml", about.shim, about.client, *about.others)}
    texts = {place: path.read_text("utf-8") for place, path in sorted(sources.items())}
    if about.ignored:
        texts[".gitignore"] = about.ignored
    return {place: _filled(text, words) for place, text in texts.items()}


def _filled(text: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return text
