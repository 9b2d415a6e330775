"""Frames of a page: the newest, at its own times, whatever happens to it or the decoder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest

from formcheck.video.camera import GONE, NOTHING_COMES
from formcheck.video.frame import Frame
from formcheck.web import browser_camera, browser_decoder
from formcheck.web.browser_camera import BrowserCamera
from formcheck.web.browser_decoder import Decoder
from formcheck.web.protocol import pack_frame, read_frame
from tests.support.filmed import encode_jpeg
from tests.support.waiting import await_that


def encode(number: int, width: int = 64, height: int = 48) -> bytes:
    return encode_jpeg(np.full((height, width, 3), number, np.uint8))


class Page:
    """A camera, and the page that films."""

    def __init__(self) -> None:
        self.spoilt: list[int] = []
        self.camera = BrowserCamera(self.spoilt.append)
        self.frames = self.camera.frames_or_none(0.02)
        self.n = 0

    def send(self, captured_s: float, jpeg: bytes | None = None) -> None:
        self.n += 1
        data = encode(self.n) if jpeg is None else jpeg
        self.camera.offer(read_frame(pack_frame(self.n, captured_s, data)))

    def take(self) -> Frame:
        found = next(self.frames)
        assert found is not None
        return found

    def send_and_take(self, captured_s: float) -> Frame:
        self.send(captured_s)
        return self.take()


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.camera.close()
    assert list(page.frames) == []


def test_frames_come_at_the_times_of_the_page(page: Page) -> None:
    times = [page.send_and_take(at_s).time_s for at_s in (100.0, 100.07, 100.2)]
    assert times == pytest.approx([0.0, 0.07, 0.2])
    assert page.camera.find_number(times[1]) == 2
    assert page.camera.find_number(None) is None
    assert (page.camera.width_px, page.camera.height_px) == (64, 48)


def test_the_newest_wins(page: Page) -> None:
    page.send_and_take(1.0)
    page.send(1.1)
    page.send(1.2)
    frame = page.take()
    assert page.camera.find_number(frame.time_s) == 3
    assert next(page.frames) is None


def test_the_size_is_known_before_anything_is_decoded(page: Page) -> None:
    assert not page.camera.wait_for_first(0.01)
    page.send(0.0, encode(1, 1280, 720))
    assert page.camera.wait_for_first(0.01)
    assert (page.camera.width_px, page.camera.height_px) == (640, 360)
    assert page.take().image.shape == (360, 640, 3)


def test_a_page_that_is_loaded_again_goes_on_later(page: Page) -> None:
    """Its clock begins anew; nobody's time goes back, and none is made up."""
    before = page.send_and_take(500.0).time_s
    time.sleep(0.05)
    frame = page.send_and_take(0.3)
    assert before < frame.time_s < before + 0.5
    assert page.send_and_take(0.4).time_s == pytest.approx(frame.time_s + 0.1)


def test_a_clock_that_slept_is_set_on(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_camera, "SILENT_S", 0.1)
    page.send_and_take(10.0)
    list(zip(range(3), page.frames, strict=False))
    time.sleep(0.3)
    frame = page.send_and_take(10.05)
    assert frame.time_s == pytest.approx(0.36, abs=0.15)


def test_a_page_that_is_gone_is_a_lost_camera(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_camera, "SILENT_S", 0.1)
    page.camera.is_connected = True
    page.send_and_take(0.0)
    time.sleep(0.15)
    assert page.camera.lost is None, "the frame is still being judged"
    assert next(page.frames) is None
    await_that(lambda: page.camera.lost == NOTHING_COMES)
    page.camera.is_connected = False
    assert page.camera.lost == GONE
    page.send(0.5)
    assert page.camera.lost is None


def test_a_spoilt_frame_is_told_and_costs_itself_alone(page: Page) -> None:
    page.send_and_take(0.0)
    page.send(0.1, b"\xff\xd8" + encode(1)[2:180])
    assert next(page.frames) is None
    assert page.spoilt == [2]
    assert page.send_and_take(0.2).time_s == pytest.approx(0.2)


def test_a_decoder_that_dies_is_replaced() -> None:
    with Decoder() as decoder:
        assert decoder.decode(encode(1)) is not None
        pid = decoder._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert decoder.decode(encode(1)) is None
        image = decoder.decode(encode(200))
        assert image is not None
        assert abs(int(image[0, 0, 0]) - 200) < 3
        assert decoder.n_replaced == 1


def test_a_decoder_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with Decoder() as decoder:
        assert decoder.decode(encode(1)) is not None
        monkeypatch.setattr(browser_decoder, "LIMIT_S", 0.1)
        pid = decoder._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        assert decoder.decode(encode(1)) is None
        assert decoder.decode(encode(1)) is not None
