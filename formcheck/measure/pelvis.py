"""Pelvic tilt from the outline of the back, against the person's own neutral.

No landmark shows the pelvis turn. Side-on the back does: a straight line is fitted to the outline
over the sacrum, another over the upper back, both against the trunk's axis. Their slopes mean
nothing by themselves, as backs differ; their change from the person's own neutral follows the
pelvis, the sacrum's less the upper back's, or the sacrum's alone where the arms have changed the
upper back. How well, and when not, is in docs/pelvis.md: a relative, side-view estimate, not a
medical measurement.

Conventions: anterior tilt is positive, posterior (the tuck) negative. Profiles are distances of the
back from the trunk's axis in trunk lengths, + behind, at ``LEVELS`` along it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formcheck.measure.angles import compute_distance_to_segment_px, compute_tilt_deg
from formcheck.measure.body import Body
from formcheck.measure.reason import ReasonCode
from formcheck.measure.view import Unseen
from formcheck.pose.landmarks import SIDES, Landmark, landmark_on
from formcheck.pose.outline import LEFT, LEVELS, RIGHT
from formcheck.pose.track import Floats

Bools = NDArray[np.bool_]
Change = tuple[float, ReasonCode | None]
"""Degrees of tilt from neutral, anterior positive, and None; or NaN and why it cannot be told."""

SACRUM: Final[Bools] = (LEVELS >= 0.68) & (LEVELS <= 1.08)
"""Levels of the pelvis, down to the sit bones. Of all that begin at .62 to .86 and end at .98 to
1.12, these tell the tilt best on people left out of the fit (docs/pelvis.md)."""
UPPER_BACK: Final[Bools] = (LEVELS >= 0.0) & (LEVELS <= 0.45)
"""Levels of the thorax, in the same way."""
BELOW_RAISED_ARMS: Final[Bools] = UPPER_BACK & (LEVELS >= 0.2)
"""Those which raised arms flatten least."""
PER_DEG: Final = (1.5, -1.0, 0.45)
"""Degrees of tilt for a degree of the sacrum's slope, of the upper back's, and of forward lean:
fitted to 75 rendered people, each weighing the same. So are the next two."""
PER_DEG_ARMS_RAISED: Final = (0.8, -0.85, -0.2)
"""Where the arms are raised otherwise than in neutral, with the upper back below them."""
PER_DEG_ALONE: Final = (1.85, 0.0, 0.5)
"""Where the arms have changed the upper back in another way."""
ARMS_UP_TRUNK: Final = 0.3
"""An elbow this far above the shoulder is overhead; at the shoulder's height it is not raised."""
ARMS_RAISED: Final = 0.1
"""Arms are raised otherwise from this share of the way overhead."""
MAX_STANCE_CHANGE_DEG: Final = 20.0
"""How far both thighs together may be from where they were in neutral: the buttock, and with it the
outline, follows the hip. Rocking forward into a lunge turns them by 25° in all."""
MAX_LEAN_CHANGE_DEG: Final = 6.0
"""The correction for lean is good this far."""
MAX_YAW_DEG: Final = 25.0
"""Side-on within about 20°; the view's estimate is 4° off in the mean."""
MAX_CHANGE_DEG: Final = 30.0
"""No pelvis tilts farther from neutral: the outline is of something else."""
ARM_FALL: Final = -0.45
"""Where the outline of the lower trunk comes in as steeply as this, downward, it is that of an arm
whose hand is on the hip: -.8 and steeper there, never under -.3 on a back's."""
_ARM_LEVELS: Final[Bools] = (LEVELS >= 0.5) & (LEVELS < 0.9)
"""Where that is looked for: a buttock comes in below."""
LAST_START: Final = 0.82
"""The sacrum is judged from below such an arm: from here at most, .26 trunk for a slope."""
UPPER_ARM_RADIUS_TRUNK: Final = 0.18
FOREARM_RADIUS_TRUNK: Final = 0.12
"""Half an arm's thickness with its sleeve. On renders the back's edge is .06 to .10 from an arm
that is over it, .15 or more from one that hangs in front; a strong man's upper arm is thicker."""
UPPER_ARM_FROM: Final = 0.35
"""Share of the upper arm that is taken for shoulder."""
MAX_COVERED: Final = 0.6
"""Share of the sacrum's levels at which an arm may be: of a hand on the hip .42 on renders, as its
thickness is taken generously; an arm that lies on the pelvis is at all of them."""
ARM_MOVED_TRUNK: Final = 0.12
"""An arm changes the outline of the upper back: raised it flattens it by 5 to 13°, on the hip it
stands in for it. While elbow and wrist stay this near to where they were in neutral, that is no
change of it: hands on hips keep within .07."""
MAX_ROUGH_TRUNK: Final = 0.02
"""Scatter of the sacral outline about a parabola: .006 on clean ones (.012 at most), .05 with a
hand in it."""
MAX_ROUGH_UPPER_TRUNK: Final = 0.035
"""The same of the upper back, where a bent elbow gives .02; .05 and more where the gap between it
and the back is seen."""
MAX_ROUGH_CHANGE_TRUNK: Final = 0.03
"""Scatter of the change of either part about a line: a back bends, it does not grow knobs."""


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """A person's back with the pelvis in neutral."""

    profile: Floats
    """(K,) the back's distance behind the trunk's axis, trunk lengths; NaN where not seen."""
    arms: Floats
    """(2, 2, 2) left and right, elbow and wrist: along the trunk from the shoulder, and behind it,
    trunk lengths."""
    lean_deg: float
    """Trunk lean, + forward."""
    thighs_deg: Floats
    """(2,) left and right: the thigh from vertical, + when the hip is forward of the knee."""


