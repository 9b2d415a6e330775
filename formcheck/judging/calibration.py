"""A person's neutral, found in a recording and kept in a file for judging later recordings.

The file is JSON: a few numbers about the back, no image.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.errors import SourceError
from formcheck.judging.neutral import MAX_SCATTER_DEG, KnownNeutral, NeutralFinder
from formcheck.measure.body import track_body
from formcheck.measure.pelvis import (
    Back,
    Neutral,
    average_backs,
    compare_all,
)
from formcheck.measure.reason import Reason
from formcheck.measure.registry import PELVIC_TILT, Measurements, measure_body
from formcheck.pose.outline import LEVELS, N_LEVELS
from formcheck.pose.track import PoseTrack

_HINT: Final = "stand or kneel tall and relaxed, side-on to the camera, arms off the back"
Range = tuple[float, float]
"""Start and end, seconds of presentation time."""
_Number = Annotated[float, Field(allow_inf_nan=False)]


class Calibration(BaseModel):
    """A person's neutral, as stored in a calibration file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formcheck_neutral: Literal[1] = 1
    """The version of the file format."""
    clip: str
    """Name of the clip it was seen in."""
    exercise: str | None
    """The exercise in whose position it was taken; None for no particular one."""
    start_s: _Number
    """When it was seen in the clip."""
    end_s: _Number
    """Until when."""
    lean_deg: _Number
    """The trunk from vertical, + forward."""
    thighs_deg: tuple[_Number, _Number]
    """Left and right thigh from vertical."""
    levels: Annotated[tuple[_Number, ...], Field(min_length=N_LEVELS, max_length=N_LEVELS)]
    """Where on the trunk the profile was taken: 0 shoulder, 1 hip."""
    profile: Annotated[tuple[_Number | None, ...], Field(min_length=N_LEVELS, max_length=N_LEVELS)]
    """The back behind the trunk's axis, trunk lengths."""
    covered: tuple[bool, ...] = Field(default=(), exclude=True)
    """In files of earlier versions; not looked at."""
    arms: Annotated[tuple[_Number, ...], Field(min_length=8, max_length=8)]
    """Left elbow, left wrist, right elbow, right wrist: along the trunk and behind it."""

    def to_json(self) -> str:
        """The text of the file."""
        return self.model_dump_json() + "\n"


def find_neutral(track: PoseTrack, between: Range | None = None) -> KnownNeutral:
    """The neutral of the person in a recording, whatever they do.

    Args:
        track: its poses, with outlines.
        between: the person was in neutral from then to then; None finds the first steady upright
            moment, and takes a single picture as it is.

    Raises:
        SourceError: no neutral was found; says why.
    """
    if track.is_still:
        between = (float(track.time_s[0]), float(track.time_s[0]))
    frames = measure_body(track_body(track), "left", ("hip_travel_trunk", PELVIC_TILT))
    if between is not None:
        return _average(track.clip, frames, between)
    found = next(filter(None, map(NeutralFinder().push, frames)), None)
    if found is None:
        raise explain_no_neutral(track.clip, (frame.back for frame in frames if frame.back))
    return replace(found, source="given")


def explain_no_neutral(clip: str, backs: Iterable[Back]) -> SourceError:
    """Why no neutral was found in a clip whose frames showed these backs."""
    what = f"no steady upright moment shows the back{_commonest(backs)}"
    return SourceError(clip, what, _HINT)


def _average(clip: str, frames: list[Measurements], between: Range) -> KnownNeutral:
    start_s, end_s = between
    inside = [f for f in frames if start_s - 1e-6 <= f.time_s <= end_s + 1e-6]
    where = f"{clip}, {start_s:g} to {end_s:g} s"
    if not inside:
        ends = f"the clip ends at {frames[-1].time_s:.1f} s"
        raise SourceError(where, "there is no frame", ends)
    backs = [frame.back for frame in inside if frame.back]
    good = [back for back in backs if back.why is None]
    if 2 * len(good) <= len(backs):
        raise SourceError(where, f"the back cannot be judged{_commonest(backs)}", _HINT)
    neutral = average_backs(good)
    tilt_deg = [tilt for tilt, _ in compare_all(good, neutral)]
    if not np.std(tilt_deg) <= MAX_SCATTER_DEG:
        raise SourceError(where, "the pelvis moves", "give seconds in which it keeps still")
    return KnownNeutral(neutral, "given", inside[0].time_s, inside[-1].time_s)


def _commonest(backs: Iterable[Back]) -> str:
    reasons = Counter(back.why for back in backs if back.why is not None)
    return f" ({Reason(reasons.most_common(1)[0][0])})" if reasons else ""


def make_calibration(known: KnownNeutral, clip: str, exercise: str | None) -> Calibration:
    """What a calibration file holds of a neutral that was seen in a recording."""
    neutral = known.neutral
    return Calibration(
        clip=clip,
        exercise=exercise,
        start_s=round(known.start_s or 0.0, 3),
        end_s=round(known.end_s or 0.0, 3),
        lean_deg=round(neutral.lean_deg, 3),
        thighs_deg=(round(float(neutral.thighs_deg[0]), 3), round(float(neutral.thighs_deg[1]), 3)),
        levels=tuple(LEVELS.tolist()),
        profile=tuple(None if np.isnan(d) else round(float(d), 5) for d in neutral.profile),
        arms=tuple(neutral.arms.round(4).ravel().tolist()),
    )


def is_calibration(path: Path) -> bool:
    """True if the file looks like a calibration file, sound or not."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as file:
            return file.read(1) == b"{" and b"formcheck_neutral" in file.read(200)
    except OSError:
        return False


def read_neutral(path: Path) -> KnownNeutral:
    """The neutral in a calibration file.

    Raises:
        SourceError: it cannot be read, or is not a calibration file.
    """
    try:
        kept = Calibration.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, ValidationError, RecursionError) as error:
        what = "is not a calibration file that this version of formcheck can read"
        raise SourceError(path, what, "make it again with formcheck calibrate") from error
    return use_calibration(kept, str(path))


def use_calibration(kept: Calibration, name: str = "the calibration") -> KnownNeutral:
    """The neutral that was kept; ``name`` is what messages call it.

    Raises:
        SourceError: it was made by another version of the measurement.
    """
    if not np.allclose(kept.levels, LEVELS):
        raise SourceError(name, "was made by another version of formcheck", "make it again")
    neutral = Neutral(
        np.array([np.nan if d is None else d for d in kept.profile]),
        np.array(kept.arms).reshape(2, 2, 2),
        kept.lean_deg,
        np.array(kept.thighs_deg),
    )
    return KnownNeutral(neutral, "given")
