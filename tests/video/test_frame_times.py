"""True seconds of files that say their times wrongly, or not at all."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.app.closer_look import list_losses
from formcheck.video.clip import Clip
from tests.support import media

Image = NDArray[np.uint8]
CAPTURED = "com.android.capture.fps"


def grey(level: int, width: int = 96, height: int = 64) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def moving(n: int, width: int = 96, height: int = 64) -> list[Image]:
    """Pictures that a coder wants B-frames for, each a little brighter than the one before."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 40, (height, width, 3))
    return [(noise + 6 * k).clip(0, 255).astype(np.uint8) for k in range(n)]


def encode(
    path: Path, images: list[Image], *, codec: str = "libx264", rate: int = 15, slow: int = 1
) -> Path:
    """A file of as many pictures as are given, stored ``slow`` times as long as they took."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if codec == "libx264":
            stream.options = {"x264-params": "bframes=3:b-adapt=0"}
        for k, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, rate)
            for packet in stream.encode(frame):
                container.mux(stretch(packet, slow))
        for packet in stream.encode():
            container.mux(stretch(packet, slow))
    return path


def stretch(packet: av.Packet[av.VideoStream], slow: int) -> av.Packet[av.VideoStream]:
    assert packet.pts is not None
    assert packet.dts is not None
    packet.pts, packet.dts = slow * packet.pts, slow * packet.dts
    return packet


def tag(path: Path, taken_hz: str) -> Path:
    """The same MP4 with Android's tag."""
    tagged = path.with_stem(f"{path.stem}_tagged")
    with (
        av.open(str(path)) as old,
        av.open(str(tagged), "w", options={"movflags": "use_metadata_tags"}) as new,
    ):
        new.metadata[CAPTURED] = taken_hz
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    return tagged


def see(clip: Clip) -> tuple[list[float], list[float]]:
    """Times and mean grey levels."""
    frames = list(clip.frames())
    return [f.time_s for f in frames], [float(f.image.mean()) for f in frames]


def codes(clip: Clip) -> list[str]:
    return [note.code for note in list_losses(clip)]


@pytest.mark.parametrize("container", ["avi", "mp4"])
def test_times_of_decoding_lose_no_picture_and_no_order(tmp_path: Path, container: str) -> None:
    """AVI has no others; an MP4 made of one may have none either."""
    path = encode(tmp_path / "b.avi", moving(30))
    if container == "mp4":
        path = remux_with_decoding_times(path)
    with Clip(path) as clip:
        found_s, levels = see(clip)
        assert not clip.clock.in_order
    assert found_s == pytest.approx([k / 15 for k in range(30)], abs=1e-3)
    assert levels == sorted(levels)
    assert clip.n_dropped_times == 0
    assert codes(clip) == []


