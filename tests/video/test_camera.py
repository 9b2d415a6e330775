"""Cameras: the newest frame, its true time, and every way in which a camera can fail."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from formcheck import SourceError
from formcheck.video import camera as camera_module
from formcheck.video.camera import BLACK, COVERED, FROZEN, GONE, NOTHING_COMES, Camera, find_cover
from tests.support.cameras import (
    LONG_S,
    N_SLOTS,
    NOTICED_S,
    SLOW_S,
    Image,
    Viewer,
    camera_threads,
    number_of,
    numbered,
    viewing,
    wait_until,
)
from tests.support.media import read_frames
from tests.support.stream import (
    MjpegServer,
    Reel,
    reel_of_clips,
    reel_of_images,
    start_server_process,
)

ROOT = Path(__file__).parents[2]
RATE_HZ = 30.0


@pytest.fixture(scope="module")
def reel() -> Reel:
    """Numbered pictures, one a slot, 17 seconds of them."""
    return reel_of_images([numbered(k) for k in range(N_SLOTS)], rate_hz=RATE_HZ)


@pytest.fixture
def server(reel: Reel) -> Iterator[MjpegServer]:
    with MjpegServer(reel, loop=True) as stream:
        yield stream


@pytest.fixture(autouse=True)
def _no_threads_stay() -> Iterator[None]:
    yield
    wait_until(lambda: not camera_threads())


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".de"])
@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_what_no_host_can_be_called_is_told_in_one_line(scheme: str, host: str) -> None:
    with pytest.raises(SourceError, match=rf"there is no host {re.escape(host)}: check the addr"):
        Camera(f"{scheme}://{host}/video")


def test_it_is_a_source_of_frames(server: MjpegServer) -> None:
    with Camera(server.url) as camera:
        assert (camera.width_px, camera.height_px) == (320, 180)
        assert camera.name == server.url
        frame = next(camera.frames())
        assert frame.image.shape == (180, 320, 3)
        assert 0 <= camera.now_s - frame.time_s < 1
        assert camera.lost is None


def test_who_asks_for_it_is_told_that_no_frame_comes(server: MjpegServer) -> None:
    with Camera(server.url) as camera:
        closing = threading.Timer(LONG_S, camera.close)
        closing.start()
        frames = camera.frames_or_none(every_s=0.5)
        server.stall()
        before = list(itertools.takewhile(bool, frames))
        server.resume()
        after = next(filter(None, frames))
        closing.cancel()
        closing.join()
    assert after.index == len(before), "nothing that did not come is counted"


def test_the_newest_frame_wins(server: MjpegServer) -> None:
    with Camera(server.url) as camera:
        ages_s = []
        for n_handed, frame in enumerate(camera.frames(), start=1):
            ages_s.append(server.position_s - number_of(frame.image) / RATE_HZ)
            if n_handed == 6:
                break
            time.sleep(0.5)  # a slow consumer is what is tried
        assert np.median(ages_s) < 0.15
        assert max(ages_s) < 1.0  # a queue would be 2.4 s old at the end
        assert camera.n_skipped > 50
        assert camera.n_skipped + n_handed <= camera.n_frames


def test_times_are_those_of_the_pictures(server: MjpegServer) -> None:
    with viewing(server.url) as (_, viewer):
        viewer.wait_for_more(75)
    drift_s = [frame.time_s - number_of(frame.image) / RATE_HZ for frame, _ in viewer.frames]
    assert np.percentile(np.abs(drift_s), 90) < 0.08
    came_s = [came_s - frame.time_s for frame, came_s in viewer.frames]
    assert np.percentile(came_s, 90) - min(came_s) < 0.1  # handed out as soon as they are there


def test_a_clip_from_another_process_is_seen_as_it_is(samples: Path) -> None:
    clip = samples / "half-kneeling_tuck.mp4"
    with (
        start_server_process([clip], "--size", "640x360") as stream,
        viewing(stream.url) as (camera, viewer),
    ):
        assert (camera.width_px, camera.height_px) == (640, 360)
        viewer.wait_for_more(20)
        stream.tell("drop")
        wait_until(lambda: camera.n_reconnects == 1)
        viewer.wait_for_more(10)
        seen_s = viewer.frames[-1][0].time_s
        assert abs(stream.tell("position") - seen_s) < SLOW_S


@pytest.mark.parametrize(
    ("fail", "recover", "reasons"),
    [
        ("stall", "resume", {NOTHING_COMES}),
        ("freeze", "resume", {FROZEN}),
        ("garbage", "resume", {NOTHING_COMES, GONE}),
        ("stop", "start", {GONE}),
    ],
)
def test_a_loss_is_noticed_and_made_good(
    server: MjpegServer, fail: str, recover: str, reasons: set[str]
) -> None:
    with viewing(server.url) as (camera, viewer):
        viewer.wait_for_more(10)
        assert camera.lost is None
        getattr(server, fail)()
        noticed_s = wait_until(lambda: camera.lost is not None)
        assert 1.0 < noticed_s < NOTICED_S + SLOW_S
        assert camera.lost in reasons
        n_before = viewer.n
        time.sleep(1.0)  # that nothing is handed out meanwhile is what is tried
        assert viewer.n == n_before
        assert camera.lost is not None
        getattr(server, recover)()
        back_s = wait_until(lambda: camera.lost is None)
        assert back_s < 5.0
        viewer.wait_for_more(20)
        (before, _), (after, came_s) = viewer.frames[n_before - 1], viewer.frames[n_before]
        gap_s = came_s - viewer.frames[n_before - 1][1]
        assert after.time_s - before.time_s == pytest.approx(gap_s, abs=0.2)
        # The same numbers again, in the clip's own time: no old picture came out of a buffer.
        ages_s = [
            frame.time_s - number_of(frame.image) / RATE_HZ for frame, _ in viewer.frames[-10:]
        ]
        assert np.median(np.abs(ages_s)) < 0.2


def test_a_dropped_connection_is_opened_again_before_anybody_minds(
    server: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "_STEADY_S", 0.3)
    with viewing(server.url) as (camera, viewer):
        for n_times in (1, 2, 3):
            viewer.wait_for_more(20)
            server.drop()
            back_s = wait_until(lambda: camera.n_reconnects == n_times)  # noqa: B023
            assert back_s < NOTICED_S
            assert camera.lost is None
            viewer.wait_for_more(5)


def test_a_picture_that_stays_frozen_is_asked_for_anew(
    server: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "_REOPEN_FROZEN_S", 0.5)
    with viewing(server.url) as (camera, viewer):
        viewer.wait_for_more(5)
        server.freeze()
        wait_until(lambda: camera.n_reconnects == 1)
        n_before = viewer.n
        wait_until(lambda: server.n_connections >= 2)
        assert camera.lost == FROZEN
        assert viewer.n == n_before
        server.resume()
        assert wait_until(lambda: camera.lost is None) < 3.0


def test_a_reconnection_in_another_size_is_fitted(server: MjpegServer) -> None:
    upright = reel_of_images([numbered(k, 240, 480) for k in range(60)])
    with viewing(server.url) as (camera, viewer):
        viewer.wait_for_more(3)
        server.stop()
        server.reel = upright
        server.start()
        wait_until(lambda: camera.n_reconnects == 1)
        viewer.wait_for_more(3)
        image = viewer.frames[-1][0].image
        assert image.shape == (180, 320, 3)
        assert (camera.width_px, camera.height_px) == (320, 180)
    left, right = (320 - 90) // 2, (320 + 90) // 2
    assert not image[:, : left - 1].any()
    assert not image[:, right + 1 :].any()
    assert image[:60, left + 2 : right - 2].mean() > 50


def test_too_many_pixels_are_shrunk(server: MjpegServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.video.camera.SIZE_PX", (160, 90))
    with Camera(server.url) as camera:
        assert (camera.width_px, camera.height_px) == (160, 90)
        frame = next(camera.frames())
        assert frame.image.shape == (90, 160, 3)
        assert number_of(frame.image) < N_SLOTS


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("webcam", "number such as 0"),
        (-1, "number such as 0"),
        ("", "number such as 0"),
        ("ftp://127.0.0.1/video", "http, https, rtsp or rtmp"),
        ("file:///etc/passwd", "http, https, rtsp or rtmp"),
        ("clip.mp4", "number such as 0"),
        ("http://", "number such as 0"),
        ("http://127.0.0.1:99999/video", "number such as 0"),
        ("http://[::1/video", "number such as 0"),
        ("/dev/video77", "no such camera"),
        ("77", "no such camera"),
        (77, "camera 77"),
        ("rtsp://127.0.0.1:9/stream", "nothing is listening on port 9"),
        ("http://127.0.0.1:9/video", "nothing is listening on port 9"),
    ],
)
def test_what_is_no_camera_is_told(where: int | str, words: str) -> None:
    start_s = time.monotonic()
    with pytest.raises(SourceError) as caught:
        Camera(where)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start_s < 10


@pytest.mark.parametrize(
    ("path", "words"),
    [("page", "web page"), ("private", "user name and a password"), ("nowhere", "no such page")],
)
def test_a_url_without_video_is_told(server: MjpegServer, path: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        Camera(server.url.replace("video", path))


@pytest.mark.parametrize(
    "where",
    [
        "http://eve:s3cret@127.0.0.1:9/video?token=s3cret#s3cret",
        "http://eve:s3@s3cret@127.0.0.1:9/video",
        "ftp://eve:s3cret@127.0.0.1/video",
        "eve:s3cret@127.0.0.1/video",
        "http://eve:s3cret@127.0.0.1:notaport/video",
    ],
)
def test_messages_keep_secrets(where: str) -> None:
    with pytest.raises(SourceError) as caught:
        Camera(where)
    shown: BaseException | None = caught.value
    assert "127.0.0.1" in str(shown)
    assert "s3cret" not in str(shown)
    assert "eve" not in str(shown)


def test_names_keep_secrets(server: MjpegServer) -> None:
    secret = server.url.replace("127", "eve:s3cret@127") + "?token=s3cret"
    with Camera(secret) as camera:
        assert camera.name == server.url


def test_closing_ends_a_wait_at_once(server: MjpegServer) -> None:
    with Camera(server.url) as camera:
        viewer = Viewer(camera)
        viewer.wait_for_more(3)
        server.stall()
        n_sent = server.n_sent
        wait_until(lambda: camera.n_frames >= n_sent - 1)
        start_s = time.monotonic()
        camera.close()
        viewer.join()
        assert time.monotonic() - start_s < 1.0 + SLOW_S
        camera.close()
        assert list(camera.frames()) == []


def test_ending_without_closing_is_quiet_and_no_proxy_is_asked(server: MjpegServer) -> None:
    """In a process of its own: what OpenCV writes, and how it ends with a reader at work."""
    script = f"""
