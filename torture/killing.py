"""Commands that are killed at a random moment of their usual length."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torture.cases import draw
from torture.run import LIMIT_S, start

KILLED: Final = -signal.SIGKILL
ORPHANS_END_S: Final = 60.0
"""In which the workers of one that was killed have ended by themselves."""
LOOK_S: Final = 0.005


@dataclass(slots=True)
class Moments:
    """When to kill: any moment of a command's usual length is as likely as any other."""

    subject: str
    usual_s: float
    """Learned again from each run that ended before its moment came."""
    n_drawn: int = 0
    n_late: int = 0

    def take(self) -> float:
        """Seconds after which to kill the next one."""
        rng = draw(f"kill {self.subject}", self.n_drawn)
        self.n_drawn += 1
        return float(rng.uniform(0, self.usual_s))

    def learn(self, took_s: float) -> None:
        """A run ended before its moment came."""
        self.n_late += 1
        self.usual_s = min(self.usual_s, took_s)

    def __str__(self) -> str:
        return (
            f"{self.subject}: {self.n_drawn} moments within {self.usual_s:.1f} s, {self.n_late} "
            "too late"
        )


def kill_at(
    moments: Moments,
    *arguments: str | Path,
    folder: Path,
    whom: str = "all",
    codes: tuple[int, ...] = (0,),
) -> bool:
    """Start a command and kill it; True if it was still at work.

    Args:
        moments: when.
        arguments: of the command.
        folder: where it works.
        whom: ``all`` of its processes, the ``parent`` alone, or one ``worker``.
        codes: what it may exit with where it comes to its end, as after the loss of a worker.
    """
    after_s = moments.take()
    started_s = time.monotonic()
    process = start(*arguments, folder=folder)
    with _ended(process):
        while time.monotonic() < started_s + after_s and process.poll() is None:
            time.sleep(LOOK_S)
        hit = process.poll() is None and _hit(process, whom)
        if hit and whom != "worker":
            process.wait(LIMIT_S)
            _await_orphans(process.pid)
            if process.returncode == KILLED:
                return True
            hit = False  # it ended in this very moment
        said = process.communicate(timeout=LIMIT_S)[1]
        assert process.returncode in codes, f"{moments}: exit {process.returncode}: {said}"
        if not hit:
            moments.learn(time.monotonic() - started_s)
        return hit


def _hit(process: subprocess.Popen[str], whom: str) -> bool:
    """Kill; False if there is nothing of that kind to kill."""
    if whom == "parent":
        process.kill()
    elif whom == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        workers = [pid for pid in _find_group(process.pid) if _is_worker(pid)]
        if not workers:
            return False
        os.kill(workers[0], signal.SIGKILL)
    return True


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens, nothing of it is left running."""
    try:
        yield
    finally:
        if _find_group(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT_S)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def _await_orphans(group: int) -> None:
    until_s = time.monotonic() + ORPHANS_END_S
    while left := _find_group(group):
        assert time.monotonic() < until_s, f"they go on without the one that was killed: {left}"
        time.sleep(LOOK_S)


def _find_group(group: int) -> list[int]:
    """The processes of a group that run, not those whose end nobody has taken note of."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has ended meanwhile
            continue
        if int(of_group) == group and state not in "ZX":
            found.append(int(path.parent.name))
    return sorted(found)


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
