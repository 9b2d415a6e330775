"""A folder of clips becomes a table for each person, and two weeks are compared.

python examples/compare_weeks.py sample_videos examples/study.csv
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import formcheck as fc

if __name__ == "__main__":  # the clips are judged by processes that read this file again
    folder, study = Path(sys.argv[1]), pd.read_csv(sys.argv[2])

    with tempfile.TemporaryDirectory() as work:
        table = Path(work, "sets.csv")  # with a name to keep, it would not judge a clip twice
        fc.batch([folder / name for name in study["clip"]], out=table)
        sets = pd.read_csv(table)
    sets["clip"] = sets["clip"].map(lambda path: Path(path).name)
    sets = study.merge(sets.drop(columns="person"), on="clip")

    people = sets.groupby(["person", "week"])[["position_s", "good_hold_s", "n_faults"]].sum()
    people["good_share"] = people["good_hold_s"] / people["position_s"]
    print(people.round(2).to_string())

    # Each person against themselves: what differs between people, or their exercises, drops out.
    by_week = people["good_share"].unstack("week")
    change = by_week[2] - by_week[1]
    error = change.sem()
    print(f"\nchange from week 1 to 2: {change.mean():+.2f} ± {error:.2f} (n = {len(change)})")
