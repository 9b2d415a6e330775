"""What a page and the server say to one another in a session: every message, with its bounds.

A page sends JSON objects, told apart by their ``type``, and frames as bytes. Over a WebSocket these
are text and binary messages; where it is refused, the bodies of POST requests. The server answers
with JSON objects, over the socket or one a line in a streamed response.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from formcheck.coach.cues import Tone
from formcheck.coach.live_state import Phase
from formcheck.judging.moment import Clock
from formcheck.screen.live_scene import SessionSummary
from formcheck.screen.scene import VerdictLook
from formcheck.voice.sound import Chime

VERSION: Final = 1
"""Goes up when a page of before could not understand what is sent now."""
MAX_FRAME_BYTES: Final = 1_048_576
MAX_SIDE_PX: Final = 4096
MAX_TEXT_BYTES: Final = 4096
"""Of a JSON message from a page."""
_HEAD: Final = struct.Struct("!Id")
"""Before a frame's JPEG: its number from 1, and when it was captured, in seconds."""

Role = Literal["camera", "screen"]
Key = Literal["space", "n", "r", "m", "d", "?", "q"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# --- from a page ------------------------------------------------------------------------------


class Hello(_Message):
    """The first message of a connection."""

    type: Literal["hello"]
    version: int
    role: Role
    page: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    """Made by the page at random: one that comes again after a break is known by it."""
    since: Annotated[int, Field(ge=0)] = 0
    """The last line that it was given; those after it are told again."""
    session: Annotated[str, Field(max_length=64)] = ""
    """The session that it was in; empty if in none."""


class Start(_Message):
    """Begin a session; only a page with a camera may."""

    type: Literal["start"]
    exercise: Name = "daily-relief"
    """The id of an exercise or a routine."""
    side: Literal["auto", "left", "right"] = "auto"
    sets: Annotated[int | None, Field(ge=1, le=20)] = None
    hold_s: Annotated[float | None, Field(gt=0, le=3600)] = None
    rest_s: Seconds | None = None
    countdown_s: Annotated[float, Field(ge=0, le=60)] = 3.0
    mirrored: bool = True
    muted: bool = False
    listens: bool = True
    """False where the picture is a recording, which hears nothing."""


class Press(_Message):
    """A key of the session, or the button in its place."""

    type: Literal["key"]
    key: Key


class Heard(_Message):
    """A sentence has been spoken to its end, or could not be."""

    type: Literal["ended"]
    id: Annotated[int, Field(ge=1)]


Said = Hello | Start | Press | Heard
_SAID: Final[TypeAdapter[Said]] = TypeAdapter(Annotated[Said, Field(discriminator="type")])


class BadMessageError(ValueError):
    """What a page sent is none of the messages; its text says why.

    Args:
        text: says it.
        frame: the number of the frame that it was to be.
    """

    def __init__(self, text: str, frame: int | None = None) -> None:
        super().__init__(text)
        self.frame = frame


def read_message(text: str | bytes) -> Said:
    """A page's message.

    Raises:
        BadMessageError: it is none.
    """
    if len(text) > MAX_TEXT_BYTES:
        raise BadMessageError(f"a message has at most {MAX_TEXT_BYTES} bytes")
    try:
        return _SAID.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMessageError(": ".join(filter(None, (where, first["msg"])))) from error


class SentFrame(NamedTuple):
    """A picture as it comes from a page."""

    number: int
    captured_s: float
    """On the page's own clock."""
    jpeg: bytes
    width_px: int
    height_px: int


def read_frame(data: bytes) -> SentFrame:
    """A frame's number, time and JPEG, of which only the header is looked at.

    Raises:
        BadMessageError: it is too large, or no JPEG.
    """
    if len(data) < _HEAD.size:
        raise BadMessageError("a frame begins with its number and time")
    number, captured_s = _HEAD.unpack_from(data)
    size = find_jpeg_size(jpeg := data[_HEAD.size :])
    if len(jpeg) > MAX_FRAME_BYTES:
        problem = f"a frame has at most {MAX_FRAME_BYTES} bytes"
    elif not math.isfinite(captured_s) or not 0 <= captured_s < 1e9:
        problem = "a frame's time is a number of seconds"
    elif size is None:
        problem = "a frame is a JPEG"
    elif not (min(size) >= 1 and max(size) <= MAX_SIDE_PX):
        problem = f"a frame has at most {MAX_SIDE_PX} pixels a side, and this has {size}"
    else:
        return SentFrame(number, captured_s, jpeg, *size)
    raise BadMessageError(problem, number)


def pack_frame(number: int, captured_s: float, jpeg: bytes) -> bytes:
    """A frame as a page sends it."""
    return _HEAD.pack(number, captured_s) + jpeg


def find_jpeg_size(jpeg: bytes) -> tuple[int, int] | None:
    """Width and height as a JPEG's header says; None if it is no JPEG.

    ISO/IEC 10918-1, B.1 and B.2.2: segments of a marker and a length, up to the frame header.
    """
    at = 2
    while jpeg[:2] == b"\xff\xd8" and at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from("!HH", jpeg, at + 5)
            return width, height
        elif marker in (0xD9, 0xDA):  # the picture begins, or is over
            return None
        else:
            (length,) = struct.unpack_from("!H", jpeg, at + 2)
            at += 2 + max(2, length)
    return None


# --- from the server --------------------------------------------------------------------------


class CueShown(_Message):
    """What to do now."""

    text: str
    """As it is written: a tip says that it is one."""
    tone: Tone


class ClockShown(_Message):
    """The clock of the set under way."""

    state: Clock
    number: str
    below: str
    done: float
    confirmed: float
    target: float
    """0 where nothing is counted."""


class MarkShown(_Message):
    """One rule's verdict."""

    joint: int | None
    """The landmark it is drawn at."""
    look: VerdictLook
    text: str
    value: str | None


class BreathShown(_Message):
    """Where a slow breath is."""

    text: str
    full: float
    """How far the lungs are filled, 0 to 1."""


class State(_Message):
    """All that is shown at a moment."""

    type: Literal["state"] = "state"
    session: str
    frame: int | None
    """The number of the picture that was judged; None before the first."""
    time_s: float | None
    """When it was taken, from the session's first picture on."""
    width_px: int
    height_px: int
    phase: Phase
    cue: CueShown
    coming: str | None
    clock: ClockShown
    shows: Literal["clock", "count", "rest", "none"]
    """What the clock's place is for."""
    count: str | None
    shows_way_in: bool
    is_level: bool
    """Whether the trunk is level in the position: the picture is then between clock and drawing."""
    exercise: str
    exercise_id: str
    figure_mirrored: bool
    heading: str
    """Exercise, side and set."""
    points: list[tuple[int, int] | None]
    """The 33 landmarks in pixels of the picture, mirrored if it is to be; empty without anybody."""
    marks: list[MarkShown]
    back: str | None
    """What the details say of the pelvis."""
    breath: BreathShown | None
    alert: str | None
    notice: str | None
    shows_keys: bool
    shows_details: bool
    is_muted: bool
    summary: SessionSummary | None


class Line(_Message):
    """A sentence to be spoken, and written as a caption."""

    type: Literal["line"] = "line"
    id: int
    text: str
    quiet: bool
    cuts: bool
    """Whether what is being said is cut off."""
    audio: bool
    """Whether the server has its sound, at ``/api/session/audio/ID.wav``."""
    is_past: bool = False
    """Told again after a break: to be read, not heard."""


class Ring(_Message):
    """A chime, at ``/api/session/chime/KIND.wav``."""

    type: Literal["chime"] = "chime"
    kind: Chime


class Hush(_Message):
    """What is being said is to stop."""

    type: Literal["hush"] = "hush"


class Welcome(_Message):
    """The answer to a hello."""

    type: Literal["welcome"] = "welcome"
    version: int = VERSION
    role: Role
    session: str
    """The one under way; empty if there is none."""
    mirrored: bool = True
    """How its picture is shown."""
    ended: str = ""
    """In words, where the page was in a session that is no more."""


class Preparing(_Message):
    """Why there is nothing to be seen yet, in words."""

    type: Literal["preparing"] = "preparing"
    text: str


class PassedPicture(_Message):
    """A frame of the page that films, to a screen whose moments are streamed."""

    type: Literal["picture"] = "picture"
    data: str
    """As it was sent, number and time before it, in base64."""


class Problem(_Message):
    """Something was refused; the connection goes on unless the code says otherwise."""

    type: Literal["problem"] = "problem"
    code: Literal[
        "message", "frame", "too_fast", "version", "camera_taken", "no_session", "under_way",
        "unknown", "failed", "moved",
    ]  # fmt: skip
    text: str
    frame: int | None = None
    """The frame that will not be judged."""


class Over(_Message):
    """The session is over."""

    type: Literal["over"] = "over"
    session: str
    text: str
    summary: str | None
    """Path of its page; None if it could not be kept."""
    problems: list[str]


Told = State | Line | Ring | Hush | Welcome | Preparing | PassedPicture | Problem | Over


def write_message(message: Told) -> str:
    """A message of the server as JSON, in one line."""
    return message.model_dump_json()


def describe_messages() -> dict[str, Any]:
    """The JSON schema of all that a page may send, and of all that it may be told."""
    told: TypeAdapter[Any] = TypeAdapter(Told)
    return {"version": VERSION, "page": _SAID.json_schema(), "server": told.json_schema()}


def list_points(xy_px: Iterable[Iterable[float]] | None) -> list[tuple[int, int] | None]:
    """Landmarks in whole pixels, None where they are not known."""
    if xy_px is None:
        return []
    return [
        (round(x), round(y)) if math.isfinite(x) and math.isfinite(y) else None for x, y in xy_px
    ]
