"""A Dask scheduler and its workers as processes of this machine, as one starts them by hand."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import await_that

ROOT = Path(__file__).parents[2]
DASK = (sys.executable, "-m", "dask")


@dataclass
class DaskCluster:
    """What runs."""

    folder: Path
    """Where the workers keep their things."""
    address: str
    scheduler: subprocess.Popen[bytes]
    workers: subprocess.Popen[bytes]
    environment: dict[str, str]

    def stop(self) -> None:
        for process in (self.workers, self.scheduler):
            process.terminate()
        for process in (self.workers, self.scheduler):
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def restart(self) -> None:
        """The scheduler, killed and started anew at its place; its workers end with it."""
        self.scheduler.kill()
        self.stop()
        port = int(self.address.rpartition(":")[2])
        self.scheduler = _start_scheduler(port, self.environment)
        self.workers = _start_workers(self.address, self.folder, self.environment)


def _find_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _start_scheduler(port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*DASK, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers() -> bool:
        assert process.poll() is None, "the scheduler ended"
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    await_that(answers)
    return process


def _start_workers(
    address: str, folder: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *DASK, "worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard",
            "--host", "127.0.0.1", "--local-directory", str(folder), "--memory-limit", "0",
        ],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def start_cluster(folder: Path) -> Iterator[DaskCluster]:
    """A scheduler and two workers, until the block ends; a clip is tried once."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    }
    port = _find_port()
    address = f"tcp://127.0.0.1:{port}"
    scheduler = _start_scheduler(port, environment)
    workers = _start_workers(address, folder, environment)
    made = DaskCluster(folder, address, scheduler, workers, environment)
    try:
        yield made
    finally:
        made.stop()
