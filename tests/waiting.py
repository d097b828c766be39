"""Waiting for what another process or thread does."""

import time

# Seconds after which what is waited for never comes, however busy the machine is.
LONG = 120


def wait_until(condition, what="what was waited for"):
    """Wait until the condition holds; fail with what was waited for where it never does."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, f"after {LONG} seconds it is still not so: {what}"
        time.sleep(0.02)
