"""Pins what formcheck says today: a digest of every output, for comparing two commits.

    python tools/pin.py BEFORE.json [--people POSES] [--clips FOLDER]
    (another commit checked out)  python tools/pin.py AFTER.json ...
    python tools/pin.py --compare BEFORE.json AFTER.json

It runs the commands alone and imports nothing of the package, so that files may move between the
two. Of a page the numbers are kept, not the wording; of a video the pictures, not the file.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av

ROOT = Path(__file__).parent.parent


def digest(*parts: bytes) -> str:
    """A short hash of some bytes."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()[:16]


def call(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run formcheck on this checkout, in another folder."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from formcheck.cli.main import app; app()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], cwd=folder, capture_output=True, check=False
    )


def pin_video(path: Path) -> list[str]:
    """A hash of each picture."""
    if not path.exists():
        return []
    with av.open(str(path)) as container:
        return [
            digest(bytes(frame.to_ndarray(format="yuv420p")), str(frame.pts).encode())
            for frame in container.decode(video=0)
        ]


def pin_page(path: Path) -> str | None:
    """The numbers in a page's text, in order."""
    if not path.exists():
        return None
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", path.read_text(), flags=re.S)
    text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return " ".join(re.findall(r"-?\d+(?:[.:]\d+)?", text))


def pin_clip(clip: Path, folder: Path) -> dict[str, Any]:
    """All that is written of one clip."""
    out = folder / clip.stem
    done = call("analyze", clip, "--out", out, "--series", out / "s.csv", folder=folder)
    result = out / "result.json"
    return {
        "code": done.returncode,
        "files": sorted(path.name for path in out.glob("*")),
        "result": json.loads(result.read_text()) if result.exists() else None,
        "video": pin_video(out / "annotated.mp4"),
        "page": pin_page(out / "report.html"),
        "series": digest((out / "s.csv").read_bytes()) if (out / "s.csv").exists() else None,
    }


def pin_poses(folder: Path, into: Path) -> dict[str, Any]:
    """The rows of a batch of saved poses, as JSON Lines."""
    table = into / "people.jsonl"
    done = call("batch", folder, "--out", table, folder=into)
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    return {"code": done.returncode, "rows": {row["clip"]: row for row in rows}}


def compare(before: Any, after: Any, where: str = "") -> list[str]:
    """Where two pins differ, a line each."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted({*before, *after})
        return [
            line
            for key in keys
            for line in compare(before.get(key), after.get(key), f"{where}/{key}")
        ]
    if before == after:
        return []
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        n = sum(a != b for a, b in zip(before, after, strict=True))
        return [f"{where}: {n} of {len(before)} differ"]
    return [f"{where}: {str(before)[:120]!r} -> {str(after)[:120]!r}"]


def main() -> int:
    """Write a pin, or compare two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--people", type=Path)
    parser.add_argument("--clips", type=Path, default=ROOT / "sample_videos")
    options = parser.parse_args()
    if options.compare:
        lines = compare(*(json.loads(path.read_text()) for path in options.files))
        print("\n".join(lines) or "equal")
        return 1 if lines else 0
    pins: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for clip in sorted(options.clips.glob("*.mp4")):
            pins[clip.name] = pin_clip(clip, folder)
            print(clip.name, pins[clip.name]["code"], flush=True)
        if options.people:
            pins["people"] = pin_poses(options.people, folder)
    options.files[0].write_text(json.dumps(pins, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
