"""What is still to be written is waited for, and said where that takes long."""

from __future__ import annotations

import threading

import pytest

from formcheck.runtime import finishing


def start(until: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=until.wait, daemon=True)
    thread.start()
    return thread


def test_what_is_soon_done_is_not_told() -> None:
    told: list[str] = []
    done = threading.Event()
    done.set()
    finishing.finish(start(done), "r.mp4", told.append)
    assert not told


@pytest.mark.parametrize("terminal", ["open", "closed"])
def test_a_slow_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch, terminal: str) -> None:
    monkeypatch.setattr(finishing, "QUIET_S", 0.01)
    told: list[str] = []
    done = threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        threading.Timer(0.3, done.set).start()
        if terminal == "closed":
            raise OSError("no such device")

    thread = start(done)
    finishing.finish(thread, "r.mp4", tell)
    assert not thread.is_alive()
    assert told == ["still writing r.mp4"]
