"""Recordings as a plain Hub for any program: several at once, without Xet, with faults and a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from conformance.replay import bound, without_xet
from conformance.replay.answer import Replay
from conformance.replay.fault_words import planned
from conformance.replay.plan import PlannedFault, with_origins
from conformance.replay.subject import Followed
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Request, Response
from conformance.traffic.identity import TOKENS
from conformance.traffic.log import Entry
from conformance.traffic.origins import Origins
from conformance.traffic.recording import Recording
from conformance.traffic.relocate import relocate
from conformance.traffic.route import route_of


class PlainHub:
    """Serves recordings to any program. Use as a context manager; `endpoint` is what HF_ENDPOINT wants.

    Args:
        recordings: what to serve. A repository that several hold is served from the first.
        faults: in words, see `conformance.replay.fault_words`.

    Raises:
        FaultError: words that name no fault.
        ValueError: there is no recording.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        *,
        faults: Iterable[str] = (),
    ) -> None:
        if not recordings:
            raise ValueError("no recording to serve: name a folder at least")
        self._replays = [Replay(recording) for recording in recordings]
        self._plan: list[PlannedFault] = [planned(words) for words in faults]
        self._followed = Followed()
        self._on_answer: Callable[[Request, Response], None] | None = None
        self._origins = Origins(self._answer, ("hub", "cdn"))

    @classmethod
    def of(cls, *folders: str | Path, faults: Iterable[str] = ()) -> PlainHub:
        """The Hub of the recordings in some folders.

        Raises:
            CassetteError: a folder holds no recording, or a damaged one.
        """
        recordings = [load(Path(folder)) for folder in folders]
        for recording in recordings:
            sum(1 for _ in recording.exchanges)  # cassettes are read lazily: report a damaged one now
        return cls(recordings, faults=faults)

    def __enter__(self) -> PlainHub:
        self._origins.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._origins.close()

    def on_answer(self, tell: Callable[[Request, Response], None]) -> None:
        """Call an observer with each exchange as it is answered."""
        self._on_answer = tell

    @property
    def endpoint(self) -> str:
        """The URL of the Hub, without a trailing slash."""
        return self._origins.url("hub")

    @property
    def tokens(self) -> dict[str, str]:
        """The made-up token of each caller whose answers were recorded."""
        named = {name for replay in self._replays for name in replay.index.recording.callers}
        return {name: TOKENS[name] for name in sorted(named) if name in TOKENS}

    @property
    def requests(self) -> list[Entry]:
        """Every exchange so far."""
        return self._origins.log.whole()

    @property
    def unrecorded(self) -> list[str]:
        """What was asked for and is not recorded, `GET /path`, each once."""
        missing = [entry for entry in self.requests if entry.source.startswith("unrecorded")]
        return list(dict.fromkeys(f"{entry.method} {entry.request.target}" for entry in missing))

    @property
    def errors(self) -> list[Exception]:
        """What kept this Hub from answering, such as a body that is damaged. The program was answered with 404."""
        return self._origins.errors

    @property
    def unfired(self) -> list[str]:
        """The faults that struck nothing."""
        return [str(one) for one in self._plan if not one.fired]

    def _answer(self, request: Request) -> Response:
        routes = self._followed.routes(request)
        replay = self._replay(request)
        asked = without_xet.plain_request(request)
        moves = {spelled: self._origins.url(name) for name, spelled in replay.index.recording.origins.items()}
        response = bound.refused(request) or without_xet.plain_response(relocate(replay(asked), moves))
        response = bound.bind(request, response)
        for plan in self._plan:
            struck = plan.strike(request, response, routes)
            if struck is not None:
                response = with_origins(struck, self._origins.urls)
                break
        self._followed.note(request, response, self._origins.urls)
        if self._on_answer is not None:
            self._on_answer(request, response)
        return response

    def _replay(self, request: Request) -> Replay:
        """The recording that a request is about."""
        route = route_of(request)
        for replay in self._replays:
            index = replay.index
            if route.origin == "cdn":
                if index.at_the_path(replace(route, query=())) is not None:
                    return replay
            elif route.repo_id is not None and (index.knows(route) or index.spelled(route) is not None):
                return replay
        return self._replays[0]
