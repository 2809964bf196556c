"""`hub-conformance explain`: what a check demands, where that comes from, and how libraries come to fail it."""

from __future__ import annotations

import shlex
import textwrap

import click

from conformance.author import one_check
from conformance.catalogue.asked import roles_of
from conformance.catalogue.check import Check
from conformance.catalogue.codes import Code, all_codes
from conformance.mutants import all_mutants
from conformance.roles import ROLES


@click.command()
@click.argument("name", metavar="CHECK|CODE")
def explain(name: str) -> None:
    """Say what CHECK demands, where that comes from, and the usual causes of failing it.

    Given the CODE of a finding, such as wrong-blob-name, say what it means and where it occurs.
    """
    code = all_codes().get(name)
    click.echo(explained(one_check.named(name)) if code is None else explained_code(code))


def explained_code(code: Code) -> str:
    """What a finding's code means, as text."""
    places = f"It occurs in {', '.join(code.areas)}." if code.areas else "Any check may end with it."
    meanings = [_wrapped("* ", message) for message in code.messages] or ["  (said by the check itself)"]
    where = [f"  hub-conformance list checks {area}" for area in code.areas[:3]]
    return "\n\n".join([code.name, "\n".join(meanings), "\n".join([f"  {places}", *where])])


def explained(check: Check) -> str:
    """Everything there is to know of a check, as text."""
    facts = {
        "level": f"{check.level}: {_LEVELS[check.level]}",
        "operation": " or ".join(check.operations),
        "also calls": ", ".join(check.needs),
        "roles": "; ".join(ROLES[name].what for name in roles_of(check)),
        "source": check.source,
        "served from": f"cassettes/{check.cassette}{', over TLS' if check.secure else ''}",
        "function": check.function,
    }
    parts = [
        check.id,
        textwrap.indent(check.requirement, "  "),
        "\n".join(_wrapped(f"{name:<12}", text) for name, text in facts.items() if text),
    ]
    causes = [_wrapped("* ", _as_clause(all_mutants()[name].defect)) for name in check.mutants]
    parts.append("A library fails it when it\n" + "\n".join(causes))
    quoted = shlex.quote(check.id)
    parts.append(
        "By hand:\n"
        f"  hub-conformance run --port PORT {quoted}    # this check alone, with all evidence\n"
        f"  hub-conformance serve {quoted}              # its Hub, for a debugger\n"
        f"  hub-conformance emit {quoted}               # its messages, for a shim"
    )
    return "\n\n".join(parts)


_LEVELS = {
    "MUST": "a library that fails it is wrong",
    "SHOULD": "good practice; a library may have a reason not to",
    "MAY": "a nicety",
}


def _as_clause(sentences: str) -> str:
    """A defect, `Takes any note for the right one.`, as the rest of a sentence."""
    return sentences[0].lower() + sentences[1:]


def _wrapped(first: str, text: str) -> str:
    """A text in lines of 100 characters, the first of them after `first` and the others below its end."""
    lines = textwrap.wrap(" ".join(text.split()), 100, initial_indent=f"  {first}", subsequent_indent="  " * 2)
    return "\n".join(lines)
