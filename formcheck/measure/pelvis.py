"""Pelvic tilt from the outline of the back, against the person's own neutral.

No landmark shows the pelvis turn. Side-on the back does: the **lumbo-pelvic angle** is the slope of
the back over the sacrum less the slope of the upper back, each a straight line fitted to the
outline. It means nothing by itself, as backs differ; its change from the person's own neutral
follows the pelvis. How well, and when not, is in docs/pelvis.md: a relative, side-view estimate,
not a medical measurement.

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

SACRUM: Final[Bools] = (LEVELS >= 0.68) & (LEVELS <= 0.98)
"""Levels of the pelvis. From .62, as first measured on 160 rendered pairs of four people, the
forearm of hands on hips is in it; from .68 the error on clips of people it was not fitted on is
smaller (docs/pelvis.md)."""
UPPER_BACK: Final[Bools] = (LEVELS >= 0.0) & (LEVELS <= 0.45)
"""Levels of the thorax, from those pairs."""
DEG_PER_TILT_DEG: Final = 0.85
"""The lumbo-pelvic angle moves 8 to 9° for 10° of tilt (those pairs)."""
DEG_PER_LEAN_DEG: Final = -0.8
"""What leaning forward adds to it with a still pelvis: fitted to the sway of people who held one
tilt, -0.6 to -1.2 a clip."""
DEG_ARMS_UP: Final = -4.0
"""What arms raised overhead add to it, as the shoulder blades flatten the upper back: -3 and -5 on
the two people who did."""
ARMS_UP_TRUNK: Final = 0.3
"""An elbow this far above the shoulder is overhead; at the shoulder's height it adds nothing."""
MAX_STANCE_CHANGE_DEG: Final = 20.0
"""How far both thighs together may be from where they were in neutral: the buttock, and with it the
outline, follows the hip. Rocking forward into a lunge turns them by 25° in all."""
MAX_LEAN_CHANGE_DEG: Final = 6.0
"""The correction for lean is good this far."""
MAX_YAW_DEG: Final = 25.0
"""Side-on within about 20°; the view's estimate is 4° off in the mean."""
MAX_CHANGE_DEG: Final = 30.0
"""No pelvis tilts farther from neutral: the outline is of something else."""
UPPER_ARM_RADIUS_TRUNK: Final = 0.18
FOREARM_RADIUS_TRUNK: Final = 0.12
"""Half an arm's thickness with its sleeve. On renders the back's edge is .06 to .10 from an arm
that is over it, .15 or more from one that hangs in front; a strong man's upper arm is thicker."""
UPPER_ARM_FROM: Final = 0.35
"""Share of the upper arm that is taken for shoulder."""
ARM_MOVED_TRUNK: Final = 0.12
"""An arm that is over the back stands in for it while elbow and wrist stay this near to where they
were in neutral: hands on hips keep within .07."""
MIN_CLEAR_SHARE: Final = 0.6
"""Share of a part's levels that have to be seen for a slope."""
MAX_ROUGH_TRUNK: Final = 0.02
"""Scatter of the sacral outline about a parabola: .006 on clean ones (.012 at most), .05 with a
hand in it."""
MAX_ROUGH_UPPER_TRUNK: Final = 0.035
"""The same of the upper back, where a bent elbow gives .02."""
MAX_ROUGH_CHANGE_TRUNK: Final = 0.03
"""Scatter of the change of either part about a line: a back bends, it does not grow knobs."""


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """A person's back with the pelvis in neutral."""

    profile: Floats
    """(K,) the back's distance behind the trunk's axis, trunk lengths; NaN where not seen."""
    covered: Bools
    """(2, K) where the left and the right arm are at the outline."""
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
        """What ``compare_backs`` gives for each of them; worked out once a neutral."""
        if neutral not in self._changes:
            self._changes[neutral] = _compare(self.backs, neutral)
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
    covered, is_rough = _examine(body, behind, joints)
    hidden = (covered.any(axis=1) & SACRUM).sum(axis=1) > (1 - MIN_CLEAR_SHARE) * SACRUM.sum()
    pair = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP, Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
    unseen = (body.unseen[:, pair] != Unseen.SEEN).any(axis=1)
    reasons = (
        (ReasonCode.NO_BODY, unseen),
        (ReasonCode.NOT_TRACED, ~body.is_traced),
        (ReasonCode.NOT_SIDE_ON, ~(body.yaw_deg <= MAX_YAW_DEG)),
        (ReasonCode.ARM, hidden),
        (ReasonCode.NOT_CLEAN, is_rough),
    )
    series = Series() if len(body) > 1 else None  # one frame of a live session has no others
    backs = [
        Back(
            behind[i],
            covered[i],
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
    """(N, 2, K) where the arms cover the back, and (N,) whether its outline is no clean one."""
    if not body.is_traced.any():  # most frames of a live session
        return np.zeros((len(body), 2, len(LEVELS)), np.bool_), np.ones(len(body), np.bool_)
    rough = measure_roughness(behind, SACRUM)
    rough_upper = measure_roughness(behind, UPPER_BACK)
    is_rough = ~(rough <= MAX_ROUGH_TRUNK) | ~(rough_upper <= MAX_ROUGH_UPPER_TRUNK)
    return _find_covered(behind, joints), is_rough


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


def compute_lumbopelvic_deg(profile: Floats, sacrum: Bools, upper_back: Bools) -> Floats:
    """Slope of the back over the sacrum less that of the upper back, + when the back is hollow.

    Of (..., K) profiles and the (K,) levels to fit: (...) degrees in (-180, 180).
    """
    return np.asarray(fit_slope_deg(profile, sacrum) - fit_slope_deg(profile, upper_back))


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
        np.mean([back.covered for back in backs], axis=0) >= 0.5,
        np.median([back.arms for back in backs], axis=0),
        float(np.median([back.lean_deg for back in backs])),
        np.median([back.thighs_deg for back in backs], axis=0),
    )


def compare_backs(back: Back, neutral: Neutral) -> Change:
    """The change of pelvic tilt from neutral.

    Both backs are fitted over the same levels. An arm at the outline stands in for the back while
    it keeps still; once it has moved, the levels it covers or covered are left out.

    Returns:
        Degrees, anterior positive, and None; or NaN and why it cannot be told.
    """
    if back.series is not None:
        return back.series.compare(neutral)[back.index]
    return _compare([back], neutral)[0]


def _compare(backs: Sequence[Back], neutral: Neutral) -> list[Change]:
    """What ``compare_backs`` says of each of N Backs."""
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
    arms = np.array([back.arms for back in backs])
    levels = _find_levels(profiles, np.array([back.covered for back in backs]), arms, neutral)
    for whole in (SACRUM, UPPER_BACK):
        n_clear = (levels & whole).sum(axis=1)
        rule_out((n_clear < MIN_CLEAR_SHARE * whole.sum())[seen], ReasonCode.ARM)
    scatter = np.full(len(backs), np.nan)
    for kept in {levels[i].tobytes() for i in seen}:
        which = seen[[levels[i].tobytes() == kept for i in seen]]
        parts = [np.frombuffer(kept, dtype=np.bool_) & whole for whole in (SACRUM, UPPER_BACK)]
        change = profiles[which] - neutral.profile
        scatter[which] = np.max([_scatter(change, part, 1) for part in parts], axis=0)
        change_deg[which] = compute_lumbopelvic_deg(profiles[which], *parts)
        change_deg[which] -= compute_lumbopelvic_deg(neutral.profile, *parts)
    rule_out(~(scatter[seen] <= MAX_ROUGH_CHANGE_TRUNK), ReasonCode.NOT_CLEAN)
    posture_deg = DEG_PER_LEAN_DEG * lean_deg
    posture_deg += DEG_ARMS_UP * (_raise_arms(arms) - _raise_arms(neutral.arms))
    change_deg = (change_deg - posture_deg) / DEG_PER_TILT_DEG
    rule_out(np.abs(change_deg[seen]) > MAX_CHANGE_DEG, ReasonCode.NOT_CLEAN)
    return [
        (number if why is None else math.nan, why)
        for number, why in zip(change_deg.tolist(), whys, strict=True)
    ]


def _find_levels(profiles: Floats, covered: Bools, arms: Floats, neutral: Neutral) -> Bools:
    """(N, K) levels at which each of N backs and the neutral one can be compared."""
    offset = arms - neutral.arms
    is_far = np.hypot(offset[..., 0], offset[..., 1]) > ARM_MOVED_TRUNK
    moved = np.asarray(is_far.any(axis=-1))
    hidden = ((covered | neutral.covered) & moved[..., None]).any(axis=1)
    return np.asarray(np.isfinite(profiles) & np.isfinite(neutral.profile) & ~hidden)


def _raise_arms(arms: Floats) -> Floats:
    """(...) how far (..., 2, 2, 2) arms are raised overhead: 0 below the shoulders, 1 overhead."""
    above = -arms[..., 0, 0].mean(axis=-1)
    return np.asarray(np.clip(above / ARMS_UP_TRUNK, 0.0, 1.0))
