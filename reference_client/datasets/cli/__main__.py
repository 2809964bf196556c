"""The command's first moments, in which Ctrl-C has nothing to tidy up yet."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""As a shell reports a process that SIGINT ended."""


def main() -> int:
    """`main.main` for this process's own arguments; its exit code."""
    try:
        from reference_client.datasets.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
