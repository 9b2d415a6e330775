"""What is read from the mat is known without OpenCV: a browser draws it as well."""

from __future__ import annotations

import subprocess
import sys


def test_words_and_layout_need_no_opencv() -> None:
    code = "import sys, formcheck.screen.signs; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
