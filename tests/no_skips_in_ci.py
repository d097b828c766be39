"""A pytest plugin, loaded by .ci/run: a test that is skipped there tests nothing, so it fails."""

import pytest


def fail_if_skipped(report):
    # An expected failure is reported as a skip, too, but it did run.
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        where = report.longrepr
        reason = where[2] if isinstance(where, tuple) else where
        report.longrepr = f"In CI no test may be skipped. {reason}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    return fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report():
    return fail_if_skipped((yield))
