"""The terminal view: a page that fits, lines for a log, keys that need no Enter."""

from __future__ import annotations

import io
import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from formcheck.coach.cues import FINDING_NEUTRAL, Cue
from formcheck.coach.live_state import Phase
from formcheck.exercises.load import list_exercises
from formcheck.judging.rules import Outcome, Verdict
from formcheck.measure.reason import Reason
from formcheck.screen.live_scene import CAUTION, KEYS, LiveScene, SessionSummary, SummaryRow
from formcheck.screen.scene import Mark
from formcheck.screen.terminal import TerminalView, fit_page
from tests.support.builders import BACK_CODES
from tests.support.scenes import make_live

LIMIT_S = 60.0
LONG = "The history cannot be written: the disk is full, or the folder may not be written to. "
PAUSED = Cue("Paused", "wait")


def tell(live: LiveScene, cue: Cue) -> LiveScene:
    return replace(live, scene=replace(live.scene, cue=cue))


def render(live: LiveScene, width: int = 80, height: int = 24, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(
        file=file, width=width, height=height, force_terminal=True, color_system=None,
        highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(fit_page(live, console))
    file.flush()
    page = re.sub(r"\x1b\[[0-9;]*m", "", file.buffer.getvalue().decode(encoding))
    lines = page.splitlines()
    assert len(lines) <= height, page
    assert max(map(len, lines)) <= width, page
    return page


def join(page: str) -> str:
    return " ".join(page.split())


def test_a_page_says_all() -> None:
    page = render(make_live())
    for words in (
        "Half-kneeling hip flexor stretch, left side, set 1 of 2", "HOLD", "✓  Good. Hold.",
        "12.3 of 30 s: 4.0 confirmed █, 8.3 not ▒", "Breathe in  ████████░░░░",
        "✓ front knee: ok, 66° (80 to 105°)", "✓ rear hip: ok, 66° (≥ -15°)", "✓ pelvis tuck: ok",
        "Pelvis: TUCKED, -8° from neutral", "Next: switch sides: right side, set 1 of 2", CAUTION,
    ):  # fmt: skip
        assert words in page, words
    assert "quit" not in page
    failing = make_live(Outcome.FAIL)
    assert "i front knee: tip" in render(failing), "nothing is a warning while the clock runs"
    failing = replace(failing, scene=replace(failing.scene, clock="paused"))
    assert "✗ front knee: fix" in render(failing)
    assert "? front knee: not clear" in render(make_live(Outcome.UNKNOWN))


def test_the_bar_shows_no_second_that_was_not_held() -> None:
    live = make_live()
    bars = {}
    for done, confirmed in ((0.0, 0.0), (29.9, 29.9), (30.0, 30.0), (15.0, 0.0), (45.0, 0.0)):
        scene = replace(live.scene, done=done, confirmed=confirmed)
        page = render(replace(live, scene=scene, breath=None))
        bar = max(re.findall("[█▒░]{12,}", page), key=len)
        bars[done] = bar.count("█"), bar.count("▒"), bar.count("░")
    assert bars[0.0][:2] == (0, 0)
    assert bars[29.9][2] == 1
    assert bars[30.0][1:] == (0, 0)
    assert bars[15.0][0] == 0
    assert abs(bars[15.0][1] - bars[15.0][2]) <= 1
    assert bars[45.0][::2] == (0, 0), "more than was aimed for is no wider"


def test_a_countdown_is_large_and_the_stage_is_named() -> None:
    page = render(replace(make_live(), phase=Phase.COUNTDOWN, count="3"))
    assert re.search("^▀▀█ ", page, re.MULTILINE)
    assert "GET READY" in page
    assert "12.3 of 30 s" in page


def test_what_keeps_it_from_going_on_and_the_keys() -> None:
    page = render(replace(tell(make_live(), PAUSED), alert="Paused", shows_keys=True))
    assert "…  Paused" in page
    for key, what in KEYS:
        assert f"{key}: {what}" in page


def list_longest() -> Iterator[LiveScene]:
    """Everything at once, in the longest words, of every exercise."""
    names = sorted((exercise.name for exercise in list_exercises().values()), key=len)
    for exercise, outcome in itertools.product(list_exercises().values(), Outcome):
        marks = tuple(Mark(Verdict(r, outcome, -123.4, None), None) for r in exercise.rules)
        cues = [cue for rule in exercise.rules for cue in (rule.cue_low, rule.cue_high) if cue]
        live = make_live()
        scene = replace(
            live.scene, exercise=exercise.name, side="right", n_set=12, n_sets=12, clock="out",
            done=118.8, confirmed=99.9, target=120.0, marks=marks,
        )  # fmt: skip
        assert scene.tuck is not None
        longest = Cue(max([*cues, FINDING_NEUTRAL], key=len), "fix")
        why = max((str(Reason(code)) for code in BACK_CODES), key=len)
        tuck = replace(scene.tuck, word="CAN'T TELL", change_deg=float("nan"), why=why)
        yield replace(
            live,
            scene=replace(scene, tuck=tuck, cue=longest),
            count="118",
            coming=f"Next: {names[-1]}, right side, set 12 of 12",
            notice=LONG * 3,
            shows_keys=True,
        )


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_longest_page_fits(encoding: str) -> None:
    words = {Outcome.PASS: "ok", Outcome.FAIL: "fix", Outcome.UNKNOWN: "unknown"}
    n = 0
    for live in list_longest():
        page = join(render(live, encoding=encoding))
        assert live.scene.cue.text in page
        assert "118.8 of 120 s" in page
        assert live.coming is not None
        assert live.coming in page
        assert "q: quit" in page
        for mark in live.scene.marks:
            verdict = mark.verdict
            word = "not clear" if verdict.is_unclear else words[verdict.outcome]
            assert f"{verdict.rule.id.replace('_', ' ')}: {word}" in page
        n += 1
    assert n >= 12


@pytest.mark.parametrize(("width", "height"), [(60, 20), (40, 14), (200, 60)])
def test_other_terminals_lose_the_least_first(width: int, height: int) -> None:
    for live in list_longest():
        page = render(live, width, height)
        assert live.scene.cue.text in re.sub(r"[\s│]+", " ", page)


def test_the_last_page_is_the_summary() -> None:
    rows = tuple(
        SummaryRow(f"Stretch {index}, left side", "28.4 of 30 s", "short", "Rise a little")
        for index in range(30)
    )
    few = render(
        replace(make_live(), summary=SessionSummary("Daily: 5 of 9 done", rows[:3], ("Kept.",)))
    )
    assert "Daily: 5 of 9 done" in few
    assert "… short: Stretch 2, left side: 28.4 of 30 s" in few
    assert "Rise a little" in few
    assert "Kept." in few
    many = render(replace(make_live(), summary=SessionSummary("Daily: 5 of 9 done", rows, ())))
    assert "Daily: 5 of 9 done" in many
    assert "Stretch 22, left" in many


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_page_is_written_at_most_eight_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    output = FakeTerminal()
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "80"), ("LINES", "24")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    view = TerminalView()
    for _ in range(100):
        view.show(make_live())
        now_s += 0.01
    view.close()
    view.close()
    assert 7 <= output.getvalue().count("12.3 of 30 s") <= 8
    end = output.getvalue()[-20:]
    assert "\x1b[?25h" in end, "the cursor is back"
    assert "\x1b[?1049l" in end, "what was there before is back"


@pytest.mark.parametrize("is_dumb", [False, True])
def test_where_nobody_looks_a_line_is_written_a_change(
    monkeypatch: pytest.MonkeyPatch, is_dumb: bool
) -> None:
    output = FakeTerminal() if is_dumb else io.StringIO()
    monkeypatch.setenv("TERM", "dumb" if is_dumb else "xterm")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stdout", output)
    view = TerminalView()
    live = make_live()
    paused = replace(tell(live, PAUSED), alert="Paused")
    for changed in (
        live, live, replace(live, notice=None), replace(live, scene=replace(live.scene, done=13.0)),
        tell(live, Cue("Rise a little", "fix")), paused,
        paused,
        replace(tell(live, Cue("Well done.", "good")), phase=Phase.RELAX),
    ):  # fmt: skip
        view.show(changed)
    assert view.poll() == []
    view.close()
    name = "Half-kneeling hip flexor stretch, left side, set 1 of 2"
    assert output.getvalue().splitlines() == [
        f"{name}: work: Good. Hold. (12.3 of 30 s)",
        f"{name}: work: Rise a little (12.3 of 30 s)",
        f"{name}: work: Paused (12.3 of 30 s)",
        f"{name}: come out: Well done.",
    ]


def test_a_log_that_knows_few_characters_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stdout", output)
    live = make_live()
    view = TerminalView()
    view.show(replace(live, scene=replace(live.scene, exercise="Child’s pose")))
    view.close()
    assert output.buffer.getvalue().startswith(b"Child?s pose, left side")


LISTEN = """
import fcntl, json, os, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from formcheck.screen.terminal import TerminalView
from tests.support.scenes import make_live
report = os.fdopen(int(sys.argv[1]), "w")
view = TerminalView()
view.show(make_live())  # and what it imports: there Python may swallow a signal's exception
report.write('"open"\\n')
report.flush()
keys = []
while "q" not in keys:
    view.show(make_live())
    keys = view.poll()
    for key in keys:
        report.write(json.dumps(key) + "\\n")
        report.flush()
    if sys.argv[2] == "raise" and "n" in keys:
        raise RuntimeError("on purpose")
    time.sleep(0.005)
if sys.argv[2] == "close":
    view.close()
    report.write('"closed"\\n')
    report.flush()
    time.sleep(600)
"""


class Listening:
    """A process on a terminal of its own."""

    def __init__(self, how: str) -> None:
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", LISTEN, str(writing), how],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, pass_fds=[writing],
            start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(writing)
        self._report = os.fdopen(reading)
        self.written = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self.hear() == "open", self.written

    def _read(self) -> None:
        try:
            while chunk := os.read(self.master, 4096):
                self.written += chunk
        except OSError:  # the other end is closed
            return

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def hear(self) -> Any:
        line = self._report.readline()
        return json.loads(line) if line else None

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self.slave)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT_S)
        os.close(self.slave)
        self._reader.join(LIMIT_S)
        os.close(self.master)
        self._report.close()


