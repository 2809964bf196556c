"""What holds for all tests of the suite itself."""

from __future__ import annotations

import os

# huggingface_hub reads these when it is imported, and a test may be the first to do that.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_XET"] = "1"
