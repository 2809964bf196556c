"""Record an area: walk its repositories through the proxy and collect what passed."""

from __future__ import annotations

import conformance
from conformance.record.areas import Area
from conformance.record.client import Client
from conformance.record.proxy import RecordingProxy
from conformance.record.upstream import Upstream
from conformance.record.walk import walk_common, walk_subject
from conformance.traffic.exchange import Exchange
from conformance.traffic.recording import COMMON, Recording


def record(area: Area, upstream: Upstream) -> Recording:
    """Walk an area through a recording proxy. Two walks of the stand-in Hub give equal recordings.

    Raises:
        RecordError: the upstream does not answer, or lacks a repository.
    """
    cassettes: dict[str, tuple[Exchange, ...]] = {}
    with RecordingProxy(upstream) as proxy:
        client = Client(proxy, upstream.tokens)
        walk_common(client, area.types)
        cassettes[COMMON] = tuple(proxy.take())
        for subject in area.subjects:
            walk_subject(client, subject)
            cassettes[subject.repository.cassette] = tuple(proxy.take())
        origins = dict(proxy.origins)
    first = cassettes[COMMON][0].response
    return Recording(
        area=area.name,
        suite=conformance.__version__,
        upstream=upstream.name,
        recorded=first.headers.get("Date", ""),
        synthetic=upstream.synthetic,
        origins=origins,
        repositories=tuple(subject.repository for subject in area.subjects),
        cassettes=cassettes,
    )
