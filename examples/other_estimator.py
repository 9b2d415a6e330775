"""Poses from another estimator, an array of landmarks, are judged.

python examples/other_estimator.py sample_videos/half-kneeling_knee-lean.truth.csv

The "estimator" is a perfect one here: where the joints of a rendered person truly are.
"""

import sys

import numpy as np
import pandas as pd

import formcheck as fc

table = pd.read_csv(sys.argv[1])

# Its names for the landmarks, and formcheck's.
names = {"nose": "nose"}
for side, letter in (("left", "L"), ("right", "R")):
    for joint in ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel"):
        names[f"{joint}_{letter}"] = f"{side}_{joint}"
    names[f"toe_{letter}"] = f"{side}_foot_index"

points = [table[[f"{name}_x", f"{name}_y"]].to_numpy() for name in names]
xy_px = np.stack(points, axis=1)  # (N, K, 2)

track = fc.make_track(
    xy_px,
    list(names.values()),
    table["time_s"],
    width_px=960,
    height_px=540,
    yaw_deg=0,
    name="landmarks",
)
result = fc.judge(track, exercise="half-kneeling").result
print(f"{xy_px.shape[0]} frames of {xy_px.shape[1]} landmarks: {result.verdict}")
for one in result.sets:
    print(f"{one.side} side: {one.good_hold_s:.1f} s of {one.position_s:.1f} s in position")
    for fault in one.faults:
        print(f"  {fault.start_s:.1f} to {fault.end_s:.1f} s: {fault.cue}")
