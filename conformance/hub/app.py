"""The stand-in Hub: answers for repositories as huggingface.co does, as far as that is known.

It is a function from a request to a response, without a socket, a disk or a real clock.

UNKNOWN. Public captures leave these open; the stand-in does the plainest thing:

- `/api/agent-harnesses` is an unknown page: 404.
- A recursive listing goes level by level, on each level folders before files.
- A page with `expand=true` has 50 items. An invalid cursor is 400.
- Listings, `paths-info` and `?blobs=true` of a gated dataset are masked as those of a gated model.
- A disabled repository answers information with `"disabled":true` and everything else with 403.
- An unknown token counts as no token, on private repositories too. On a public one the Hub may answer 401
  (`Invalid credentials in Authorization header`, as a maintainer wrote in 2025): a client must bear both.
- `siblings` is complete, unless a repository has `most_siblings`. The Hub may leave some out of large repositories,
  from a number of files that is not fixed.
- With a client's own X-Request-Id, its trace id is left out of the answer.
- An old name is redirected before anything else, for resolve as for `/api`. Settled is another thing: a file of a model
  whose old name has no namespace is answered at once (`gpt2`). Of datasets, and of old names with a namespace, no log
  was found.
- A preflight of a browser is answered for every path, with an empty body; it was seen for a file.
- The path in the query of a resolve-cache URL is the path as sent, encoded once more.
- Binary files kept in git are `application/octet-stream`, everything else is `text/plain`.
- resolve-cache carries the headers of a direct 200 and counts for `resolvers`; `/raw/` counts for `pages`.
- A 304 keeps the headers of the 200 except its content's type and length. A 416 has no body.
- `/raw/` has the weak ETag of its body, and no answer to a Range or a condition.
- A file that no `scans` of its repository name is `unscanned`. `?securityStatus=true` adds to models only: what it adds
  to a dataset was not seen. `widgetData` is the card's `widget`, and is left out without one.
- A space has no `runtime` but the one that its repository gives.
- The ETag in Xet file information is quoted.
- The CDN's texts for an expired URL, a wrong signature and a token it was sent are ours.
- A card, `config.json` or header of weights that cannot be read is left out of the information.
- A space's information has the form of a dataset's. The Xet hash is not computed as Xet does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from conformance.hub import access, cdn, routes
from conformance.hub.answers import Answer, HubError, redirect
from conformance.hub.call import Call
from conformance.hub.headers import dress
from conformance.hub.repository import Repository, utc
from conformance.hub.whoami import whoami
from conformance.traffic.cors import preflight
from conformance.traffic.exchange import OriginName, Request, Response, headers
from conformance.traffic.identity import caller as caller_of
from conformance.traffic.origins import Origins

EPOCH = int(utc("2026-11-01T00:00:00").timestamp())
"""The fixed time of the stand-in's clock, in seconds since 1970."""

CANONICAL_ORIGINS: Mapping[OriginName, str] = {
    "hub": "https://hub.stand-in.test",
    "cdn": "https://cdn.stand-in.test",
}
"""What absolute URLs start with unless the stand-in is served: names that never resolve (RFC 6761)."""


class StandInHub:
    """A handler for the origins `hub` and `cdn`.

    Args:
        repositories: what it answers for.
        origins: what its absolute URLs start with.
        clock: seconds since 1970; returns `EPOCH` by default.

    Attributes:
        origins: as given; may be changed at any time.
        violations: requests that brought a token to the CDN.
    """

    def __init__(
        self,
        repositories: Iterable[Repository],
        *,
        origins: Mapping[OriginName, str] = CANONICAL_ORIGINS,
        clock: Callable[[], int] = lambda: EPOCH,
    ) -> None:
        self.origins = dict(origins)
        self.violations: list[Request] = []
        self._clock = clock
        self._numbers = itertools.count(1)
        self._by_name: dict[tuple[str, str], Repository] = {}
        self._blobs = {}
        for repository in repositories:
            for name in (repository.repo_id, *repository.former_names):
                self._by_name[repository.repo_type, name.lower()] = repository
            for commit in repository.commits:
                for file in commit.files.values():
                    if file.lfs:
                        self._blobs[cdn.object_path(repository, file)] = file

    def __call__(self, request: Request) -> Response:
        allowed = preflight(request)
        if request.origin == "cdn" and allowed is not None:
            return Response(200, headers({**allowed, "Content-Length": "0"}))
        if request.origin == "cdn":
            if "authorization" in request.headers:
                self.violations.append(request)
            return cdn.answer(request, self.origins["cdn"], self._blobs, self._clock())
        caller = caller_of(request.token)
        try:
            answer = self._answer(request, caller) if allowed is None else Answer(headers=allowed)
        except HubError as error:
            answer = error.answer(as_json=request.path.startswith("/api/"))
        return dress(answer, request, caller=caller, number=next(self._numbers), now=self._clock())

    def _answer(self, request: Request, caller: str) -> Answer:
        if request.path == "/api/whoami-v2":
            return whoami(caller)
        match = routes.match(request.method, request.path)
        if match is None:
            raise HubError(404, "Sorry, we can't find the page you are looking for.")
        repository = self._by_name.get((match.repo_type, match.repo_id.lower()))
        if repository is None or not access.can_see(repository, caller):
            raise access.not_found(caller)
        follows = repository.repo_type == "model" and "/" not in match.repo_id and "/resolve/" in request.path
        if match.repo_id != repository.repo_id and not follows:
            start, end = match.span
            return redirect(307, request.target[:start] + repository.repo_id + request.target[end:])
        if match.route.gated:
            access.check_gate(repository, caller)
        if not match.route.answers_disabled:
            access.check_enabled(repository)
        return match.route.endpoint(Call(request, repository, caller, self._clock(), self.origins, match.parts))


@contextmanager
def serve(hub: StandInHub) -> Iterator[Origins]:
    """Put the stand-in on loopback origins; its absolute URLs lead there."""
    with Origins(hub, ("hub", "cdn")) as origins:
        hub.origins.update(origins.urls)
        yield origins
