"""The written video: what browsers need, the source's times and sound, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

import formcheck.files
import formcheck.video.writer
from formcheck import StoreError
from formcheck.video.writer import QUALITY, Soundtrack, VideoWriter
from tests.support import media

if TYPE_CHECKING:
    from _typeshed import TraceFunction

SIZE = (64, 48)


def image(shade: int = 90) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), shade, np.uint8)


def write(path: Path, times_s: list[float], duration_s: float | None = None) -> Path:
    with VideoWriter(path, *SIZE) as writer:
        for time_s in times_s:
            writer.write(image(), time_s)
        writer.close(duration_s)
    return path


def read_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time or 0.0) for frame in container.decode(video=0)]


def test_frames_keep_their_own_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.033, 0.066, 0.1, 0.2, 0.3, 0.55]
    path = write(tmp_path / "v.mp4", times_s, duration_s=0.9)
    assert read_times(path) == pytest.approx(times_s, abs=1e-4)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(0.9, abs=0.002)


def test_browsers_play_it(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", [k / 30 for k in range(60)])
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def make_sound(
    path: Path,
    codec: str = "pcm_s16le",
    rate_hz: int = 48_000,
    *,
    n_s: float = 2.0,
    gap_s: tuple[float, float] = (0.0, 0.0),
) -> Path:
    """A tone of that many seconds with a click in its middle, but for a gap; times may go back."""
    at = np.arange(round(n_s * rate_hz))
    tone = np.sin(2 * np.pi * 440 * at / rate_hz) * 0.1
    tone[len(at) // 2 :][: rate_hz // 50] = 0.9
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout="mono")
        assert isinstance(stream, av.AudioStream)
        is_float = codec == "aac"
        values = tone.astype(np.float32) if is_float else (tone * 30_000).astype(np.int16)
        packets = []
        for start in range(0, len(at) - 1023, 1024):
            if gap_s[0] <= start / rate_hz < gap_s[1]:
                continue
            frame = av.AudioFrame.from_ndarray(
                values[None, start : start + 1024],
                format="fltp" if is_float else "s16",
                layout="mono",
            )
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            packets += stream.encode(frame)
        packets += stream.encode()
        for packet in packets:
            container.mux(packet)
    return path


def write_with_sound(path: Path, source: Path, n_s: float = 2.0, start_s: float = 0.0) -> Path:
    with VideoWriter(path, *SIZE, audio_from=source, audio_start_s=start_s) as writer:
        for k in range(round(n_s * 30)):
            writer.write(image(), k / 30)
        writer.close(n_s)
    assert len(read_times(path)) == round(n_s * 30)
    return path


def read_sound(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """When each sample is to be heard, and how loud it is."""
    times_s, sound = [], []
    with av.open(str(path)) as container:
        [stream] = container.streams.audio
        assert stream.codec_context.name == "aac"
        for frame in container.decode(stream):
            assert frame.time is not None
            times_s.append(frame.time + np.arange(frame.samples) / frame.sample_rate)
            sound.append(np.abs(frame.to_ndarray()[0]))
    return np.concatenate(times_s), np.concatenate(sound)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 16_000])
def test_sound_is_kept(tmp_path: Path, codec: str, rate_hz: int) -> None:
    source = make_sound(tmp_path / "s.mkv", codec, rate_hz)
    times_s, sound = read_sound(write_with_sound(tmp_path / "v.mp4", source))
    assert len(sound) / rate_hz == pytest.approx(2.0, abs=0.15)
    assert times_s[np.argmax(sound > 0.5)] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("rate_hz", [4_000, 50_000, 192_000])
def test_sound_of_a_rate_that_aac_lacks_is_kept(tmp_path: Path, rate_hz: int) -> None:
    source = make_sound(tmp_path / "s.mkv", rate_hz=rate_hz)
    times_s, sound = read_sound(write_with_sound(tmp_path / "v.mp4", source))
    assert times_s[-1] == pytest.approx(2.0, abs=0.3)
    assert times_s[np.argmax(sound > 0.5)] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("start_s", [0.0, 0.7131])
@pytest.mark.parametrize(
    ("codec", "gap_s"),
    [("aac", (0.0, 0.0)), *(("pcm_s16le", gap_s) for gap_s in [(0, 0), (0, 0.4), (0.75, 0.9)])],
)
def test_sound_is_in_step_with_the_pictures(
    tmp_path: Path, codec: str, start_s: float, gap_s: tuple[float, float]
) -> None:
    """Pictures may begin after the sound, and the sound have gaps."""
    source = make_sound(tmp_path / "s.mkv", codec, gap_s=gap_s)
    path = write_with_sound(tmp_path / "v.mp4", source, 1.2, start_s)
    times_s, sound = read_sound(path)
    assert times_s[np.argmax(sound > 0.5)] == pytest.approx(1.0 - start_s, abs=0.015)
    assert times_s[0] > -0.001


def test_sound_whose_times_go_back_ends_no_video(tmp_path: Path) -> None:
    """Two recordings put together by ``cat``: their times begin anew."""
    parts = [make_sound(tmp_path / f"{k}.ts", "aac", n_s=k) for k in (2, 3)]
    source = tmp_path / "both.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    with av.open(str(source)) as container:
        begins_s = [float(p.dts * p.time_base) for p in container.demux(audio=0) if p.dts]
    assert (np.diff(begins_s) < 0).any()
    start_s = min(begins_s)
    times_s, sound = read_sound(write_with_sound(tmp_path / "v.mp4", source, 3.0, start_s))
    assert times_s[np.argmax(sound > 0.5)] == pytest.approx(1.0, abs=0.05)
    assert times_s[-1] == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("where", ["open", "head", "packet"])
def test_sound_that_cannot_be_written_ends_no_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    source = make_sound(tmp_path / "s.mkv", "aac")
    if where == "open":
        source.write_bytes(source.read_bytes()[:400])
    elif where == "head":  # a rate that the encoder refuses
        source = make_sound(tmp_path / "s.mkv", rate_hz=50_000)
        monkeypatch.setattr(formcheck.video.writer, "_RATE_HZ", 50_000)
    else:
        take = Soundtrack.take

        def spoil(track: Soundtrack) -> Any:
            packet = take(track)
            if packet is not None:
                packet.dts = packet.pts = 5
            return packet

        monkeypatch.setattr(Soundtrack, "take", spoil)
    path = write_with_sound(tmp_path / "v.mp4", source)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".mp4"] == [path.name]


def test_a_video_that_ffmpeg_refuses_is_told_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(QUALITY, "preset", "no such preset")
    with pytest.raises(StoreError, match=r"v\.mp4: the video cannot be written: .*: convert"):
        write(tmp_path / "v.mp4", [0.0, 0.1])
    assert list(tmp_path.iterdir()) == []


def test_a_source_without_sound_gives_none(tmp_path: Path) -> None:
    source = media.write_clip(tmp_path / "silent.mp4", media.plain(64, 48, 5))
    with VideoWriter(tmp_path / "v.mp4", *SIZE, audio_from=source) as writer:
        writer.write(image(), 0.0)
    with av.open(str(tmp_path / "v.mp4")) as container:
        assert not container.streams.audio


def test_a_failure_leaves_nothing_and_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    path.write_text("old")

    def write_badly() -> None:
        with VideoWriter(path, *SIZE) as writer:
            writer.write(image(), 0.0)
            writer.write(np.zeros((3, 3), np.uint8), 0.1)

    with pytest.raises(ValueError, match=r"\(3, 3\)"):
        write_badly()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files may not grow past 20 kB, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [0, 10, 40])
def test_a_disk_without_room_for_the_head_of_the_file(tmp_path: Path, size: int) -> None:
    """In a process of its own: FFmpeg crashes where one goes on writing."""
    code = f"""
