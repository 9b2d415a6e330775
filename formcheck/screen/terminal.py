"""A live session in the terminal: a page that stays, or a line a change; keys without Enter."""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import re
import select
import sys
import time
from collections.abc import Callable
from typing import Final

from rich.cells import cell_len
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from formcheck.coach.cues import CLOCK_WORDS, Tone, tell_cue
from formcheck.coach.live_state import Phase
from formcheck.judging.moment import Clock
from formcheck.language import phrase, translate, write_decimal, write_small
from formcheck.screen.live_scene import KEYS, LiveScene, SessionSummary
from formcheck.screen.scene import Mark, Scene, Tuck, VerdictLook
from formcheck.screen.signs import tell_breath

_EVERY_S: Final = 0.125
"""The page is not written more often."""
_PHASES: Final[dict[Phase, str]] = {
    Phase.SETUP: phrase("SET UP"),
    Phase.READY: phrase("GET INTO POSITION"),
    Phase.NEUTRAL: phrase("FINDING NEUTRAL"),
    Phase.COUNTDOWN: phrase("GET READY"),
    Phase.WORK: phrase("WORK"),
    Phase.RELAX: phrase("COME OUT"),
    Phase.REST: phrase("REST"),
    Phase.DONE: phrase("DONE"),
}
_PROMPTS: Final[dict[Tone, tuple[str, str]]] = {
    "fix": ("✗", "bold black on dark_orange"),
    "tip": ("i", "bold reverse"),
    "good": ("✓", "bold white on blue"),
    "wait": ("…", "bold reverse"),
}
"""Each tone's symbol and style; legible on a light terminal and on a dark one."""
_LOOKS: Final[dict[VerdictLook, tuple[str, str]]] = {
    "pass": ("✓", "bold cyan"),
    "fail": ("✗", "bold dark_orange"),
    "tip": ("i", "bold"),
    "unknown": ("?", "bold"),
}
_STATUSES: Final = {"done": "✓", "short": "…", "missing": "✗", "extra": "+"}
_ASCII: Final = str.maketrans(
    {"✗": "X", "✓": "v", "…": "~", "█": "#", "▒": "=", "░": ".", "≥": ">=", "≤": "<=",
     "°": " deg", "–": "-", "−": "-", "×": "x", "’": "'"}
)  # fmt: skip
"""For terminals that know only ASCII."""
_DIGITS: Final = {
    "0": "█▀█|█ █|▀▀▀", "1": "▀█ | █ |▀▀▀", "2": "▀▀█|█▀▀|▀▀▀", "3": "▀▀█|▀▀█|▀▀▀",
    "4": "█ █|▀▀█|  ▀", "5": "█▀▀|▀▀█|▀▀▀", "6": "█▀▀|█▀█|▀▀▀", "7": "▀▀█|  █|  ▀",
    "8": "█▀█|█▀█|▀▀▀", "9": "█▀█|▀▀█|▀▀▀", ".": " | |▀", ",": " | |█",
}  # fmt: skip
"""Three rows each."""
_TWO_COLUMNS: Final = 76
_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.)")
"""What arrows and function keys send."""
_BEGUN: Final = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*|O)?\Z")
_KEYS: Final = {**{key: key for key in "mnrdf?q"}, " ": "space", "\x1b": "q"}


class TerminalView:
    """Shows a session in the terminal until ``close``, or the end of the process; hears its keys.

    If the output is not a terminal, a line is written whenever the cue or the phase changes.
    """

    is_closed: Final = False
    """A terminal that is closed ends the process."""

    def __init__(self) -> None:
        self._keys = TerminalKeys()
        self._line: tuple[str, ...] | None = None
        self._shown_s = -math.inf
        self._live: Live | None = None
        atexit.register(self.close)
        is_dumb = os.environ.get("TERM") in ("dumb", "unknown")
        if sys.stdout is not None and sys.stdout.isatty() and not is_dumb:
            console = Console(force_terminal=True, highlight=False)
            self._live = Live(
                console=console, screen=True, auto_refresh=False, redirect_stdout=False,
                redirect_stderr=False,
            )  # fmt: skip
            self._live.start()

    def show(self, live: LiveScene) -> None:
        """Show a moment; a page stays for at least an eighth of a second."""
        if self._live is None:
            self._write_line(live)
            return
        now_s = time.monotonic()
        if now_s - self._shown_s >= _EVERY_S:
            self._shown_s = now_s
            self._live.update(fit_page(live, self._live.console), refresh=True)

    def poll(self) -> list[str]:
        """The keys pressed since the last time, by their names in ``KEYS``; Esc is ``q``."""
        return self._keys.read()

    def close(self) -> None:
        """Give the terminal back as it was; a second call does nothing."""
        atexit.unregister(self.close)
        try:
            if self._live is not None:
                self._live.stop()
        finally:
            self._keys.close()

    def _write_line(self, live: LiveScene) -> None:
        scene = live.scene
        change = (live.phase, scene.cue.text)
        if change == self._line or sys.stdout is None:
            return
        self._line = change
        phase = write_small(translate(_PHASES[live.phase]))
        line = f"{_name_set(scene)}: {phase}: {tell_cue(scene.cue)}"
        if scene.target > 0 and live.phase is Phase.WORK:
            line += f" ({_tell_done(scene)})"
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()


