"""``formcheck`` in a process of its own, under limits, measured."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torture.cases import ROOT

COMMAND: Final = (sys.executable, "-m", "formcheck.cli.main")
LIMIT_S: Final = 120.0
NOBODY: Final = 65534
FAST: Final = ("--exercise", "half-kneeling", "--model", "lite", "--rate", "5")
QUICK: Final = (*FAST, "--quiet")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may not exceed."""

    file_bytes: int | None = None
    """The size of a file: writing more fails, as on a full disk."""
    address_bytes: int | None = None
    umask: int | None = None
    as_nobody: bool = False
    """Give up root's rights, if it has them."""

    def apply(self) -> None:
        """In the child, before the command begins."""
        if self.umask is not None:
            os.umask(self.umask)
        if self.file_bytes is not None:
            # Without the signal, writing fails with an error, as it does where a disk is full.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_bytes, self.file_bytes))
        if self.address_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (self.address_bytes, self.address_bytes))
        if self.as_nobody and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str
    took_s: float
    peak_bytes: int
    """Most memory that was in use; never under that of the process that started it."""


def start(
    *arguments: str | Path, folder: Path, limits: Limits | None = None
) -> subprocess.Popen[str]:
    """Start a command in a folder, where its history goes too."""
    home = folder / ".home"
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {
        "XDG_DATA_HOME": str(home), "HOME": str(home), "PYTHONPATH": str(ROOT),
        "MPLCONFIGDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1",
        "FORMCHECK_VOICE_DIR": str(home / "said"),
    }  # fmt: skip
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], cwd=folder, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=None if limits is None else limits.apply, start_new_session=True,
        errors="backslashreplace",
    )  # fmt: skip


def run(
    *arguments: str | Path, folder: Path, limits: Limits | None = None, limit_s: float = LIMIT_S
) -> Done:
    """Run a command to its end.

    Raises:
        subprocess.TimeoutExpired: it hangs; it is ended.
    """
    started_s = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    process = start(*arguments, folder=folder, limits=limits)
    try:
        stdout, stderr = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    took_s = time.monotonic() - started_s
    peak = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return Done(process.returncode, stdout, stderr, took_s, 1024 * peak)


def find_trouble(done: Done) -> str | None:
    """What is wrong with how a command failed: exit 2 and one line; None for nothing."""
    lines = done.stderr.splitlines()
    if done.code != 2 or len(lines) != 1 or not lines[0].startswith("formcheck: "):
        return f"exit {done.code}: {done.stderr}"
    if not lines[0].isprintable():
        return f"not plain: {lines[0]!r}"
    return None
