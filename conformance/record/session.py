"""Record by a recipe: walk its repositories, make the result stable, and put it in place when it is complete."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import conformance
from conformance.errors import ConformanceError
from conformance.record import complete, folder, journal, steady
from conformance.record.client import Client, Patience
from conformance.record.journal import Journal
from conformance.record.lint import lint
from conformance.record.person import WHOAMI, Person
from conformance.record.place import place_of, taken
from conformance.record.proxy import NoAnswer, RecordError, RecordingProxy
from conformance.record.recipe import Recipe
from conformance.record.said import is_sha
from conformance.record.stable import CONTENT_ORIGIN, stable
from conformance.record.survey import Survey
from conformance.record.thin import thinned
from conformance.record.upstream import elsewhere
from conformance.traffic.cassette import load, recover
from conformance.traffic.exchange import Exchange
from conformance.traffic.identity import STRANGER
from conformance.traffic.manifest import CassetteError
from conformance.traffic.missing import MISSING_REPOSITORY
from conformance.traffic.recording import COMMON, Provenance, RecordedRepository, Recording, Thinned
from conformance.traffic.route import Route, route_of
from conformance.traffic.scrub import names_of
from conformance.traffic.stored import head_of

REAL: Final = "https://huggingface.co"
Roles: TypeAlias = Callable[[Recording], Mapping[str, tuple[str, ...]]]
"""Finds the names of the roles that each repository of a recording offers, by its id."""
_TRIES: Final = 3
"""How often a repository is recorded that changes meanwhile."""
_MOST_FAULTS: Final = 10
"""Lines of an error; what one file lacks, each of thousands may lack."""


class Refused(ConformanceError):
    """What was recorded must not be written, or must not replace what is there."""


def record(
    recipe: Recipe,
    target: Path,
    environment: Mapping[str, str],
    *,
    patience: Patience | None = None,
    tell: Callable[[str], None] = lambda _: None,
    force: bool = False,
    roles: Roles = lambda _: {},
) -> Recording:
    """Record what a recipe wants into a folder. It is replaced only by a recording that is whole.

    Args:
        recipe: what to record, and from where.
        target: the folder.
        environment: where the callers' tokens are.
        tell: is given a word for the person on each step.
        force: replace a recording that holds more as well.
        roles: finds the roles that each repository offers, for the manifest; none unless given.

    Raises:
        RecordError: the upstream cannot be recorded. What was recorded so far is gone on from the next time.
        Refused: the result is not whole, or holds what must not be published, or less than what is there.
        PlaceError: another one records there, or the folder is not a recording.
    """
    tokens = tokens_of(recipe, environment)
    target = place_of(target)
    with taken(target):
        return _into_place(recipe, target, tokens, patience or Patience(), tell, force, roles)


def _into_place(
    recipe: Recipe,
    target: Path,
    tokens: Mapping[str, str],
    patience: Patience,
    tell: Callable[[str], None],
    force: bool,
    roles: Roles,
) -> Recording:
    recover(target)
    notes = Journal(target)
    notes.begin(recipe)
    old = _older(target)
    try:
        attempt = partial(_recorded, recipe, target, notes, tokens, old, patience, tell)
        recording = _unmoved(attempt, notes, patience)
    except NoAnswer:  # what was recorded so far is gone on from
        if not notes.read()[0]:
            notes.end()
        raise
    except RecordError:
        notes.end()
        raise
    faults = complete.problems(recording)
    if faults:
        notes.end()
        raise Refused("\n".join(["not written, because it is not whole:", *_some(faults)]))
    worse = complete.is_worse(recording, old) if old and not force else None
    if worse:
        raise Refused(f"{target} is kept: {worse}", "record to another folder, or add --force")
    tell("looking for secrets")
    faults = lint(recording, tokens.values())
    if faults:
        notes.end()  # it holds what must not be kept, and the next time the upstream may say something else
        raise Refused("\n".join(["not written, because it must not be published:", *_some(faults)]))
    named = {name for exchange in recording.exchanges for name in names_of(exchange.request)}
    if named:  # they are not shown: one may be a secret after all
        patience.say(f"names of files that look like a secret, kept as the Hub lists them: {len(named)}")
    folder.save(replace(recording, roles=roles(recording)), recipe, target)
    notes.end()
    return load(target)


def _unmoved(attempt: Callable[[], Recording], notes: Journal, patience: Patience) -> Recording:
    """What an attempt records of repositories that stay as they are meanwhile; it is tried `_TRIES` times.

    Raises:
        Moved: one of them changes each time.
    """
    for _ in range(_TRIES - 1):
        try:
            return attempt()
        except steady.Moved as error:
            patience.say(f"{error.message}: recording it from the beginning")
            notes.forget()
    return attempt()


def _some(faults: list[str]) -> list[str]:
    more = len(faults) - _MOST_FAULTS
    return faults if more <= 0 else [*faults[:_MOST_FAULTS], f"and {more} more"]


def tokens_of(recipe: Recipe, environment: Mapping[str, str]) -> dict[str, str]:
    """The token of each caller.

    Raises:
        RecordError: a variable is not set.
    """
    found = {}
    for name, variable in recipe.callers.items():
        token = environment.get(variable, "").strip()
        if not token:
            raise RecordError(f"the caller {name} has no token", f"set the environment variable {variable}")
        if not all("!" <= letter <= "~" for letter in token):  # such a token is never shown
            raise RecordError(
                f"the token of the caller {name} holds a blank, a line break or another character that no token has",
                f"set the environment variable {variable} to the token alone",
            )
        found[name] = token
    return found


def _recorded(
    recipe: Recipe,
    target: Path,
    notes: Journal,
    tokens: Mapping[str, str],
    old: Recording | None,
    patience: Patience,
    tell: Callable[[str], None],
) -> Recording:
    before, origins = notes.read()
    largest = None if recipe.large == "keep" else recipe.largest
    upstream = elsewhere(recipe.upstream, tokens)
    with RecordingProxy(upstream, blobs=notes.blobs, largest=largest) as proxy:
        found: list[Exchange] = []

        def keep(exchanges: list[Exchange]) -> None:
            found.extend(exchanges)
            notes.add(exchanges, proxy.origins)

        client = Client(proxy, [*tokens, STRANGER], patience, keep)
        if before:
            before = _still_true(recipe, client, before, found, notes)
            proxy.origins.update({**origins, **proxy.origins})
            for request, answer in journal.answers(before):
                client.known(request, answer)
        surveys = [
            Survey(client, recipe, wanted, _commits(old, wanted.repo_id), tell) for wanted in recipe.repositories
        ]
        repositories = tuple(survey.walk() for survey in surveys)
        for survey, repository in zip(surveys, repositories, strict=True):
            steady.check(client, repository, survey.walker)
        repositories = _each_once(repositories)
        _common(client, {wanted.repo_type for wanted in recipe.repositories})
        for name in tokens:
            if client.knows(WHOAMI, name) and client.get(WHOAMI, name).status == 401:
                patience.say(
                    f"the upstream does not know the token of {name}: the answer is the one for an unknown token"
                )
        left_out = tuple(note for survey in surveys for note in survey.left_out)
        looked_at = {sha for survey in surveys for sha in survey.whole}
        held = [one for one in _without_doubles([*before, *found]) if not _was_only_looked_at(one, looked_at)]
        thin: tuple[Thinned, ...] = ()
        if recipe.large == "thin":
            tell("thinning")
            held, left_out, thin = thinned(held, left_out, proxy, notes.blobs, recipe.largest)
        cdn = proxy.origins.get("cdn")
    person = Person.behind(held)
    public = [part for one in repositories for part in (one.repo_id, *one.repo_id.split("/"))]
    provenance = _provenance(recipe.upstream, held)
    clean = [stable(person.without(one, public), cdn) for one in held]
    return Recording(
        area=target.name,
        suite=conformance.__version__,
        upstream=recipe.upstream,
        recorded=datetime.now(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        synthetic=provenance == "stand-in",
        origins={"hub": upstream.origins["hub"], "cdn": CONTENT_ORIGIN},
        repositories=repositories,
        cassettes=_by_cassette(clean, repositories),
        provenance=provenance,
        callers=tuple(sorted(tokens)),
        private=any(survey.is_private for survey in surveys),
        left_out=left_out,
        thinned=thin,
    )


def _common(client: Client, repo_types: set[str]) -> None:
    """What belongs to no repository: one that does not exist, and who each caller is."""
    for name in sorted(client.callers):
        for repo_type in sorted(repo_types):
            client.get(Route("hub", "info", repo_type, MISSING_REPOSITORY, None, "").target, name)
        with contextlib.suppress(RecordError):  # a mirror may not have it
            client.get(WHOAMI, name)


def _each_once(repositories: tuple[RecordedRepository, ...]) -> tuple[RecordedRepository, ...]:
    """Each repository once, with a former name if it was asked for by one."""
    found: dict[tuple[str, str], RecordedRepository] = {}
    for one in repositories:
        known = found.get((one.repo_type, one.repo_id))
        if known is None or known.former_name is None:
            found[one.repo_type, one.repo_id] = one
    return tuple(found.values())


def _still_true(
    recipe: Recipe, client: Client, before: list[Exchange], found: list[Exchange], notes: Journal
) -> list[Exchange]:
    """What was recorded before, unless a repository has changed since: then nothing."""
    asked = {journal.key_of(one): one for one in before if journal.is_about_refs(one)}
    kept = [one for one in before if not journal.is_about_refs(one)]
    for key, exchange in asked.items():
        if key[1].kind == "refs":
            fresh = client.chain(exchange.request.target, key[2])[-1]
            if fresh.status != head_of(exchange).status or fresh.body != head_of(exchange).body:
                notes.forget()
                notes.add(found, {})
                return []
    return kept


def _without_doubles(exchanges: list[Exchange]) -> list[Exchange]:
    """Each exchange once, the newest, in an order that chance has no part in."""
    newest = {journal.key_of(one): one for one in exchanges}
    return sorted(newest.values(), key=lambda one: (one.request.origin, _order(one)))


def _was_only_looked_at(exchange: Exchange, whole: set[str]) -> bool:
    """Whether an exchange is the listing of a commit that was not chosen."""
    route = route_of(exchange.request)
    return route.kind == "tree" and is_sha(route.revision) and route.revision not in whole


def _order(exchange: Exchange) -> tuple[str, ...]:
    request, route = exchange.request, route_of(exchange.request)
    return (route.repo_id or "", route.kind, request.target, request.method, *map(str, request.headers.values()))


def _by_cassette(
    exchanges: list[Exchange], repositories: tuple[RecordedRepository, ...]
) -> dict[str, tuple[Exchange, ...]]:
    named = {one.repo_id: one.cassette for one in repositories}
    named |= {one.former_name: one.cassette for one in repositories if one.former_name}
    hosts: dict[str, str] = {}
    for exchange in exchanges:
        location = head_of(exchange).headers.get("Location", "")
        if location.startswith(f"{CONTENT_ORIGIN}/"):
            name = named.get(route_of(exchange.request).repo_id or "", COMMON)
            hosts.setdefault(location.removeprefix(CONTENT_ORIGIN), name)
    found: dict[str, list[Exchange]] = {COMMON: [], **{one.cassette: [] for one in repositories}}
    for exchange in exchanges:
        request = exchange.request
        if request.origin == "cdn":
            found[hosts.get(request.target, COMMON)].append(exchange)
        else:
            found[named.get(route_of(request).repo_id or "", COMMON)].append(exchange)
    return {name: tuple(held) for name, held in found.items()}


def _provenance(upstream: str, exchanges: list[Exchange]) -> Provenance:
    """Where answers come from: the real Hub has one address; everything else shows its origin, or does not."""
    if upstream == REAL:
        return "hub"
    said = [value for one in exchanges for value in head_of(one).headers.values()]
    if any("stand-in.test" in value for value in said) or any(
        b"stand-in.test" in one.response.body for one in exchanges if route_of(one.request).kind == "xet-read-token"
    ):
        return "stand-in"
    return "mirror" if any(REAL in value for value in said) else "unknown"


def _older(target: Path) -> Recording | None:
    """The recording that is there; None where there is none, or where it is damaged: then a new one mends it."""
    try:
        found = load(target)
        sum(1 for _ in found.exchanges)
    except CassetteError:
        return None
    return found


def _commits(old: Recording | None, repo_id: str) -> tuple[str, ...]:
    """The commits that an earlier recording holds whole."""
    found: dict[str, None] = {}
    for exchange in old.exchanges if old is not None else ():
        route = route_of(exchange.request)
        if route.repo_id == repo_id and route.kind == "resolve" and is_sha(route.revision):
            found[str(route.revision)] = None
    return tuple(found)