import os, time
from formcheck.video.camera import Camera
from formcheck.errors import SourceError
os.putenv("http_proxy", "http://127.0.0.1:9")  # as the estimator does
os.putenv("no_proxy", "")
try:
    Camera("http://127.0.0.1:9/video")
except SourceError:
    pass
camera = Camera({server.url!r})
for frame in camera.frames():
    if frame.index == 5:
        print("go", flush=True)
    if camera.n_reconnects:
        break
    if frame.index > 5:
        time.sleep(0.01)
print("done", flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline() == "go\n"
            server.garbage()
            n_sent = server.n_sent
            wait_until(lambda: server.n_sent > n_sent + 10)
            server.resume()
            server.drop()
            said, complained = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (said, complained, process.returncode) == ("done\n", "", 0)


def test_sample_clips_never_look_frozen(samples: Path) -> None:
    """The most quiet of them, as JPEGs: what the server sends, a camera does not call frozen."""
    reel = reel_of_clips([samples / "half-kneeling_good25.mp4"], rate_hz=15.0)
    run = longest = 0
    last: Image | None = None
    for jpeg in reel.jpegs:
        seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert seen is not None
        sample = np.asarray(seen[::4, ::4], np.uint8)
        run = run + 1 if last is not None and np.array_equal(sample, last) else 0
        longest, last = max(longest, run), sample
    assert longest / reel.rate_hz < 0.3


def test_a_picture_in_which_nothing_can_be_seen_is_told() -> None:
    noise = np.random.default_rng(1).normal(0, 5, (720, 1280))
    y, x = np.mgrid[0:720, 0:1280]
    past_a_finger = 60 * np.exp(-((x - 900) ** 2 + (y - 300) ** 2) / (2 * 500**2)) + 5
    for light, told in (
        (np.zeros_like(noise), BLACK), (noise / 3, BLACK), (30 + noise, COVERED),
        (past_a_finger + noise, COVERED), (120 + noise, None),
    ):  # fmt: skip
        image = np.repeat(light.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
        assert find_cover(image) == told


def test_no_sample_clip_is_taken_for_a_covered_lens(samples: Path) -> None:
    for path in sorted(samples.glob("*.mp4"))[::4]:
        [(_, image), *_] = read_frames(path, 0.0, 0.1)
        for share in (1.0, 0.3, 0.12):  # by day, in the evening, at night
            assert find_cover((image * share).astype(np.uint8)) is None, path.name
