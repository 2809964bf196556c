"""Mutants: the reference client with one deliberate defect each. A check that no mutant fails proves nothing."""

from conformance.mutants.mutant import Mutant, all_mutants

__all__ = ["Mutant", "all_mutants"]