@dataclass(frozen=True, slots=True, eq=False)
class Back(Neutral):
    """The same of the back in one frame, in whatever tilt."""

    why: ReasonCode | None
    """Why this back can be compared with none; None if it can."""
    series: Series | None = None
    """The clip's backs, which are compared at once: one by one takes twenty times as long."""
    index: int = 0
    """Its place among them."""


class Series:
    """The backs of a clip, and what each of them is against a neutral."""

    def __init__(self) -> None:
        """Begin with no back."""
        self.backs: list[Back] = []
        self._changes: dict[Neutral, list[Change]] = {}

    def compare(self, neutral: Neutral) -> list[Change]:
        """What ``compare_all`` gives for them; worked out once a neutral."""
        if neutral not in self._changes:
            self._changes[neutral] = compare_all(self.backs, neutral)
        return self._changes[neutral]


def view_backs(body: Body) -> list[Back]:
    """The back in each frame of a Body."""
    behind = np.where((body.facing > 0)[:, None], body.outline[:, LEFT], body.outline[:, RIGHT])
    hip, shoulder = body.joint("mid_hip"), body.joint("mid_shoulder")
    lean_deg = compute_tilt_deg(hip, shoulder, body.facing)
    thighs_deg = np.column_stack(
        [
            compute_tilt_deg(
                body.xy_px[:, landmark_on(side, "knee")],
                body.xy_px[:, landmark_on(side, "hip")],
                body.facing,
            )
            for side in SIDES
        ]
    )
    joints = _place_arms(body, shoulder, hip - shoulder)
    is_hidden, is_rough = _examine(body, behind, joints)
    pair = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP, Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
    unseen = (body.unseen[:, pair] != Unseen.SEEN).any(axis=1)
    reasons = (
        (ReasonCode.NO_BODY, unseen),
        (ReasonCode.NOT_TRACED, ~body.is_traced),
        (ReasonCode.NOT_SIDE_ON, ~(body.yaw_deg <= MAX_YAW_DEG)),
        (ReasonCode.ARM, is_hidden),
        (ReasonCode.NOT_CLEAN, is_rough),
    )
    series = Series() if len(body) > 1 else None  # one frame of a live session has no others
    backs = [
        Back(
            behind[i],
            joints[i, :, 1:],
            float(lean_deg[i]),
            thighs_deg[i],
            next((reason for reason, applies in reasons if applies[i]), None),
            series,
            i,
        )
        for i in range(len(body))
    ]
    if series is not None:
        series.backs = backs
    return backs


def _examine(body: Body, behind: Floats, joints: Floats) -> tuple[Bools, Bools]:
    """(N,) whether the arms hide the sacrum, and whether its outline is no clean one."""
    is_hidden, is_rough = np.zeros(len(body), np.bool_), np.ones(len(body), np.bool_)
    if not body.is_traced.any():  # most frames of a live session
        return is_hidden, is_rough
    covered: Bools = np.asarray(_find_covered(behind, joints).any(axis=1))
    starts = _find_starts(behind)
    for start in np.unique(starts):
        which, part = starts == start, _cut_sacrum(start)
        is_rough[which] = ~(measure_roughness(behind[which], part) <= MAX_ROUGH_TRUNK)
        share = covered[which][:, part].mean(axis=1)
        is_hidden[which] = (share > MAX_COVERED) | (start > LAST_START)
    return is_hidden, is_rough


