"""Nothing leaves the machine: the network calls of a whole analysis, traced."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import cv2
import pytest

from formcheck.web.context import ServeContext
from tests.support.media import read_frames
from tests.support.served import ServedClient, find_free_port
from tests.support.waiting import PATIENCE_S, await_that

LOOPBACK = re.compile(
    r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"|sun_path=|AF_NETLINK|AF_UNSPEC'
)


CALLS = "connect,sendto,sendmsg,sendmmsg"
ENVIRONMENT = {**os.environ, "no_proxy": "*", "NO_PROXY": "*"}
"""As a user may have set it."""


def find_strace() -> str:
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("strace is not installed: `make test` installs it")
    return strace


def trace(command: list[str], log: Path) -> list[str]:
    """The network calls of a command and all its threads and children."""
    subprocess.run(
        [find_strace(), "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(log), *command],
        check=True,
        capture_output=True,
        env=ENVIRONMENT,
    )
    return log.read_text().splitlines()


@contextmanager
def trace_meanwhile(command: list[str], log: Path) -> Iterator[IO[str]]:
    """The same of a command that is stopped when the block ends; its stdout."""
    strace = [find_strace(), "-D", "-f", "-q", "-e", f"trace={CALLS}", "-o", str(log)]
    with subprocess.Popen(
        [*strace, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=ENVIRONMENT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
    # strace pads a short process id with blanks.
    ended = re.compile(rf"^{process.pid} +\+\+\+ exited", re.MULTILINE)
    await_that(lambda: ended.search(log.read_text()) is not None)


def leaks(lines: list[str]) -> list[str]:
    """Calls that name an address that is not this machine's, or that ask a name server."""
    return [
        line
        for line in lines
        if ("AF_INET" in line and not LOOPBACK.search(line)) or "htons(53)" in line
    ]


def test_a_whole_analysis_reaches_no_network(samples: Path, tmp_path: Path) -> None:
    clip = samples / "half-kneeling_tuck.mp4"
    lines = trace(
        [sys.executable, "-m", "formcheck.cli.main", "analyze", str(clip), "--out", str(tmp_path)],
        tmp_path / "strace.log",
    )
    assert (tmp_path / "annotated.mp4").exists()
    assert leaks(lines) == []


def test_the_trace_would_show_a_leak(tmp_path: Path) -> None:
    """An address of the documentation range and a look-up are both seen."""
    code = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "s.connect(('127.0.0.1', 53)); t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);\n"
        "try:\n    t.connect(('192.0.2.1', 9))\nexcept OSError: pass"
    )
    lines = trace([sys.executable, "-c", code], tmp_path / "strace.log")
    assert len(leaks(lines)) == 2


def test_a_served_app_speaks_to_its_browser_alone(samples: Path, tmp_path: Path) -> None:
    """Its pages, and a picture that is judged: loopback is all that it reaches."""
    port = find_free_port()
    log = tmp_path / "strace.log"
    command = [sys.executable, "-m", "formcheck.cli.main", "serve", "--no-open"]
    with trace_meanwhile([*command, "--port", str(port), "--data", str(tmp_path)], log) as said:
        token = said.readline().strip().partition("token=")[2]
        client = ServedClient(ServeContext(token=token, data=tmp_path, port=port))
        for path in ("/", "/exercises", "/history", "/clips", "/setup", "/static/clips.js"):
            assert client.ask(path).status == 200
        [(_, image), *_] = read_frames(samples / "half-kneeling_good25.mp4", 6.0, 6.2)
        picture = cv2.imencode(".png", image)[1].tobytes()
        job = client.ask("/clips?name=a.png", "POST", body=picture).json["id"]
        await_that(lambda: client.ask(f"/clips/{job}/state").json["state"] == "done")
    lines = log.read_text().splitlines()
    assert any("sendto(" in line for line in lines), "its answers are in the trace"
    assert leaks(lines) == []