import resource
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
import numpy as np
from formcheck.video.writer import Soundtrack
from formcheck.video.writer import QUALITY, VideoWriter
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
image = np.zeros((48, 64, 3), np.uint8)
try:
    with VideoWriter(Path({str(tmp_path / "v.mp4")!r}), 64, 48, fast=True) as writer:
        for k in range(50):
            writer.write(image, k / 30)
except OSError as error:
    print(type(error).__name__, error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"StoreError {tmp_path / 'v.mp4'}: the video cannot be written")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(1)

    def fill() -> None:
        with VideoWriter(tmp_path / "v.mp4", *SIZE) as writer:
            for k in range(300):
                noise = random.integers(0, 255, (*SIZE[::-1], 3)).astype(np.uint8)
                writer.write(noise, k / 30)

    with pytest.raises(StoreError, match=r"v\.mp4: the video cannot be written"):
        fill()
    assert list(tmp_path.iterdir()) == []


_WATCHED = (formcheck.files.__file__, formcheck.video.writer.__file__, contextlib.__file__)


class _Interrupted(BaseException):
    """As a signal raises it, between any two lines."""


def test_nothing_is_left_wherever_a_signal_comes_in_while_it_is_opened(tmp_path: Path) -> None:
    def open_until(line: int) -> bool:
        """Whether the file was open before that many lines of Python were run."""
        n_lines = 0

        def count(frame: FrameType, event: str, argument: object) -> TraceFunction:
            nonlocal n_lines
            n_lines += event == "line" and frame.f_code.co_filename in _WATCHED
            if n_lines == line:
                sys.settrace(None)
                raise _Interrupted
            return count

        writer = VideoWriter(tmp_path / "v.mp4", *SIZE)
        before = sys.gettrace()
        sys.settrace(count)
        try:
            with writer:
                sys.settrace(before)
        except _Interrupted:
            return False
        finally:
            sys.settrace(before)
        return True

    line = 1
    while not open_until(line):
        assert list(tmp_path.iterdir()) == [], f"interrupted at line {line}"
        line += 1
    assert line > 30, "it was interrupted while the file was made"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        VideoWriter(tmp_path / "file" / "v.mp4", *SIZE).__enter__()


def test_what_a_link_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.mp4").write_text("old")
    (tmp_path / "v.mp4").symlink_to("real.mp4")
    write(tmp_path / "v.mp4", [0.0, 0.1])
    assert (tmp_path / "v.mp4").is_symlink()
    assert read_times(tmp_path / "real.mp4") == pytest.approx([0.0, 0.1], abs=1e-4)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "v.mp4")
    with pytest.raises(
        StoreError, match=r"v\.mp4: .* it is not a regular file: give a file's name"
    ):
        VideoWriter(tmp_path / "v.mp4", *SIZE).__enter__()
    assert (tmp_path / "v.mp4").is_fifo()
    assert len(list(tmp_path.iterdir())) == 1


def test_odd_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "v.mp4", 63, 48)