def _find_starts(profile: Floats) -> Floats:
    """(...) the level at which the sacrum of (..., K) profiles begins, below an arm over it."""
    steep = np.zeros(profile.shape, np.bool_)
    steep[..., 1:] = np.diff(profile) < ARM_FALL * np.diff(LEVELS)
    below = np.where(steep & _ARM_LEVELS, LEVELS, 0.0).max(axis=-1)
    return np.asarray(np.maximum(below, LEVELS[SACRUM][0]))


def _cut_sacrum(start: float) -> Bools:
    """(K,) the sacrum's levels from there on; some where there are next to none."""
    return np.asarray(SACRUM & (min(start, 2 * LAST_START - LEVELS[SACRUM][0]) <= LEVELS))


def _place_arms(body: Body, shoulder: Floats, axis: Floats) -> Floats:
    """(N, 2, 3, 2) shoulder, elbow and wrist of both arms, along the trunk and behind it."""
    names = ("shoulder", "elbow", "wrist")
    points = body.xy_px[:, [[landmark_on(side, name) for name in names] for side in SIDES]]
    length = np.maximum(np.hypot(axis[:, 0], axis[:, 1]), 1e-9)[:, None]
    along = axis / length
    behind = np.column_stack([-along[:, 1], along[:, 0]]) * body.facing[:, None]
    rays = np.stack([along, behind], axis=-1)[:, None]
    return np.asarray(((points - shoulder[:, None, None]) @ rays) / length[:, None, None])


def _find_covered(profile: Floats, joints: Floats) -> Bools:
    """(N, 2, K) where each arm of (N, 2, 3, 2) joints is at the outline of (N, K)."""
    edge = np.stack([np.broadcast_to(LEVELS, profile.shape), profile], axis=-1)[:, None]
    shoulder, elbow, wrist = (joints[:, :, k, None] for k in range(3))
    start = shoulder + UPPER_ARM_FROM * (elbow - shoulder)
    upper = compute_distance_to_segment_px(edge, start, elbow) < UPPER_ARM_RADIUS_TRUNK
    fore = compute_distance_to_segment_px(edge, elbow, wrist) < FOREARM_RADIUS_TRUNK
    return np.asarray(upper | fore)


def measure_roughness(profile: Floats, part: Bools) -> Floats:
    """(...) scatter of a (K,) part of (..., K) profiles about a parabola, root mean square.

    NaN where one of its levels is not seen.
    """
    return _scatter(profile, part, 2)


def _scatter(values: Floats, part: Bools, degree: int) -> Floats:
    """Scatter of a part of (..., K) values about a polynomial."""
    chosen, basis = values[..., part], _make_basis(part.tobytes(), degree)
    rest = chosen - (chosen @ basis) @ basis.T
    return np.asarray(np.sqrt((rest**2).mean(axis=-1)))


@lru_cache(maxsize=256)
def _make_basis(part: bytes, degree: int) -> Floats:
    """An orthonormal basis of the polynomials over a part of the levels; few parts ever come up."""
    at = LEVELS[np.frombuffer(part, dtype=np.bool_)]
    return np.linalg.qr(np.vander(at, degree + 1))[0]


def fit_slope_deg(profile: Floats, part: Bools) -> Floats:
    """Slope of a line fitted to a part of the back against the trunk's axis, + going backward.

    Of (..., K) profiles and a (K,) part of at least 2 levels: (...) degrees.
    """
    u, length = _center(part.tobytes())
    return np.asarray(np.degrees(np.arctan((profile[..., part] @ u) / length)))


@lru_cache(maxsize=256)
def _center(part: bytes) -> tuple[Floats, float]:
    """A part of the levels about their mean, and the sum of their squares."""
    at = LEVELS[np.frombuffer(part, dtype=np.bool_)]
    u = at - at.mean()
    return u, float(u @ u)


def average_backs(backs: Sequence[Back]) -> Neutral:
    """The neutral of a person who kept still in it: medians over at least one Back."""
    return Neutral(
        np.median([back.profile for back in backs], axis=0),
        np.median([back.arms for back in backs], axis=0),
        float(np.median([back.lean_deg for back in backs])),
        np.median([back.thighs_deg for back in backs], axis=0),
    )


