"""Rounds of the fuzz with other seeds, until the time is up: `python -m conformance.selftest.fuzz SECONDS [SEED]`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path


def main(seconds: float = 60, seed: int | None = None) -> int:
    """Run rounds; the code of the first that fails, whose seed stands above it, or 0."""
    began, rounds = time.monotonic(), 0
    while rounds == 0 or (time.monotonic() - began < seconds and seed is None):
        chosen = random.randrange(1 << 32) if seed is None else seed
        print(f"round {rounds + 1}, seed {chosen}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", str(Path(__file__).parent)]
        ended = subprocess.run(
            [*command, f"--hypothesis-seed={chosen}", "--hypothesis-profile=long"],
            env={**os.environ, "HUB_CONFORMANCE_FUZZ": "long"},
            check=False,
        )
        rounds += 1
        if ended.returncode:
            print(f"repeat with: {sys.executable} -m conformance.selftest.fuzz 0 {chosen}")
            return ended.returncode
    print(f"{rounds} rounds in {time.monotonic() - began:.0f} s, nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 60, int(sys.argv[2]) if sys.argv[2:] else None))
