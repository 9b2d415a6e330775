"""A camera made of clips: a local MJPEG server that plays them in real time, and misbehaves.

By hand: ``python -m tests.support.stream CLIP... --port 8090 --loop``; then type ``stall``,
``resume``, ``freeze``, ``garbage``, ``broken``, ``drop``, ``stop``, ``start`` or ``quit``.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.video.clip import Clip

Image = NDArray[np.uint8]
ROOT: Final = Path(__file__).parents[2]
_N_NOISES: Final = 8
"""Noise fields made beforehand; one after the other, so that no two pictures in a row agree."""
_LAST_PICTURE_NOISE: Final = 2.0
"""Grey levels (SD) of the picture that stays when all is played: a real camera's never rests."""


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """Pictures to send, one every ``1 / rate_hz`` seconds."""

    jpegs: list[bytes]
    after: list[bytes]
    """The last picture under different noise, sent in turn once all are played."""
    rate_hz: float

    @property
    def duration_s(self) -> float:
        return len(self.jpegs) / self.rate_hz

    def at(self, time_s: float, loop: bool) -> bytes:
        slot = int(time_s * self.rate_hz + 1e-6)
        if loop:
            return self.jpegs[slot % len(self.jpegs)]
        if slot < len(self.jpegs):
            return self.jpegs[slot]
        return self.after[slot % len(self.after)]


def reel_of_images(
    images: Sequence[Image], *, rate_hz: float = 30.0, noise: float = 0.0, quality: int = 85
) -> Reel:
    """A reel of one picture a slot, with ``noise`` grey levels (SD) on each."""
    return _reel(iter(images), rate_hz, noise, quality)


def reel_of_clips(
    clips: Sequence[Path], *, size: tuple[int, int] | None = None,
    rate_hz: float = 30.0, noise: float = 0.0, quality: int = 85,
) -> Reel:  # fmt: skip
    """Clips one after the other; at each moment the picture that is shown then."""
    return _reel(_slots(clips, size, rate_hz), rate_hz, noise, quality)


def _slots(clips: Sequence[Path], size: tuple[int, int] | None, rate_hz: float) -> Iterator[Image]:
    for path in clips:
        slot = 0
        shown: Image | None = None
        for frame in Clip(path).frames():
            while shown is not None and slot / rate_hz < frame.time_s - 1e-6:
                yield shown
                slot += 1
            shown = frame.image
            if size is not None and size != (frame.width_px, frame.height_px):
                shown = np.asarray(cv2.resize(shown, size), np.uint8)
        if shown is not None:
            yield shown


def _reel(images: Iterator[Image], rate_hz: float, noise: float, quality: int) -> Reel:
    jpegs: list[bytes] = []
    last: Image | None = None
    jpeg = b""
    for image in images:
        if noise or image is not last:
            jpeg = _encode(_noisy(image, noise, len(jpegs)), quality)
        jpegs.append(jpeg)
        last = image
    if last is None:
        raise ValueError("no pictures")
    level = noise or _LAST_PICTURE_NOISE
    after = [_encode(_noisy(last, level, k), quality) for k in range(_N_NOISES)]
    return Reel(jpegs, after, rate_hz)


def _encode(image: Image, quality: int) -> bytes:
    ok, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    return jpeg.tobytes()


_noises: dict[tuple[tuple[int, ...], float], list[NDArray[np.int16]]] = {}


def _noisy(image: Image, level: float, seed: int) -> Image:
    if not level:
        return image
    fields = _noises.get((image.shape, level))
    if fields is None:
        drawn = [np.random.default_rng(k).normal(0, level, image.shape) for k in range(_N_NOISES)]
        fields = _noises[image.shape, level] = [np.round(one).astype(np.int16) for one in drawn]
    return np.asarray(np.clip(image + fields[seed % _N_NOISES], 0, 255), np.uint8)


