"""Correct clients that are unusual: the reference client with one habit of other libraries, which no check may refuse.

They are made as mutants are, by patches. What a habit cannot touch is not measured: each names the areas that it can.
"""

from conformance.selftest.zoo.variants import asks as asks
from conformance.selftest.zoo.variants import fetches as fetches
from conformance.selftest.zoo.variants import keeps as keeps
from conformance.selftest.zoo.variants import learns as learns
from conformance.selftest.zoo.variants import speaks as speaks
from conformance.selftest.zoo.variants.variant import VARIANTS as VARIANTS
from conformance.selftest.zoo.variants.variant import Variant as Variant
