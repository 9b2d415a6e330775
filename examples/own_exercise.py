"""Your own exercise, in a file, judged with your own measure.

python examples/own_exercise.py sample_videos/half-kneeling_knee-lean.mp4
"""

import sys
from pathlib import Path

import numpy as np

import formcheck as fc
from formcheck.measure.body import Body
from formcheck.measure.registry import measure


@measure("near_wrist_from_front_knee_trunk", "near_wrist", "front_knee")
def measure_hand_on_knee(body: Body) -> np.ndarray:
    """From the wrist that the camera sees to the front knee."""
    apart_px = np.linalg.norm(body.joint("near_wrist") - body.joint("front_knee"), axis=1)
    return apart_px / body.trunk_px


track = fc.estimate(sys.argv[1])
folder = Path(__file__).with_name("my-exercises")
result = fc.judge(track, exercise="supported-kneeling", exercise_dirs=[folder]).result

[one] = result.sets
print(f"{result.verdict}: {one.good_hold_s:.1f} s held well")
for name, rule in one.rules.items():
    print(f"  {name}: {rule.outcome}, {rule.median:.2f} in the median")
for fault in one.faults:
    print(f"  {fault.start_s:.1f} s: {fault.cue}")
