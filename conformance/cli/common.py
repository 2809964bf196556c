"""What the commands share: how an error reaches the person."""

from __future__ import annotations

import click

HARNESS_ERROR = 2
"""The exit code of usage and harness errors, as click's own usage errors have it."""


class Refusal(click.ClickException):
    """An error shown as one line on stderr, with exit code 2."""

    exit_code = HARNESS_ERROR
