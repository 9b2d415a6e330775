"""Stand-ins for the speech engine and the sound output, and what tests ask about them.

The speaking process is the real one: it imports these modules because they come first on its path.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from formcheck.voice.speech import Voice

PATIENCE_S = 60.0
OUTPUT_HZ = 48000

_ESPEAK = """
import math, os, struct, sys, time, wave

print("noise on standard output")
os.write(2, b"ALSA lib: noise on standard error\\n")
if os.environ["FAKE_ENGINE"] == "fails":
    sys.exit("phontab: No such file")
if sys.stdin.read() == "hang":
    open(os.environ["FAKE_HANGING"], "w").close()
    time.sleep(30)
if "-w" in sys.argv:
    with wave.open(sys.argv[-1], "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(22050)
        tone = [round(9000 * math.sin(k * 0.2)) for k in range(11025)]
        file.writeframes(struct.pack("<11025h", *tone))
"""

_OUTPUT = """
import os, threading, time
from pathlib import Path
import numpy as np

if os.environ["FAKE_OUTPUT"] == "no library":
    raise OSError("PortAudio library not found")

class PortAudioError(Exception):
    pass

def query_devices(kind):
    if os.environ["FAKE_OUTPUT"] == "no device" or Path(os.environ["FAKE_LOST"]).exists():
        raise PortAudioError("Error querying device -1")
    return {"default_samplerate": 48000.0, "max_output_channels": 2}

class OutputStream:
    latency = 0.02
    def __init__(self, samplerate, channels, dtype, callback):
        self.shape, self.callback = (480, channels), callback
    @property
    def active(self):
        return not Path(os.environ["FAKE_LOST"]).exists()
    def start(self):
        threading.Thread(target=self.run, daemon=True).start()
    def run(self):
        with open(os.environ["FAKE_PLAYED"], "ab", buffering=0) as file:
            while True:
                block = np.full(self.shape, np.nan, np.float32)
                self.callback(block, len(block), None, None)
                file.write(block.tobytes())
                time.sleep(0.01)
"""


class Machine:
    """What the speaking process finds, and what it leaves."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._modules = folder / "modules"
        self._modules.mkdir()
        self._played = folder / "played.raw"
        self._lost = folder / "lost"
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("PYTHONPATH", str(self._modules))
        monkeypatch.setenv("FAKE_PLAYED", str(self._played))
        monkeypatch.setenv("FAKE_LOST", str(self._lost))
        monkeypatch.setenv("FAKE_HANGING", str(folder / "hanging"))
        (folder / "tmp").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))

    def fake_engine(self, state: Literal["works", "fails", "none"] = "works") -> None:
        programs = self.folder / "programs"
        programs.mkdir()
        self._monkeypatch.setenv("FAKE_ENGINE", state)
        self._monkeypatch.setenv("PATH", str(programs), prepend=None if state == "none" else ":")
        if state != "none":
            (programs / "espeak-ng").write_text(f"#!{sys.executable} -SE\n{_ESPEAK}")
            (programs / "espeak-ng").chmod(0o755)

    def fake_output(self, state: str = "works") -> None:
        self._monkeypatch.setenv("FAKE_OUTPUT", state)
        (self._modules / "sounddevice.py").write_text(_OUTPUT)

    def lose_output(self) -> None:
        self._lost.touch()

    def played(self) -> np.ndarray:
        """float32 (n, 2): what the output was given, silence left out."""
        data = self._played.read_bytes() if self._played.exists() else b""
        frames = np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2)
        heard: np.ndarray = frames[np.abs(frames).max(axis=1) > 0]
        return heard

    def n_played(self) -> int:
        """How many frames the output was given, silent ones too."""
        return self._played.stat().st_size // 8 if self._played.exists() else 0

    def speakers(self) -> list[int]:
        """Ids of the running speaking processes that use this machine's folder."""
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and self._is_speaker(entry)
        ]

    def is_tidy(self) -> bool:
        """Whether neither a process nor a temporary file is left."""
        return not self.speakers() and not list((self.folder / "tmp").iterdir())

    def _is_speaker(self, entry: Path) -> bool:
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            return False
        return b"formcheck.voice.speaker" in line and os.fsencode(self.folder) in line


def wait_until(condition: Callable[[], object], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            pytest.fail(f"waited {PATIENCE_S:g} s in vain: {what}")
        time.sleep(0.005)


def texts(voice: Voice) -> list[str]:
    return [text for _, text in voice.said]


def wait_for_start(voice: Voice, text: str) -> None:
    wait_until(lambda: text in texts(voice), f"{text!r} said; {texts(voice)}, {voice.warning}")


def wait_for_silence(voice: Voice) -> None:
    wait_until(lambda: not voice.is_speaking, "silence")


def wait_for_warning(voice: Voice) -> str:
    wait_until(lambda: voice.warning, "a warning")
    assert voice.warning is not None
    return str(voice.warning)