def fit_page(live: LiveScene, console: Console) -> RenderableType:
    """A moment as a page no larger than the console: the least important blocks are left out."""
    say = _speak_ascii if console.options.ascii_only else str
    blocks = _list_summary(live.summary, say) if live.summary else _list_blocks(live, console, say)
    heights = [len(console.render_lines(block, pad=False)) for _, block in blocks]
    while sum(heights) > console.height and len(blocks) > 1:
        worst = max(range(len(blocks)), key=lambda index: (blocks[index][0], index))
        del blocks[worst], heights[worst]
    return Group(*(block for _, block in blocks))


_Say = Callable[[str], str]
_Blocks = list[tuple[int, RenderableType]]
"""From top to bottom; the higher the number, the sooner a block is left out."""


def _speak_ascii(text: str) -> str:
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def _list_blocks(live: LiveScene, console: Console, say: _Say) -> _Blocks:
    scene, width = live.scene, console.width
    right = Column(justify="right", no_wrap=True)
    heading = Table.grid(Column(ratio=1), right, expand=True, padding=(0, 1))
    is_work = live.phase is Phase.WORK
    state = translate(CLOCK_WORDS[scene.clock] if is_work else _PHASES[live.phase])
    heading.add_row(Text(say(_name_set(scene)), "bold"), Text(state, "bold"))
    symbol, style = _PROMPTS[scene.cue.tone]
    prompt = Text(say(f"{symbol}  {tell_cue(scene.cue)}"), justify="center")
    blocks: _Blocks = [
        (1, heading),
        (0, Panel(prompt, style=style)),
        (2, _draw_numbers(live, width, say)),
    ]
    if live.breath is not None:
        n = math.floor(20 * min(1.0, max(0.0, live.breath.share)))
        words = f"{tell_breath(live.breath.phase).capitalize():<11} {'█' * n}{'░' * (20 - n)}"
        blocks.append((6, Text(say(words))))
    if scene.marks:
        blocks.append((3, _list_rules(scene, width, say)))
    if scene.tuck is not None:
        blocks.append((5, _limit(say(_tell_tuck(scene.tuck)), 2, console)))
    if live.coming is not None:
        blocks.append((4, _limit(say(live.coming), 2, console, "bold")))
    if live.shows_keys:
        keys = (f"{translate(key)}: {translate(what)}" for key, what in KEYS)
        blocks.append((1, Columns(keys, padding=(0, 3), equal=True)))
    if live.notice is not None:
        blocks.append((7, _limit(say(live.notice), 2, console, "italic")))
    return blocks


def _name_set(scene: Scene) -> str:
    """As in ``Half-kneeling hip flexor stretch, left side, set 1 of 2``."""
    return ", ".join(filter(None, (scene.exercise, scene.set_name)))


def _tell_done(scene: Scene) -> str:
    return translate(
        "{done} of {asked} {unit}", done=scene.tell_count(scene.done),
        asked=write_decimal(f"{scene.target:g}"), unit=translate(scene.unit),
    )  # fmt: skip


def _limit(text: str, n_lines: int, console: Console, style: str = "") -> Text:
    """Wrapped, and cut where it takes more lines."""
    lines = list(Text(text, style).wrap(console, console.width))
    if len(lines) > n_lines:
        del lines[n_lines:]
        lines[-1].truncate(max(1, console.width - 3))
        lines[-1].append("...")
    return Text("\n").join(lines)


def _draw_numbers(live: LiveScene, width: int, say: _Say) -> RenderableType:
    """The countdown or what is done, large, and the bar of what was held."""
    scene = live.scene
    large = _enlarge(live.count or scene.tell_count(scene.done), say)
    row = Table.grid(padding=(0, 3))
    if scene.target <= 0:
        row.add_row(large if live.count else Text(""))
        return row
    room = width - max(cell_len(line) for line in large.plain.splitlines()) - 3
    words = _tell_done(scene)
    if scene.has_unconfirmed:
        sure, rest = map(scene.tell_count, (scene.confirmed, scene.done - scene.confirmed))
        words += translate(": {n} confirmed █, {rest} not ▒", n=sure, rest=rest)
    # Solid where confirmed, shaded where not; no cell that was not held through.
    n_cells = max(1, room)
    done = math.floor(n_cells * min(1.0, scene.done / scene.target) + 1e-6)
    solid = min(done, math.floor(n_cells * scene.confirmed / scene.target + 1e-6))
    bar = "█" * solid + "▒" * (done - solid) + "░" * (n_cells - done)
    row.add_row(large, Text(say(f"{words}\n")) + Text(say(bar), "cyan"))
    return row


