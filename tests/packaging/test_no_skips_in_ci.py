import os
import subprocess
import sys

import pytest

from tests.packaging.reading import ROOT


def run_pytest(folder, test):
    """Run one test file as CI does, with nothing of this project but the plugin."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(test)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "tests.no_skips_in_ci"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "test",
    [
        "import pytest\n@pytest.mark.skip(reason='no time')\ndef test_it(): pass\n",
        "import pytest\n@pytest.mark.skipif(True, reason='no time')\ndef test_it(): pass\n",
        "import pytest\ndef test_it(): pytest.skip('no time')\n",
        "import pytest\n@pytest.fixture\ndef f(): pytest.skip('no time')\ndef test_it(f): pass\n",
        "import pytest\npytest.skip('no time', allow_module_level=True)\n",
    ],
    ids=["marked", "marked with a condition", "from within", "in a fixture", "a whole module"],
)
def test_a_skipped_test_fails_in_ci_with_its_reason(tmp_path, test):
    done = run_pytest(tmp_path, test)

    assert done.returncode != 0
    assert "In CI no test may be skipped" in done.stdout
    assert "no time" in done.stdout


def test_a_test_that_is_expected_to_fail_is_no_skip(tmp_path):
    done = run_pytest(tmp_path, "import pytest\n@pytest.mark.xfail\ndef test_it(): assert 0\n")

    assert done.returncode == 0, done.stdout
