"""Clips: exact times, upright pictures, and one clear line for what cannot be read."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from formcheck import SourceError
from formcheck.app.closer_look import list_losses
from formcheck.video.clip import Clip
from tests.support import media

Image = NDArray[np.uint8]
RED, BLUE = (0, 0, 255), (255, 0, 0)
ONE = 1 << 16


def corners(width: int = 64, height: int = 48) -> Image:
    """Black, red at the top left, blue at the top right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = RED
    image[: height // 2, width // 2 :] = BLUE
    return image


def see(image: Image, colour: tuple[int, int, int]) -> tuple[str, str]:
    """Which half of the picture a colour is in, down and across."""
    near = np.abs(image.astype(int) - colour).sum(axis=2) < 150
    y, x = (float(np.mean(places)) for places in np.nonzero(near))
    down = "top" if y < image.shape[0] / 2 else "bottom"
    return down, "left" if x < image.shape[1] / 2 else "right"


def write(path: Path, times_s: list[float], image: Image | None = None) -> Path:
    picture = corners() if image is None else image
    return media.write_clip(path, ((t, picture) for t in times_s))


def write_intra(path: Path, pts_ms: list[int], width: int = 64, height: int = 48) -> Path:
    """Matroska of separate JPEG pictures, with a grey level each, and any times."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_mux_stream("mjpeg", rate=30, width=width, height=height)
        stream.time_base = Fraction(1, 1000)
        for k, pts in enumerate(pts_ms):
            ok, jpeg = cv2.imencode(".jpg", np.full((height, width, 3), 8 * k % 250, np.uint8))
            assert ok
            packet = av.Packet(jpeg.tobytes())
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts, packet.dts, packet.is_keyframe = pts, k, True
            container.mux(packet)
    return path


def turn_by(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write a display matrix into the track header of an MP4."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def times(clip: Clip, rate_hz: float | None = None) -> list[float]:
    return [frame.time_s for frame in clip.frames(rate_hz=rate_hz)]


def test_a_variable_rate_keeps_its_own_times(tmp_path: Path) -> None:
    true = [k / 30 for k in range(30)] + [1 + k / 10 for k in range(10)]
    clip = Clip(write(tmp_path / "v.mp4", true))
    assert times(clip) == pytest.approx(true, abs=1e-4)
    assert [frame.index for frame in clip.frames()] == list(range(40))
    assert clip.n_decoded == clip.n_frames_hint == 40
    assert clip.duration_s == pytest.approx(1.9, abs=0.11)  # as the file says
    assert (clip.name, clip.width_px, clip.height_px) == ("v.mp4", 64, 48)
    assert not clip.is_still


def test_frames_of_some_stretches_alone(tmp_path: Path) -> None:
    clip = Clip(write(tmp_path / "v.mp4", [k / 10 for k in range(30)]))
    frames = list(clip.frames(within=[(0.35, 0.6), (2.0, 2.1)]))
    assert [frame.index for frame in frames] == [4, 5, 6, 20, 21]
    assert clip.n_decoded == 30


def test_a_clip_is_a_source_of_frames(tmp_path: Path) -> None:
    source = Clip(write(tmp_path / "c.mp4", [0.0, 0.1]))
    frames = list(source.frames())
    assert [frame.index for frame in frames] == [0, 1]
    assert (frames[0].width_px, frames[0].height_px) == (source.width_px, source.height_px)
    assert (source.name, source.is_still) == ("c.mp4", False)
    source.close()


def test_time_starts_at_the_first_picture(tmp_path: Path) -> None:
    clip = Clip(write_intra(tmp_path / "late.mkv", [5000, 5040, 5080]))
    assert times(clip) == pytest.approx([0, 0.04, 0.08])
    assert clip.start_s == 5.0
    assert clip.duration_s == pytest.approx(0.12, abs=0.05)


def test_times_that_repeat_or_go_back_are_dropped_and_jumps_kept(tmp_path: Path) -> None:
    clip = Clip(write_intra(tmp_path / "t.mkv", [0, 40, 40, 20, 80, 9000, 100, 9040]))
    assert times(clip) == pytest.approx([0, 0.04, 0.08, 9.0, 9.04])
    assert (clip.n_decoded, clip.n_dropped_times) == (8, 3)


def test_pictures_without_times_get_the_nominal_ones(tmp_path: Path) -> None:
    path = tmp_path / "raw.h264"
    with av.open(str(path), "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(corners(), format="bgr24")))
        container.mux(stream.encode())
    found = times(Clip(path))
    assert len(found) == 10
    assert np.diff(found) == pytest.approx(1 / 25, abs=1e-3)


@pytest.mark.parametrize(
    ("matrix", "size", "red", "blue"),
    [
        ((ONE, 0, 0, ONE), (64, 48), ("top", "left"), ("top", "right")),
        ((0, ONE, -ONE, 0), (48, 64), ("top", "right"), ("bottom", "right")),
        ((-ONE, 0, 0, -ONE), (64, 48), ("bottom", "right"), ("bottom", "left")),
        ((0, -ONE, ONE, 0), (48, 64), ("bottom", "left"), ("top", "left")),
        ((-ONE, 0, 0, ONE), (64, 48), ("top", "right"), ("top", "left")),
    ],
    ids=["none", "90 clockwise", "180", "270 clockwise", "mirrored"],
)
def test_pictures_are_upright(
    tmp_path: Path,
    matrix: tuple[int, int, int, int],
    size: tuple[int, int],
    red: tuple[str, str],
    blue: tuple[str, str],
) -> None:
    clip = Clip(turn_by(write(tmp_path / "v.mp4", [0, 0.1]), *matrix))
    image = next(clip.frames()).image
    assert (clip.width_px, clip.height_px) == (image.shape[1], image.shape[0]) == size
    assert see(image, RED) == red
    assert see(image, BLUE) == blue


def test_oblong_pixels_become_square(tmp_path: Path) -> None:
    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(corners(), format="bgr24")))
        container.mux(stream.encode())
    clip = Clip(path)
    assert (clip.width_px, clip.height_px) == (128, 48)
    assert next(clip.frames()).image.shape == (48, 128, 3)


def test_a_file_that_claims_to_last_for_years_is_not_believed(tmp_path: Path) -> None:
    path = write_intra(tmp_path / "years.mkv", [0, 100, 200])
    data = path.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3  # Duration, of 8 bytes, ms
    for told_s, lasts_s in ((1e9, 0.2 + 1 / 30), (30.0, 30.0), (0.3, 0.3)):
        path.write_bytes(data[:at] + struct.pack(">d", 1000 * told_s) + data[at + 8 :])
        with Clip(path) as clip:
            assert clip.duration_s == pytest.approx(told_s)
            assert len(list(clip.frames())) == 3
            assert clip.duration_s == pytest.approx(lasts_s, abs=0.1)


def test_a_rate_keeps_the_first_frame_of_each_step(tmp_path: Path) -> None:
    clip = Clip(write(tmp_path / "v.mp4", [k / 30 for k in range(60)]))
    assert times(clip, 10) == pytest.approx([k / 10 for k in range(20)], abs=1e-3)
    assert clip.n_decoded == 60
    assert len(times(clip, 60)) == 60
    assert [f.index for f in clip.frames(rate_hz=10)][:3] == [0, 3, 6]


def test_times_rounded_to_a_millisecond_lose_no_frame_at_their_own_rate(tmp_path: Path) -> None:
    clip = Clip(write_intra(tmp_path / "v.mkv", [round(1000 * k / 15) for k in range(30)]))
    assert len(times(clip, 15)) == 30


@settings(deadline=None)  # it writes files
@given(
    steps_ms=st.lists(st.integers(1, 400), min_size=1, max_size=25),
    rate_hz=st.floats(0.5, 60),
)
def test_a_sampled_clip_has_at_most_its_rate(
    tmp_path_factory: pytest.TempPathFactory, steps_ms: list[int], rate_hz: float
) -> None:
    path = tmp_path_factory.mktemp("clip") / "v.mkv"
    pts = [0, *np.cumsum(steps_ms).tolist()]
    clip = Clip(write_intra(path, pts))
    found = times(clip, rate_hz)
    assert found[0] == 0
    assert set(found) <= set(times(clip))
    assert len(found) <= (found[-1] + 0.002) * rate_hz + 1
    in_steps = {int((t / 1000 + 0.002) * rate_hz) for t in pts}
    assert len(found) == len(in_steps), "every step of the grid with a frame in it gives one"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (641, 2), (2, 641)])
def test_odd_and_tiny_sizes(tmp_path: Path, width: int, height: int) -> None:
    clip = Clip(write_intra(tmp_path / "v.mkv", [0, 40], width, height))
    assert next(clip.frames()).image.shape == (height, width, 3)
    small = next(clip.frames(max_side_px=2)).image
    assert max(small.shape[:2]) == min(2, max(width, height))
    assert min(small.shape) >= 1


def test_a_picture_of_8k_is_shrunk_as_it_is_decoded(tmp_path: Path) -> None:
    clip = Clip(write(tmp_path / "8k.mp4", [0, 0.1, 0.2], corners(7680, 4320)))
    frames = list(clip.frames(max_side_px=640))
    assert (clip.width_px, clip.height_px, len(frames)) == (7680, 4320, 3)
    assert frames[0].image.shape == (360, 640, 3)
    assert see(frames[0].image, RED) == ("top", "left")


def test_a_shrunk_turned_clip_fits_too(tmp_path: Path) -> None:
    clip = Clip(turn_by(write(tmp_path / "v.mp4", [0, 0.1]), 0, ONE, -ONE, 0))
    assert next(clip.frames(max_side_px=32)).image.shape == (32, 24, 3)


@pytest.mark.parametrize(("form", "codec"), [("vob", "mpeg2video"), ("flv", "flv")])
def test_a_kind_that_is_not_read_says_what_to_do(tmp_path: Path, form: str, codec: str) -> None:
    path = tmp_path / "old.mpg"
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(corners(), format="bgr24")
        container.mux([*stream.encode(frame), *stream.encode()])
    with pytest.raises(SourceError, match=r"old\.mpg: is an MPEG .* convert it to MP4"):
        Clip(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff"])
def test_a_still_tells_whether_it_is_sound(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / f"photo{suffix}"
    picture = cv2.resize(rng.integers(0, 255, (30, 40, 3), np.uint8), (320, 240))
    assert cv2.imwrite(str(path), picture)
    with Clip(path) as clip:
        assert [len(list(clip.frames())), clip.n_damaged] == [1, 0]
    if suffix == ".jpg":
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 2] = b"\xff\xd9"  # as if it ended here
        path.write_bytes(data)
        with Clip(path) as clip:
            assert list(clip.frames())
            [note] = list_losses(clip)
            assert note.code == "damaged"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif"])
def test_stills_are_told_by_their_contents(tmp_path: Path, suffix: str) -> None:
    ok, data = cv2.imencode(suffix, corners())
    assert ok
    path = tmp_path / "still.mp4"
    path.write_bytes(data.tobytes())
    with Clip(path) as clip:
        assert clip.is_still
        assert (clip.duration_s, clip.n_frames_hint) == (0.0, 1)
        [frame] = clip.frames()
    assert (frame.time_s, frame.image.shape) == (0.0, (48, 64, 3))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    """OpenCV, which turns pictures itself, is the reference."""
    ok, data = cv2.imencode(".jpg", corners())
    assert ok
    exif = b"Exif\0\0" + struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    jpeg = data.tobytes()
    jpeg = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    (tmp_path / "photo.jpg").write_bytes(jpeg)
    expected = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert expected is not None
    clip = Clip(tmp_path / "photo.jpg")
    [frame] = clip.frames()
    assert frame.image.shape == expected.shape == (clip.height_px, clip.width_px, 3)
    assert np.abs(frame.image.astype(int) - expected).mean() < 8


def test_a_file_object_is_read_as_often_as_asked_and_left_open(tmp_path: Path) -> None:
    file = io.BytesIO(write(tmp_path / "v.mp4", [0, 0.1, 0.2]).read_bytes())
    with Clip(file, name="upload") as clip:
        assert times(clip) == times(clip) == pytest.approx([0, 0.1, 0.2], abs=1e-4)
    assert clip.name == "upload"
    assert clip.audio_path is None
    assert not file.closed


def test_the_name_does_not_matter(tmp_path: Path) -> None:
    for name in ("picture%03d.jpg", "notes.txt", "http:x"):
        path = write(tmp_path / "v.mp4", [0, 0.1]).rename(tmp_path / name)
        assert len(times(Clip(path))) == 2


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_no_text_is_told_as_text(tmp_path: Path) -> None:
    path = write(tmp_path / os.fsdecode(b"caf\xe9.mp4"), [0.0, 0.1])
    with Clip(path) as clip:
        assert clip.name == "caf\\udce9.mp4"
        assert len(list(clip.frames())) == 2
        assert clip.audio_path == path


def test_damage_in_the_middle_is_skipped_and_counted(tmp_path: Path) -> None:
    path = write_intra(tmp_path / "v.mkv", [40 * k for k in range(10)])
    data = path.read_bytes()
    starts = [at for at in range(len(data)) if data.startswith(b"\xff\xd8\xff", at)]
    at = starts[len(starts) // 2]
    path.write_bytes(data[:at] + bytes(300) + data[at + 300 :])
    clip = Clip(path)
    found = times(clip)
    assert 7 <= len(found) <= 9
    assert found[-1] == pytest.approx(0.36)
    assert clip.n_damaged >= 1


def test_a_picture_decoded_with_errors_is_kept_and_told(tmp_path: Path, samples: Path) -> None:
    whole = samples / "half-kneeling_tuck.mp4"
    with av.open(str(whole)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size and p.pos]
    data = bytearray(whole.read_bytes())
    at = packets[len(packets) // 2][0] + packets[len(packets) // 2][1] // 3
    data[at : at + 40] = bytes(byte ^ 0xFF for byte in data[at : at + 40])
    path = tmp_path / "v.mp4"
    path.write_bytes(data)
    clip = Clip(path)
    found = times(clip)
    assert 1 <= clip.n_damaged <= 4
    assert len(packets) - clip.n_damaged < len(found) <= len(packets), "not all of them are lost"
    [note] = list_losses(clip)
    assert note.code == "damaged"
    assert note.text.endswith(f"{clip.n_damaged}; what they show may be wrong or missing.")


def test_a_cut_clip_gives_what_is_there(tmp_path: Path) -> None:
    path = write_intra(tmp_path / "v.mkv", [40 * k for k in range(20)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 <= len(times(Clip(path))) <= 11


def test_a_clip_without_one_good_picture_is_an_error(tmp_path: Path) -> None:
    path = write_intra(tmp_path / "v.mkv", [0, 40])
    data = path.read_bytes()
    at = data.index(b"\xff\xd8\xff")
    path.write_bytes(data[:at] + bytes(len(data) - at))
    with pytest.raises(SourceError, match=r"^v\.mkv: none of its pictures"):
        list(Clip(path).frames())


@pytest.mark.parametrize(("make", "words"), media.BAD.values(), ids=media.BAD.keys())
def test_bad_files_get_one_line(
    tmp_path: Path, make: Callable[[Path, Path], Path], words: str
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    path = make(tmp_path, write(tmp_path / "good.mp4", [k / 10 for k in range(20)], noise))
    with pytest.raises(SourceError, match=words) as caught:
        list(Clip(path).frames())
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_no_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "v.mp4", [0])

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match="no permission"):
        Clip(path)


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", [0, 0.1])
    listed = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path / 'v.mp4'}\n#EXT-X-ENDLIST\n"
    (tmp_path / "list.m3u8").write_text(listed)
    with pytest.raises(SourceError, match="not a video"):
        list(Clip(tmp_path / "list.m3u8").frames())


def test_a_device_is_not_a_file() -> None:
    with pytest.raises(SourceError, match="is not a file"):
        Clip(os.devnull)


def test_closing_ends_the_frames(tmp_path: Path) -> None:
    clip = Clip(write(tmp_path / "v.mp4", [k / 10 for k in range(10)]))
    frames = clip.frames()
    next(frames)
    clip.close()
    assert list(frames) == []


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    clip = Clip(write(tmp_path / "v.mp4", [0]))
    with pytest.raises(ValueError, match="max_side_px"):
        clip.frames(max_side_px=0)
    with pytest.raises(ValueError, match="rate_hz"):
        clip.frames(rate_hz=0.0)