def _enlarge(number: str, say: _Say) -> Text:
    """Three rows high, where the terminal has the characters for it."""
    if say is not str or not set(number) <= _DIGITS.keys():
        return Text(say(number), "bold reverse")
    rows = zip(*(_DIGITS[digit].split("|") for digit in number), strict=True)
    return Text("\n".join(" ".join(row) for row in rows), "bold", no_wrap=True)


def _list_rules(scene: Scene, width: int, say: _Say) -> RenderableType:
    """Each rule's symbol, name and word, with its value where that has room."""
    n_columns = 2 if width >= _TWO_COLUMNS else 1
    room = width // n_columns - 2
    columns = (Column(ratio=1) for _ in range(n_columns))
    table = Table.grid(*columns, expand=True, padding=(0, 2, 0, 0))
    cells = [_tell_rule(mark, scene.clock, room, say) for mark in scene.marks]
    for index in range(0, len(cells), n_columns):
        table.add_row(*cells[index : index + n_columns])
    return table


def _tell_rule(mark: Mark, clock: Clock, room: int, say: _Say) -> Text:
    symbol, style = _LOOKS[mark.look(clock)]
    text, value = say(mark.tell(clock)), mark.tell_value()
    if value is not None:
        value = say(value)
        longest_first = f"{text}, {value}", f"{text}, {value.partition(' (')[0]}", text
        text = next(t for t in longest_first if t is text or cell_len(f"{symbol} {t}") <= room)
    return Text.assemble((say(symbol), style), f" {text}")


def _tell_tuck(tuck: Tuck) -> str:
    words = [translate("Pelvis"), translate(tuck.word)]
    if not math.isnan(tuck.change_deg):
        words[1] += f", {round(tuck.change_deg)}° {translate('from neutral')}"
    elif tuck.why:
        words.append(tuck.why)
    return ": ".join(words)


def _list_summary(summary: SessionSummary, say: _Say) -> _Blocks:
    """The last page: rows, then what to correct, then notes; the last rows go first."""
    blocks: _Blocks = [(0, Text(say(summary.title), "bold"))]
    for row in summary.rows:
        words = f"{_STATUSES[row.status]} {translate(row.status)}: {row.name}: {row.amount}"
        blocks.append((1, Text(say(words))))
        if row.remark is not None:
            blocks.append((3, Text(say(f"    {row.remark}"))))
    return [*blocks, *((2, Text(say(note), "italic")) for note in summary.notes)]


class TerminalKeys:
    """Keys from the terminal as they are pressed, without echo and without waiting for Enter.

    There are none if the input is not a terminal.
    """

    def __init__(self) -> None:
        self._fd: int | None = None
        self._begun = ""
        """An escape sequence of which more is to come, or the Esc key."""
        if sys.stdin is None or not sys.stdin.isatty():
            return
        self._fd = sys.stdin.fileno()
        if sys.platform != "win32":
            import termios
            import tty

            if not self._is_in_front():
                self._fd = None  # to change the terminal from the background stops the process
                return
            self._modes = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)

    def read(self) -> list[str]:
        """The keys pressed since the last time, by their names in ``KEYS``; never waits."""
        if self._fd is None:
            return []
        new = self._take()
        text, self._begun = self._begun + new, ""
        if new:
            text = _ESCAPE.sub("", text)
            begun = _BEGUN.search(text)
            if begun is not None:
                self._begun, text = begun[0], text[: begun.start()]
        return [_KEYS[key] for key in text.lower() if key in _KEYS]

    def close(self) -> None:
        """Give the input back as it was; what was typed and not read is dropped."""
        is_in_front = self._is_in_front()
        fd, self._fd = self._fd, None
        if fd is not None and is_in_front and sys.platform != "win32":
            import termios

            # Else the terminal is gone, or the shell has it and sets its own modes.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(fd, termios.TCSAFLUSH, self._modes)

    def _take(self) -> str:
        """The characters that wait to be read."""
        if sys.platform == "win32":
            import msvcrt

            text = ""
            while msvcrt.kbhit():
                character = msvcrt.getwch()
                if character in "\x00\xe0":  # an arrow or a function key: two characters
                    msvcrt.getwch()
                    continue
                text += character
            return text
        assert self._fd is not None
        if not self._is_in_front() or not select.select([self._fd], [], [], 0)[0]:
            return ""
        try:
            return os.read(self._fd, 1024).decode("ascii", "ignore")
        except OSError:  # the terminal itself is gone
            return ""

    def _is_in_front(self) -> bool:
        """Whether this process has the terminal: False in the background."""
        if sys.platform == "win32" or self._fd is None:
            return True
        try:
            return os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return False
