"""Files and names that claim more than they are: bounded time, bounded memory, clear words."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("formcheck")
LIMIT_S = 60.0
LIMIT_MB = 1200.0
_MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True, errors="replace")
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
print(json.dumps([done.returncode, done.stdout, done.stderr, most]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one command."""

    code: int
    out: str
    said: str
    memory_mb: float


def run(*args: str | Path, folder: Path) -> Run:
    """A command, in bounded time; its memory is bounded too."""
    command = [sys.executable, "-c", _MEASURE, str(PROGRAM), *map(str, args)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    found = Run(*json.loads(done.stdout))
    assert found.memory_mb < LIMIT_MB, found.memory_mb
    assert "Traceback" not in found.said
    return found


def analyze(clip: str | Path, folder: Path, *more: str) -> Run:
    return run(
        "analyze", "--exercise", "half-kneeling", "--model", "lite", "--rate", "5", "--quiet",
        *more, "--", clip, folder=folder,
    )  # fmt: skip


def refused(one: Run, *words: str) -> None:
    """One clear line, and exit code 2."""
    assert one.code == 2, one
    assert one.said.count("\n") == 1, one.said
    assert all(word in one.said for word in words), one.said


# --- sizes and lengths ------------------------------------------------------------------------


def write_png(path: Path, width: int, height: int) -> Path:
    """A black picture of any size, of which a small file tells."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    packer = zlib.compressobj(9)
    line = bytes(1 + 3 * width)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("side", [14_000, 30_000])
def test_a_picture_of_huge_dimensions_is_refused(tmp_path: Path, side: int) -> None:
    bomb = write_png(tmp_path / "bomb.png", side, side)
    assert bomb.stat().st_size < 4e6
    refused(analyze(bomb, tmp_path, "--json", "-"), "bomb.png")


def test_a_large_photo_is_no_bomb(tmp_path: Path) -> None:
    """Fifty megapixels: what phones take."""
    photo = write_png(tmp_path / "photo.png", 8160, 6120)
    found = analyze(photo, tmp_path, "--no-video", "--no-report", "--json", "-")
    assert found.code == 0
    assert json.loads(found.out)["verdict"] == "not_seen"


def test_an_animation_of_a_huge_canvas_is_refused(tmp_path: Path) -> None:
    canvas = struct.pack("<HHBBB", 65535, 65535, 0xF0, 0, 0) + bytes(6)
    picture = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\x00"
    bomb = tmp_path / "bomb.gif"
    bomb.write_bytes(b"GIF89a" + canvas + picture * 3 + b";")
    refused(analyze(bomb, tmp_path, "--json", "-"), "bomb.gif")


def patch(clip: bytes, box: bytes, place: int, value: bytes) -> bytes:
    """A clip with other bytes so far into the first box of that kind."""
    start = clip.index(box) + len(box) + place
    return clip[:start] + value + clip[start + len(value) :]


def test_a_clip_that_lies_about_its_length(tmp_path: Path, base: Path) -> None:
    """Headers that tell of weeks, of nothing, and of each its own."""
    whole = base.read_bytes()
    honest = json.loads(analyze(base, tmp_path, "--no-video", "--no-report", "--json", "-").out)
    for name, seconds in (("weeks", 0x7FFFFFFF), ("nothing", 0)):
        told = struct.pack(">I", seconds)
        lying = patch(patch(patch(whole, b"mvhd", 16, told), b"mdhd", 16, told), b"tkhd", 20, told)
        clip = tmp_path / f"{name}.mp4"
        clip.write_bytes(lying)
        found = analyze(clip, tmp_path)
        assert found.code == 0, found
        folder = tmp_path / f"{name}.mp4.formcheck"
        result = json.loads((folder / "result.json").read_text())
        assert result["sets"] == honest["sets"]
        assert abs(result["duration_s"] - honest["duration_s"]) < 1.0
        assert (folder / "annotated.mp4").stat().st_size < 20e6


def test_a_clip_that_lies_about_its_size(tmp_path: Path, base: Path) -> None:
    """The pictures themselves say how large they are."""
    whole = base.read_bytes()
    honest = json.loads(analyze(base, tmp_path, "--no-video", "--no-report", "--json", "-").out)
    for width, height in ((60_000, 60_000), (1, 1), (0, 0)):
        lying = patch(whole, b"avc1", 24, struct.pack(">HH", width, height))
        lying = patch(lying, b"tkhd", 76, struct.pack(">II", width << 16, height << 16))
        clip = tmp_path / "lying.mp4"
        clip.write_bytes(lying)
        found = analyze(clip, tmp_path, "--no-video", "--no-report", "--json", "-")
        assert found.code == 0, found
        assert json.loads(found.out)["sets"] == honest["sets"]


# --- names ------------------------------------------------------------------------------------

_HTML = "<img src=x onerror=alert(1)><script>alert(2)<"
NAMES = (
    "two\nlines.mp4",
    "🧘‍♀️ Übung.mp4",
    "-x.mp4",
    "--help.mp4",
    f"{_HTML}.mp4",
    "'; rm -rf x.mp4",
    "%s%n.mp4",
    "a" * 251 + ".mp4",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_strange_name_is_a_name(tmp_path: Path, base: Path, name: str) -> None:
    clip = tmp_path / name
    clip.write_bytes(base.read_bytes())
    out = tmp_path / "out"
    found = analyze(name, tmp_path, "--out", str(out))
    assert found.code == 0, found
    assert json.loads((out / "result.json").read_text())["clip"] == name
    page = (out / "report.html").read_text()
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert sorted(path.name for path in out.iterdir()) == [
        "annotated.mp4", "report.html", "result.json",
    ]  # fmt: skip


def test_a_name_that_leaves_no_room_for_a_folder_beside_it(tmp_path: Path, base: Path) -> None:
    name = "b" * 251 + ".mp4"
    (tmp_path / name).write_bytes(base.read_bytes())
    refused(analyze(name, tmp_path), "--out")


def test_strange_names_in_a_batch(tmp_path: Path, base: Path) -> None:
    """In a manifest too, with the separator of lists in them."""
    names = [*NAMES, "semi;colon.mp4", 'quo"te.mp4', "=1+1.mp4"]
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"no video")
    lines = [_quote(f"clips/{name}") for name in names]
    (tmp_path / "list.csv").write_text("\n".join(["path", *lines]))
    for given in (("clips",), ("--manifest", "list.csv")):
        out = tmp_path / f"{len(given)}.jsonl"
        found = run("batch", *given, "--out", out, "--quiet", folder=tmp_path)
        assert found.code == 1, found
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert sorted(row["clip"] for row in rows) == sorted(f"clips/{name}" for name in names)
        assert {row["status"] for row in rows} == {"failed"}


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b'id = "x"\n' + b'key = "' + b"v" * 50_000_000 + b'"\n',
        b"a = " + b"[" * 100_000 + b"]" * 100_000,
        b"[" + b"a." * 20_000 + b"a]\n",
        b"x = 1" + b"0" * 400_000,
    ],
    ids=["50 MB", "deep", "long key", "long number"],
)
def test_a_text_that_is_no_exercise(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "big.toml"
    path.write_bytes(content)
    found = run("exercises", "check", path, folder=tmp_path)
    assert found.code == 2
    assert len(found.out + found.said) < 5000
    assert "big.toml" in found.out + found.said
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "big.toml").write_bytes(content)
    refused(run("exercises", "list", "--exercises", folder, folder=tmp_path), "big.toml")


@pytest.mark.parametrize(
    "content", [b"", b"path\n" * 3, b'path\n"' + b"x" * 10_000_000, b"\0" * 100]
)
def test_a_list_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    found = run("batch", "--manifest", "list.csv", "--quiet", folder=tmp_path)
    assert found.code in (1, 2)
    assert len(found.said) < 5000
