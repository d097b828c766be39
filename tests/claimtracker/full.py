"""Properties run on a few examples; FULL=1 runs them on many."""

import os

from hypothesis import HealthCheck, settings

# Whether the sweeps and properties run whole.
IS_FULL = bool(os.environ.get("FULL"))


def full_or(examples: int):
    """Return hypothesis settings: so many examples, fifty times as many with FULL=1 set."""
    return settings(
        max_examples=examples * 50 if IS_FULL else examples,
        deadline=None,  # the machines are noisy
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
