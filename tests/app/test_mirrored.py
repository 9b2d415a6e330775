"""A clip that was saved mirrored, as front cameras do: sides are the person's own again."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import formcheck
from formcheck import Result
from formcheck.report import page as report_page
from formcheck.report.pictures import Picture
from tests.support import media


def flip(clip: Path, folder: Path, end_s: float) -> Path:
    """The beginning of a clip, mirrored."""
    frames = [(t, np.ascontiguousarray(i[:, ::-1])) for t, i in media.read_frames(clip, 0.0, end_s)]
    return media.write_clip(folder / clip.name, frames)


def cut(clip: Path, folder: Path, end_s: float) -> Path:
    """The beginning of a clip, written as ``flip`` does."""
    return media.write_clip(folder / f"cut-{clip.name}", media.read_frames(clip, 0.0, end_s))


def facts(result: Result) -> tuple[object, ...]:
    sets = [
        (one.exercise, one.side, one.verdict, [f.rule for f in one.faults],
         [rep.side for rep in one.reps])
        for one in result.sets
    ]  # fmt: skip
    return result.exercise, result.verdict, result.view.near_side, sets


@pytest.mark.parametrize(
    ("name", "end_s", "sides"),
    [
        ("half-kneeling_knee-lean", 12.0, ["left"]),
        ("half-kneeling-side-bend_good", 9.0, None),
        ("knee-drops_good", 14.0, [None]),
    ],
)
def test_it_is_judged_as_the_clip_that_is_not_mirrored(
    samples: Path, tmp_path: Path, name: str, end_s: float, sides: list[str | None] | None
) -> None:
    clip = samples / f"{name}.mp4"
    true = formcheck.analyze(cut(clip, tmp_path, end_s))
    mirror, poses = flip(clip, tmp_path, end_s), tmp_path / "poses.npz"
    found = formcheck.analyze(mirror, mirrored=True, poses=poses)
    assert facts(found) == facts(true)
    assert sides is None or [one.side for one in found.sets] == sides
    for one, other in zip(found.sets, true.sets, strict=True):
        assert one.good_hold_s == pytest.approx(other.good_hold_s, abs=0.3)
        assert one.start_s == pytest.approx(other.start_s, abs=0.3)
        assert one.end_s == pytest.approx(other.end_s, abs=0.3)
        for rule, of in one.rules.items():
            if of.median is not None and other.rules[rule].median is not None:
                assert of.median == pytest.approx(other.rules[rule].median, abs=5)
    # Saved poses are what the picture showed, and take the same option.
    assert formcheck.analyze(poses, mirrored=True).sets == found.sets
    unsaid = formcheck.analyze(poses)
    if sides == ["left"]:
        assert [one.side for one in unsaid.sets] == ["right"]


def test_its_pages_pictures_show_it_as_it_was_saved(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The skeleton is drawn on the person, who is where the clip shows them."""
    taken: list[list[Picture]] = []
    render = report_page.render_page

    def watch(*given: object, **said: object) -> str:
        taken.append(list(said["pictures"]))  # type: ignore[call-overload]
        return render(*given, **said)  # type: ignore[arg-type]

    monkeypatch.setattr("formcheck.app.clip_report.render_page", watch)
    clip = samples / "half-kneeling_knee-lean.mp4"
    mirror = flip(clip, tmp_path, 10.0)
    formcheck.analyze(cut(clip, tmp_path, 10.0), report=tmp_path / "true.html")
    formcheck.analyze(mirror, mirrored=True, report=tmp_path / "mirrored.html")
    true, found = taken
    assert len(true) == len(found) > 0
    for one, other in zip(true, found, strict=True):
        shown, turned = (cv2.imdecode(np.frombuffer(p.jpeg, np.uint8), 1) for p in (one, other))
        assert shown is not None
        assert turned is not None
        if shown.shape == turned.shape and one.shot.time_s == other.shot.time_s:
            # Skeleton and person are the mirror of each other but for the words of the label.
            off = np.abs(shown[:, ::-1].astype(float) - turned).mean()
            assert off < 0.5 * np.abs(shown.astype(float) - turned).mean()
        assert other.shot.mirrored
        assert not one.shot.mirrored


def test_a_neutral_from_a_mirrored_clip_is_the_true_one(samples: Path, tmp_path: Path) -> None:
    clip = samples / "half-kneeling_tuck.mp4"
    true = formcheck.calibrate(cut(clip, tmp_path, 5.0))
    found = formcheck.calibrate(flip(clip, tmp_path, 5.0), mirrored=True)
    assert found.thighs_deg == pytest.approx(true.thighs_deg, abs=5)
    assert found.lean_deg == pytest.approx(true.lean_deg, abs=3)
    unsaid = formcheck.calibrate(tmp_path / clip.name)
    assert unsaid.thighs_deg != pytest.approx(true.thighs_deg, abs=20)