@pytest.fixture
def listening(request: pytest.FixtureRequest) -> Iterator[Listening]:
    child = Listening(request.param)
    yield child
    child.end()


@pytest.mark.parametrize("listening", ["close"], indirect=True)
def test_keys_are_heard_without_enter_and_the_terminal_is_given_back(listening: Listening) -> None:
    local = listening.modes()[3]
    assert not local & (termios.ICANON | termios.ECHO)
    assert local & termios.ISIG, "Ctrl-C still works"
    listening.press(b"\x1b[A\x1bOPx\x1b[15~ mN?")  # arrows and function keys mean nothing
    assert [listening.hear() for _ in range(4)] == ["space", "m", "n", "?"]
    listening.press(b"\x1b")
    assert listening.hear() == "q"
    assert listening.hear() == "closed"
    assert listening.modes() == listening.before


@pytest.mark.parametrize("listening", ["raise"], indirect=True)
def test_an_error_gives_the_terminal_back(listening: Listening) -> None:
    assert listening.modes() != listening.before
    listening.press(b"n")
    listening.process.wait(LIMIT_S)
    assert listening.modes() == listening.before
    assert listening.process.returncode == 1


@pytest.mark.parametrize("listening", ["stay"], indirect=True)
def test_ctrl_c_ends_it_and_gives_the_terminal_back(listening: Listening) -> None:
    assert listening.modes() != listening.before
    listening.press(b"\x03")
    listening.process.wait(LIMIT_S)
    assert listening.process.returncode == -signal.SIGINT
    assert listening.modes() == listening.before
