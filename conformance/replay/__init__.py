"""Serve recorded exchanges to a port."""

from conformance.replay.answer import Replay
from conformance.replay.content import Replaced
from conformance.replay.faults import (
    AnotherPart,
    Chunked,
    Corrupt,
    Cut,
    Dealt,
    Each,
    Fault,
    Gzip,
    Interim,
    Redirect,
    Reset,
    Rewrite,
    Stall,
    Status,
    WrongLength,
)
from conformance.replay.hub import ReplayHub
from conformance.replay.plan import PlannedFault
from conformance.replay.subject import AnswerKind, Subject
from conformance.replay.truth import FileTruth, Truth
from conformance.traffic.cassette import load
from conformance.traffic.manifest import CassetteError

__all__ = [
    "AnotherPart",
    "AnswerKind",
    "CassetteError",
    "Chunked",
    "Corrupt",
    "Cut",
    "Dealt",
    "Each",
    "Fault",
    "FileTruth",
    "Gzip",
    "Interim",
    "PlannedFault",
    "Redirect",
    "Replaced",
    "Replay",
    "ReplayHub",
    "Reset",
    "Rewrite",
    "Stall",
    "Status",
    "Subject",
    "Truth",
    "WrongLength",
    "load",
]