class MjpegServer:
    """Plays a reel at 127.0.0.1; its methods may be called from any thread.

    Args:
        reel: what to play.
        port: 0 for any free one.
        loop: play again and again; else the last picture stays, with noise.
        start_on_connect: time 0 is when the first client gets its first picture.
        hold_while_down: time stands still while nobody is sent the reel: stopped, stalled,
            frozen, garbage, or no client; else it goes on as the clock does.
    """

    def __init__(
        self, reel: Reel, *, port: int = 0, loop: bool = False,
        start_on_connect: bool = True, hold_while_down: bool = False,
    ) -> None:  # fmt: skip
        self.reel = reel
        self.n_sent = 0
        self.n_connections = 0
        self._loop, self._hold = loop, hold_while_down
        self._port = port
        self._mode = "play"
        self._frozen = b""
        self._clients: set[socket.socket] = set()
        self._served: _Http | None = None
        self._changed = threading.Condition()
        self._played_s = 0.0
        self._since_s = None if start_on_connect else time.monotonic()
        self._begun = not start_on_connect
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/video"

    @property
    def port(self) -> int:
        return self._port

    @property
    def position_s(self) -> float:
        """Seconds of the reel played so far."""
        with self._changed:
            running = self._since_s is not None
            return self._played_s + (time.monotonic() - (self._since_s or 0.0)) * running

    def stall(self) -> None:
        """Send nothing more; connections stay."""
        self._turn("stall")

    def resume(self) -> None:
        """Play again."""
        self._turn("play")

    def freeze(self) -> None:
        """Send the present picture, byte for byte, again and again."""
        self._frozen = self.reel.at(self.position_s, self._loop)
        self._turn("freeze")

    def garbage(self) -> None:
        """Send what is no JPEG."""
        self._turn("garbage")

    def broken(self) -> None:
        """Send JPEGs with their second half missing."""
        self._turn("broken")

    def drop(self) -> None:
        """Close all connections; new ones are welcome."""
        with self._changed:
            clients = list(self._clients)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Close all connections and refuse new ones."""
        served, self._served = self._served, None
        if served is None:
            return
        served.shutdown()
        served.server_close()
        self._turn(self._mode)
        self.drop()

    def start(self) -> None:
        """Listen again, on the same port."""
        if self._served is None:
            self._served = _Http(self._port, self)
            self._port = self._served.server_address[1]
            serve = threading.Thread(
                target=self._served.serve_forever, args=(0.02,), name="mjpeg", daemon=True
            )
            serve.start()
            self._turn(self._mode)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _turn(self, mode: str) -> None:
        with self._changed:
            self._mode = mode
            self._set_clock()
            self._changed.notify_all()

    def _set_clock(self) -> None:
        """Let the time go on or stand still; the lock is held."""
        goes = self._begun and not (
            self._hold and (self._mode != "play" or not self._clients or self._served is None)
        )
        now = time.monotonic()
        if self._since_s is not None:
            self._played_s += now - self._since_s
        self._since_s = now if goes else None

    def _send_to(self, client: socket.socket) -> None:
        with self._changed:
            self._clients.add(client)
            self._begun = True
            self.n_connections += 1
            self._set_clock()
        try:
            due_s = time.monotonic()
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._mode != "stall" or self._served is None)
                    if self._served is None:
                        return
                client.sendall(self._part())
                self.n_sent += 1
                # A client that is slow to take gets the picture of the moment, not a queue.
                due_s = max(due_s + 1 / self.reel.rate_hz, time.monotonic() - 0.5)
                time.sleep(max(0.0, due_s - time.monotonic()))
        finally:
            with self._changed:
                self._clients.discard(client)
                self._set_clock()

    def _part(self) -> bytes:
        jpeg = self._frozen if self._mode == "freeze" else self.reel.at(self.position_s, self._loop)
        if self._mode == "garbage":
            jpeg = np.random.default_rng(self.n_sent).bytes(len(jpeg))
        elif self._mode == "broken":
            jpeg = jpeg[: len(jpeg) // 2]
        return b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (
            len(jpeg),
            jpeg,
        )


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, port: int, stream: MjpegServer) -> None:
        self.stream = stream
        super().__init__(("127.0.0.1", port), _Answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what is tested here: nothing to say."""


class _Answer(BaseHTTPRequestHandler):
    server: _Http
    pages: ClassVar = {"/page": (200, "text/html"), "/private": (401, "text/plain")}

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/video":
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
            self.end_headers()
            with suppress(OSError):
                self.server.stream._send_to(self.connection)
            self.close_connection = True
            return
        status, kind = self.pages.get(path, (404, "text/plain"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(b"<html><body>Cameras</body></html>\n" * 50)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class StreamProcess:
    """A server in a process of its own, so that it shares no lock with what is measured."""

    def __init__(self, clips: Sequence[Path], *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.stream", *map(str, clips), *options],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            self._process.wait()
            raise RuntimeError("the stream did not start")
        self.url: str = json.loads(said)["url"]

    def tell(self, command: str) -> float:
        """Give a command of ``MjpegServer``, or ``position``; the position in seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline())["position_s"])

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_server_process(clips: Sequence[Path], *options: str) -> StreamProcess:
    """Play clips from a process of their own; options are those of the command line."""
    return StreamProcess(clips, *options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--size", help="such as 1280x720; else as the clips are")
    parser.add_argument("--rate", type=float, default=30.0, help="pictures a second")
    parser.add_argument("--noise", type=float, default=0.0, help="grey levels, SD")
    parser.add_argument("--quality", type=int, default=85)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--hold", action="store_true", help="the time stands still while down")
    parser.add_argument("--at-once", action="store_true", help="do not wait for a client")
    given = parser.parse_args()
    size = None
    if given.size:
        width, height = (int(side) for side in given.size.split("x"))
        size = (width, height)
    reel = reel_of_clips(
        given.clips, size=size, rate_hz=given.rate, noise=given.noise, quality=given.quality
    )
    with MjpegServer(
        reel, port=given.port, loop=given.loop,
        start_on_connect=not given.at_once, hold_while_down=given.hold,
    ) as server:  # fmt: skip
        print(json.dumps({"url": server.url, "duration_s": reel.duration_s}), flush=True)
        commands = {
            name: getattr(server, name)
            for name in ("stall", "resume", "freeze", "garbage", "broken", "drop", "stop", "start")
        }
        for line in sys.stdin:
            if line.strip() == "quit":
                return
            commands.get(line.strip(), lambda: None)()
            print(json.dumps({"position_s": server.position_s}), flush=True)
        threading.Event().wait()  # without a terminal it plays until it is ended


if __name__ == "__main__":
    main()