def compare_backs(back: Back, neutral: Neutral) -> Change:
    """The change of pelvic tilt from neutral.

    Returns:
        Degrees, anterior positive, and None; or NaN and why it cannot be told.
    """
    if back.series is not None:
        return back.series.compare(neutral)[back.index]
    return compare_all([back], neutral)[0]


def compare_all(backs: Sequence[Back], neutral: Neutral) -> list[Change]:
    """What ``compare_backs`` says of each of N Backs.

    Both backs are fitted over the same levels of the sacrum, from where neither has an arm.
    """
    whys = [back.why for back in backs]
    seen = np.array([i for i, why in enumerate(whys) if why is None], dtype=np.intp)
    change_deg = np.full(len(backs), np.nan)

    def rule_out(which: Bools, why: ReasonCode) -> None:
        nonlocal seen
        for i in seen[which]:
            whys[i] = why
        seen = seen[~which]

    lean_deg = np.array([back.lean_deg for back in backs]) - neutral.lean_deg
    rule_out(np.abs(lean_deg[seen]) > MAX_LEAN_CHANGE_DEG, ReasonCode.LEAN)
    turn_deg = np.array([back.thighs_deg for back in backs]) - neutral.thighs_deg
    stance_deg = np.abs((turn_deg + 180) % 360 - 180).sum(axis=1)
    rule_out(stance_deg[seen] > MAX_STANCE_CHANGE_DEG, ReasonCode.STANCE)
    profiles = np.array([back.profile for back in backs])
    starts = np.maximum(_find_starts(profiles), _find_starts(neutral.profile))
    rough = np.full(len(backs), np.nan)
    for start in np.unique(starts[seen]):
        part, which = _cut_sacrum(start), seen[starts[seen] == start]
        rough[which] = _scatter(profiles[which] - neutral.profile, part, 1)
        change_deg[which] = fit_slope_deg(profiles[which], part)
        change_deg[which] -= fit_slope_deg(neutral.profile, part)
    rule_out(~(rough[seen] <= MAX_ROUGH_CHANGE_TRUNK), ReasonCode.NOT_CLEAN)
    arms = np.array([back.arms for back in backs])
    change_deg = _weigh(profiles, arms, neutral, np.stack([change_deg, lean_deg]))
    rule_out(np.abs(change_deg[seen]) > MAX_CHANGE_DEG, ReasonCode.NOT_CLEAN)
    return [
        (number if why is None else math.nan, why)
        for number, why in zip(change_deg.tolist(), whys, strict=True)
    ]


def _weigh(profiles: Floats, arms: Floats, neutral: Neutral, known_deg: Floats) -> Floats:
    """(N,) degrees of tilt of (2, N) changes of the sacrum's slope and of lean.

    With as much of the upper back as can be compared with the neutral one.
    """
    sacrum_deg, lean_deg = known_deg
    offset = arms - neutral.arms
    has_moved = (np.hypot(offset[..., 0], offset[..., 1]) > ARM_MOVED_TRUNK).any(axis=(1, 2))
    is_raised = np.abs(_raise_arms(arms) - _raise_arms(neutral.arms)) > ARMS_RAISED
    tilt_deg = PER_DEG_ALONE[0] * sacrum_deg + PER_DEG_ALONE[2] * lean_deg
    both = np.concatenate([profiles, neutral.profile[None]])
    for part, per_deg, which in (
        (BELOW_RAISED_ARMS, PER_DEG_ARMS_RAISED, is_raised),
        (UPPER_BACK, PER_DEG, ~has_moved),
    ):
        if not which.any():
            continue
        is_clean = measure_roughness(both, part) <= MAX_ROUGH_UPPER_TRUNK
        change = _scatter(profiles - neutral.profile, part, 1)
        is_same = is_clean[:-1] & is_clean[-1] & (change <= MAX_ROUGH_CHANGE_TRUNK)
        slope_deg = fit_slope_deg(both, part)
        upper_deg = slope_deg[:-1] - slope_deg[-1]
        weighed = per_deg[0] * sacrum_deg + per_deg[1] * upper_deg + per_deg[2] * lean_deg
        tilt_deg = np.where(which & is_same, weighed, tilt_deg)
    return np.asarray(tilt_deg)


def _raise_arms(arms: Floats) -> Floats:
    """(...) how far (..., 2, 2, 2) arms are raised overhead: 0 below the shoulders, 1 overhead."""
    above = -arms[..., 0, 0].mean(axis=-1)
    return np.asarray(np.clip(above / ARMS_UP_TRUNK, 0.0, 1.0))