def remux_with_decoding_times(avi: Path) -> Path:
    path = avi.with_suffix(".mp4")
    with av.open(str(avi)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for k, packet in enumerate(old.demux(video=0)):
            if packet.size:
                packet.stream = stream
                packet.pts = packet.dts = k
                new.mux(packet)
    return path


def test_true_times_of_b_frames_are_kept(tmp_path: Path) -> None:
    with Clip(encode(tmp_path / "b.mp4", moving(30))) as clip:
        found_s, levels = see(clip)
        assert clip.clock.in_order
    assert found_s == pytest.approx([k / 15 for k in range(30)], abs=1e-3)
    assert levels == sorted(levels)


@pytest.mark.parametrize(
    ("name", "codec"), [("raw.mjpeg", "mjpeg"), ("raw.h264", "libx264"), ("raw.hevc", "libx265")]
)
def test_a_file_without_times_says_so_and_takes_the_rate_it_is_told(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = encode(tmp_path / name, moving(20), codec=codec)
    with Clip(path) as clip:
        found_s, _ = see(clip)
        [note] = list_losses(clip)
    assert note.code == "rate_guessed"
    assert f"{1 / np.diff(found_s).mean():.3g} frames per second" in note.text
    with Clip(path, true_hz=10) as clip:
        found_s, levels = see(clip)
        assert codes(clip) == []
    assert found_s == pytest.approx([k / 10 for k in range(20)])
    assert levels == sorted(levels)


def test_a_wrong_rate_is_put_right(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", moving(30), rate=25)
    with Clip(path, true_hz=10) as clip:
        found_s, _ = see(clip)
        assert found_s == pytest.approx([k / 10 for k in range(30)], abs=1e-3)
        assert clip.duration_s == pytest.approx(3.0, abs=0.05)
        sampled_s = [frame.time_s for frame in clip.frames(rate_hz=5)]
        assert sampled_s == pytest.approx([k / 5 for k in range(15)], abs=1e-3)
        assert clip.n_decoded == 30
        assert clip.audio_path is None, "sound of another length"


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_rate(tmp_path: Path, rate_hz: float) -> None:
    with pytest.raises(ValueError, match="true_hz"):
        Clip(encode(tmp_path / "v.mp4", moving(2)), true_hz=rate_hz)


@pytest.mark.parametrize(
    ("rate", "slow", "taken_hz", "true_hz"),
    [
        (30, 1, "120.0", 120),  # stored at 30, taken at 120
        (30, 1, "240", 240),
        (60, 1, "240.0", 240),
        (30, 1, "119.88", 120),
        (15, 4, "60.0", 15),  # the coder knew 15; the container was stretched by four
    ],
)
def test_slow_motion_of_android_has_its_true_seconds(
    tmp_path: Path, rate: int, slow: int, taken_hz: str, true_hz: float
) -> None:
    path = tag(encode(tmp_path / "v.mp4", moving(40), rate=rate, slow=slow), taken_hz)
    with Clip(path) as clip:
        found_s, _ = see(clip)
        assert codes(clip) == ["slow_motion"]
    assert found_s == pytest.approx([k / true_hz for k in range(40)], abs=1e-3)


@pytest.mark.parametrize("taken_hz", ["120.0", "119.9", "30", "0", "-5", "nan", "many"])
def test_a_clip_that_is_not_stretched_keeps_its_times(tmp_path: Path, taken_hz: str) -> None:
    path = tag(encode(tmp_path / "v.mp4", moving(40), rate=120), taken_hz)
    with Clip(path) as clip:
        found_s, _ = see(clip)
        assert codes(clip) == []
    assert found_s == pytest.approx([k / 120 for k in range(40)], abs=1e-3)


def test_a_tag_that_fits_nothing_is_a_doubt(tmp_path: Path) -> None:
    path = tag(encode(tmp_path / "v.mp4", moving(20), rate=4), "60.0")
    with Clip(path) as clip:
        found_s, _ = see(clip)
        assert codes(clip) == ["maybe_slow_motion"]
    assert found_s == pytest.approx([k / 4 for k in range(20)], abs=1e-3)


@pytest.mark.parametrize(
    ("rate", "taken_hz", "is_told"),
    [(15, "1.0", True), (30, "0.5", True), (30, "10", True), (30, "15.0", True),
     (30, "24.0", False), (15, "15.0", False), (15, "14.9", False)],
)  # fmt: skip
def test_a_time_lapse_is_a_doubt_until_the_rate_is_told(
    tmp_path: Path, rate: int, taken_hz: str, is_told: bool
) -> None:
    path = tag(encode(tmp_path / "v.mp4", moving(20), rate=rate), taken_hz)
    with Clip(path) as clip:
        found_s, _ = see(clip)
        assert codes(clip) == (["maybe_time_lapse"] if is_told else [])
    assert found_s == pytest.approx([k / rate for k in range(20)], abs=1e-3)
    with Clip(path, true_hz=float(taken_hz)) as clip:
        found_s, _ = see(clip)
        assert "maybe_time_lapse" not in codes(clip)
    assert found_s == pytest.approx([k / float(taken_hz) for k in range(20)], rel=1e-3)


def test_what_looks_slowed_is_a_doubt_until_the_rate_is_told(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", moving(40), rate=120, slow=4)
    with Clip(path) as clip:
        found_s, _ = see(clip)
        [note] = list_losses(clip)
        assert note.code == "maybe_slow_motion"
        assert "--fps" in note.text
    assert found_s == pytest.approx([k / 30 for k in range(40)], abs=1e-3)
    with Clip(path, true_hz=120) as clip:
        found_s, _ = see(clip)
        assert codes(clip) == []
    assert found_s == pytest.approx([k / 120 for k in range(40)], abs=1e-3)


def test_seconds_without_a_picture_are_told(tmp_path: Path) -> None:
    times_s = [k / 10 for k in range(30)] + [5 + k / 10 for k in range(50)]
    path = media.write_clip(tmp_path / "v.mp4", ((t, grey(90)) for t in times_s))
    with Clip(path) as clip:
        found_s, _ = see(clip)
        assert clip.gaps_s == pytest.approx(2.1, abs=0.01)
        assert codes(clip) == ["gaps"]
    assert found_s == pytest.approx(times_s, abs=1e-3)


def test_a_clip_that_ends_before_its_end_says_so(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "v.mkv"), "w") as container:
        stream = container.add_mux_stream("mjpeg", rate=10, width=96, height=64)
        stream.time_base = Fraction(1, 1000)
        for k in range(60):
            ok, jpeg = cv2.imencode(".jpg", grey(4 * k))
            assert ok
            packet = av.Packet(jpeg.tobytes())
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = 100 * k
            container.mux(packet)
    whole = (tmp_path / "v.mkv").read_bytes()
    for share, expected in ((1.0, []), (0.5, ["cut_short"])):
        (tmp_path / "v.mkv").write_bytes(whole[: round(share * len(whole))])
        with Clip(tmp_path / "v.mkv") as clip:
            see(clip)
            assert [code for code in codes(clip) if code != "damaged"] == expected
