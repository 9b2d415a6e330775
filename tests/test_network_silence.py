"""Nothing leaves the machine: the network calls of a whole analysis, traced."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LOOPBACK = re.compile(
    r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"|sun_path=|AF_NETLINK|AF_UNSPEC'
)


def trace(command: list[str], log: Path) -> list[str]:
    """The network calls of a command and all its threads and children."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("strace is not installed: `make test` installs it")
    calls = "connect,sendto,sendmsg,sendmmsg"
    subprocess.run(
        [strace, "-f", "-qq", "-e", f"trace={calls}", "-o", str(log), *command],
        check=True,
        capture_output=True,
        env={**os.environ, "no_proxy": "*", "NO_PROXY": "*"},  # as a user may have set it
    )
    return log.read_text().splitlines()


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
