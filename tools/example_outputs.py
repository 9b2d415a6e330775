"""Runs the examples on sample clips and keeps what they print and draw for docs/examples.md.

python -m tools.example_outputs
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "examples"
PICTURE = "knee.png"


def main() -> None:
    """Run each as its docstring says, and write its output."""
    for script in sorted((ROOT / "examples").glob("*.py")):
        found = re.search(r"^python (.*)$", script.read_text(encoding="utf-8"), re.MULTILINE)
        assert found is not None
        words = found[1].replace(PICTURE, str(OUT / PICTURE)).split()
        run = subprocess.run(
            [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        (OUT / f"{script.stem}.txt").write_text(run.stdout, encoding="utf-8")
        print(script.name)


if __name__ == "__main__":
    main()
