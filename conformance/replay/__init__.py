"""Serve recorded exchanges to a port."""

from conformance.record.cassette import CassetteError, load
from conformance.replay.answer import Replay
from conformance.replay.faults import Corrupt, Cut, Fault, PlannedFault, Reset, Stall, Status
from conformance.replay.hub import ReplayHub
from conformance.replay.truth import FileTruth, Truth

__all__ = [
    "CassetteError",
    "Corrupt",
    "Cut",
    "Fault",
    "FileTruth",
    "PlannedFault",
    "Replay",
    "ReplayHub",
    "Reset",
    "Stall",
    "Status",
    "Truth",
    "load",
]
