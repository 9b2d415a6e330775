"""Draws the pictures of docs/serve.md: the app as a phone and a computer show it.

python tools/serve_pictures.py

A sample clip is the phone's camera. Needs chromium, as the tests do.
"""

from __future__ import annotations

import secrets
import socket
import tempfile
from pathlib import Path

import cv2
from playwright.sync_api import Browser, ViewportSize

from formcheck.video.clip import Clip
from formcheck.web.context import ServeContext
from formcheck.web.server import AppServer
from tests.support.browsers import open_filming

ROOT = Path(__file__).parent.parent
CLIP = ROOT / "sample_videos" / "half-kneeling_good25.mp4"
PHONE = ViewportSize(width=390, height=844)
KNEELS_S = 3.5, 8.0
"""Its end goes on with its beginning, backwards."""
HELD_S = 4
"""Of the clock, when the picture is taken."""
LIMIT_MS = 120_000


def main() -> None:
    """Draw them all."""
    with tempfile.TemporaryDirectory() as data:
        camera = Path(data) / "camera.mjpeg"
        film(camera)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        context = ServeContext(token=secrets.token_urlsafe(), data=Path(data), port=port)
        server = AppServer(context)
        server.start()
        try:
            with open_filming(camera) as browser:
                show(browser, context)
        finally:
            server.stop()


def film(path: Path) -> None:
    """Write somebody who kneels, there and back, as a browser takes it for an upright phone."""
    with Clip(CLIP) as clip:
        images = [one.image for one in clip.frames() if KNEELS_S[0] <= one.time_s < KNEELS_S[1]]
    height, width = images[0].shape[:2]
    left = (width - height * 3 // 4) // 2
    with path.open("wb") as file:
        for image in [*images, *images[-2:0:-1]]:
            file.write(cv2.imencode(".jpg", image[:, left : width - left])[1].tobytes())


def show(browser: Browser, context: ServeContext) -> None:
    """Take the pictures."""
    phone = browser.new_page(viewport=PHONE, device_scale_factor=2)
    phone.goto(context.address)
    phone.wait_for_url(f"{context.origin}/")
    phone.screenshot(path=ROOT / "docs" / "serve-today.png")
    phone.goto(f"{context.origin}/session?exercise=half-kneeling&side=right")
    phone.locator("#start:enabled").click(timeout=LIMIT_MS)
    phone.locator("#clock-word", has_text="HOLD").wait_for(timeout=LIMIT_MS)
    phone.wait_for_timeout(1000 * HELD_S)
    phone.screenshot(path=ROOT / "docs" / "serve-phone.png")


if __name__ == "__main__":
    main()
