"""MediaPipe comes without pyplot, and can still draw with it."""

from __future__ import annotations

import subprocess
import sys

USED = """
from mediapipe.tasks.python.vision import drawing_utils
figure = drawing_utils.plt.figure
import matplotlib.pyplot
assert matplotlib.pyplot.figure is figure
"""


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pyplot_is_imported_when_it_is_used() -> None:
    imported = "import sys, formcheck.pose.model\n"
    run(imported + "assert 'matplotlib.pyplot' not in sys.modules\n" + USED)


def test_pyplot_that_is_there_already_is_left_alone() -> None:
    imported = "import matplotlib.pyplot as first\nimport formcheck.pose.model\n"
    run(imported + USED + "assert drawing_utils.plt is first\n")
