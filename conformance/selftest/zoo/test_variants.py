"""No check refuses a client that keeps its requirement in another way than the reference client does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance import ports
from conformance.catalogue.check import Check, all_checks
from conformance.catalogue.operations import SAMPLES
from conformance.ports import Driver
from conformance.selftest.zoo.measuring import WHOLE, ended, part_of
from conformance.selftest.zoo.variants import VARIANTS, Variant


@pytest.fixture(scope="module")
def reference() -> Iterator[Driver]:
    """The reference client in this process, where a variant can be made of it."""
    driver = ports.start(ports.find("reference"), in_child=False)
    yield driver
    driver.close()


PARTS = 10
"""Of as many parts of the checks, a variant meets one in `make test`."""


def checks_of(variant: Variant) -> list[Check]:
    """The checks of the areas that the habit can touch; always with those that fail it for a stated reason."""
    part = list(VARIANTS.values()).index(variant) % PARTS
    checks = [check for check in all_checks().values() if check.area in variant.areas]
    return [check for check in checks if WHOLE or check.id in variant.fair or part_of(check, PARTS) == part]


@pytest.mark.slow(seconds=3)
@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda variant: variant.name)
def test_no_check_refuses_it(variant: Variant, reference: Driver) -> None:
    """Every check of the areas that the habit can touch passes, but for those that fail it for a stated reason."""
    assert variant.fair.keys() <= all_checks().keys()
    with pytest.MonkeyPatch.context() as patch:
        variant.apply(patch)
        found = [ended(check, reference, tuple(SAMPLES), variant.cache) for check in checks_of(variant)]
    right = ("passed", "unsupported") if variant.cache == "own" else ("passed",)  # a layout that it does not have
    assert [str(one) for one in found if one.outcome not in right and one.check.id not in variant.fair] == []
    assert [one.check.id for one in found if one.outcome == "passed" and one.check.id in variant.fair] == []
