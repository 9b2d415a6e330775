"""A clip becomes a plot of its front knee over time.

python examples/knee_over_time.py sample_videos/half-kneeling_knee-lean.mp4 knee.png
"""

import sys

import matplotlib.pyplot as plt

import formcheck as fc

clip, picture = sys.argv[1:]

judged = fc.judge(fc.estimate(clip), exercise="half-kneeling")
frames = judged.timeline.to_pandas().set_index("time_s")
knee = frames["front_knee_deg"]
[rule] = [one for one in fc.load_exercise("half-kneeling").rules if one.id == "front_knee"]

for fault in judged.result.sets[0].faults:
    print(f"{fault.start_s:.1f} to {fault.end_s:.1f} s: {fault.cue}")
held = frames["clock_runs"].astype(bool)
print(f"front knee while held: {knee[held].median():.0f}°, in range {rule.low:g} to {rule.high:g}°")

fig, axes = plt.subplots(figsize=(8, 3), layout="constrained")
axes.axhspan(rule.low, rule.high, color="tab:green", alpha=0.15, label="in range")
axes.plot(knee, color="0.6", label="front knee")
axes.plot(knee.where(held), color="tab:blue", linewidth=2, label="while held")
axes.set(xlabel="time (s)", ylabel="front knee (°)")
axes.legend()
fig.savefig(picture, dpi=120)
