"""How many examples the property tests try: few and always the same, unless somebody has time.

`HYPOTHESIS_PROFILE=long pytest tests/patch` looks for new ones, for as long as a coffee break.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "quick", max_examples=12, derandomize=True, deadline=None, suppress_health_check=SLOW
)
settings.register_profile(
    "long", max_examples=1000, deadline=None, suppress_health_check=SLOW, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
