"""Files, folders, patterns, addresses and manifests become the clips to score."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from formcheck.app.batch.inputs import KINDS, find_jobs
from formcheck.app.batch.job import Job, Options, name_job
from formcheck.errors import ExerciseError, SourceError
from tests.support.web_server import serve


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def ask(**said: Any) -> Job:
    return Job("", "", **said)


def names_of(jobs: Iterable[Job]) -> list[str]:
    return [job.name for job in jobs]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_keep_their_order_and_are_taken_once(here: Path) -> None:
    make(here, "b.mp4", "clips/a.mp4")
    jobs = find_jobs(
        ["b.mp4", "clips/a.mp4", "./b.mp4", "clips/../b.mp4", str(here / "b.mp4"), "missing.mp4"],
        ask(exercise="half-kneeling", side="left"),
    )
    assert jobs == [
        Job(str(here / "b.mp4"), "b.mp4", None, "half-kneeling", "left"),
        Job(str(here / "clips/a.mp4"), "clips/a.mp4", None, "half-kneeling", "left"),
        Job(str(here / "missing.mp4"), "missing.mp4", None, "half-kneeling", "left"),
    ]


def test_two_links_to_one_file_are_two_clips_and_a_broken_one_is_not_forgotten(here: Path) -> None:
    make(here, "real/clip.mp4")
    (here / "clips").mkdir()
    for name in ("anna.mp4", "bert.mp4"):
        (here / "clips" / name).symlink_to(here / "real" / "clip.mp4")
    (here / "clips" / "gone.mp4").symlink_to(here / "real" / "gone.mp4")
    (here / "same").symlink_to(here / "clips")
    jobs = find_jobs(["clips", "same"])
    assert names_of(jobs) == ["clips/anna.mp4", "clips/bert.mp4", "clips/gone.mp4"]


def test_a_folder_gives_clips_of_every_kind_in_any_letter_case(here: Path) -> None:
    wanted = [f"clip.{kind}" for kind in KINDS] + ["LOUD.MP4", "Mixed.MoV", "poses.NPZ"]
    make(here / "clips", *wanted, "notes.txt", "mp4", "clip.mp4.part", "truth.csv", "result.json")
    (here / "clips" / "folder.mp4").mkdir()
    jobs = find_jobs(["clips"])
    assert sorted(names_of(jobs)) == sorted(f"clips/{name}" for name in wanted)
    assert {"mp4", "mov", "mkv", "avi", "webm", "m4v", "3gp", "jpg", "png", "heic", "npz"} <= KINDS


def test_natural_order_each_folder_for_itself(here: Path) -> None:
    ordered = ["1.mp4", "2.mp4", "10.mp4", "a/b/1.mp4", "a/x.mp4", "Clip 2.mp4", "clip 10.mp4"]
    make(here / "clips", *reversed(ordered))
    expected = [f"clips/{name}" for name in ordered]
    assert names_of(find_jobs(["clips/"], recursive=True)) == expected
    assert names_of(find_jobs(["clips"])) == [name for name in expected if "/a/" not in name]
    assert names_of(find_jobs([f"{here}/clips"])) == [
        f"{here}/{name}" for name in expected if "/a/" not in name
    ]
    assert names_of(find_jobs(["."], recursive=True)) == expected


def test_hidden_files_and_our_own_outputs_are_no_clips(here: Path) -> None:
    make(
        here / "clips", "a.mp4", "._a.mp4", ".hidden.mp4", ".cache/b.mp4", "@eaDir/a.mp4/thumb.jpg",
        "a.mp4.formcheck/annotated.mp4", "a.mp4.formcheck/result.json",
        "out/annotated.mp4", "out/result.json", "mine/annotated.mp4",
        "p.heic.formcheck/annotated.jpg", "photo/annotated.jpg", "photo/result.json",
    )  # fmt: skip
    expected = ["clips/a.mp4", "clips/mine/annotated.mp4"]
    assert names_of(find_jobs(["clips"], recursive=True)) == expected
    assert names_of(find_jobs(["clips/**/*.mp4"])) == expected
    assert names_of(find_jobs(["clips/*"])) == expected
    # Given by name it is wanted.
    for path in ("clips/a.mp4.formcheck/annotated.mp4", "clips/.hidden.mp4"):
        assert names_of(find_jobs([path])) == [path]


def test_the_poses_kept_by_this_batch_are_no_clips(here: Path) -> None:
    make(here / "clips", "a.mp4", "b.npz", "poses/a.npz", "poses/deep/c.npz", "poses/d.mp4")
    options = Options(poses_dir="clips/poses")
    found = find_jobs(["clips"], options=options, recursive=True)
    assert names_of(found) == ["clips/a.mp4", "clips/b.npz", "clips/poses/d.mp4"]
    assert names_of(find_jobs(["clips/**/*.npz"], options=options)) == ["clips/b.npz"]
    assert names_of(find_jobs(["clips/poses/a.npz"], options=options)) == ["clips/poses/a.npz"]


def test_links_that_lead_in_circles_end(here: Path) -> None:
    make(here / "clips", "a.mp4", "deep/b.mp4")
    (here / "clips" / "deep" / "up").symlink_to(here / "clips")
    (here / "other").mkdir()
    make(here / "other", "c.mp4")
    (here / "clips" / "linked").symlink_to(here / "other")
    jobs = find_jobs(["clips"], recursive=True)
    assert names_of(jobs) == ["clips/a.mp4", "clips/deep/b.mp4", "clips/linked/c.mp4"]


def test_patterns(here: Path) -> None:
    make(here, "x/1.mp4", "x/deep/2.mp4", "x/10.mp4", "x/note.txt", "x/raw.dat", "y/3.mov")
    assert names_of(find_jobs(["x/*.mp4"])) == ["x/1.mp4", "x/10.mp4"]
    assert names_of(find_jobs(["**/*.mp4"])) == ["x/1.mp4", "x/10.mp4", "x/deep/2.mp4"]
    assert names_of(find_jobs(["[xy]/?.m*"])) == ["x/1.mp4", "y/3.mov"]
    assert names_of(find_jobs([f"{here}/y/*"])) == [f"{here}/y/3.mov"]
    # Of a pattern that names an ending all are taken, of others what may be a clip.
    assert names_of(find_jobs(["x/*.dat"])) == ["x/raw.dat"]
    assert names_of(find_jobs(["x/*"])) == ["x/1.mp4", "x/10.mp4", "x/deep/2.mp4"]


def test_a_name_that_looks_like_a_pattern_is_that_file(here: Path) -> None:
    make(here, "clip [1].mp4", "clip 1.mp4", "what?.mp4", "what!.mp4")
    assert names_of(find_jobs(["clip [1].mp4", "what?.mp4"])) == ["clip [1].mp4", "what?.mp4"]


def test_nothing_found_says_what_was_looked_for(here: Path) -> None:
    make(here / "clips", "notes.txt", "deep/a.mp4")
    for path in ("clips", "clips/*.mov"):
        with pytest.raises(SourceError, match=re.escape(path)) as caught:
            find_jobs([path])
        assert ".mp4, " in str(caught.value)
        assert "--recursive" in str(caught.value)
    with pytest.raises(SourceError, match="clips: none were given"):
        find_jobs([])
    with pytest.raises(SourceError, match="empty path"):
        find_jobs(["clips/deep", ""])


def test_an_empty_folder_among_others_has_its_own_row(here: Path) -> None:
    make(here, "clips/a.mp4", "empty/notes.txt")
    assert names_of(find_jobs(["empty", "clips", "clips/*.mov"])) == [
        "empty", "clips/a.mp4", "clips/*.mov",
    ]  # fmt: skip


def test_a_folder_that_may_not_be_opened_has_its_own_row(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(here, "clips/a.mp4", "clips/locked/b.mp4")
    scan = os.scandir

    def refuse(folder: Path) -> object:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr("os.scandir", refuse)
    assert names_of(find_jobs(["clips"], recursive=True)) == ["clips/a.mp4", "clips/locked"]


@pytest.mark.parametrize("path", ["x" * 5000 + ".mp4", "nul\0.mp4", "file.mp4/inside.mp4"])
def test_what_can_be_no_path_is_a_row_too(here: Path, path: str) -> None:
    make(here, "file.mp4")
    assert names_of(find_jobs([path])) == [path]


def test_a_name_that_is_no_text_is_spelt_out(here: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("file names are text elsewhere")
    (here / "clips").mkdir()
    raw = b"caf\xe9 \xf0\x9f\xa7\x98.mp4"
    os.close(os.open(os.fsencode(here / "clips") + b"/" + raw, os.O_CREAT))
    [job] = find_jobs(["clips"])
    assert job.name == "clips/caf\\udce9 🧘.mp4"
    assert Path(job.path).exists()


def test_addresses_are_clips_and_their_patterns_are_expanded(here: Path) -> None:
    make(here / "web", "2.mp4", "10.mp4", "notes.txt")
    with serve(here / "web") as web:
        asked = [f"{web.url}/10.mp4", f"{web.url}/*.mp4", f"{web.url}/?id=1", f"{web.url}/?id=2"]
        jobs = find_jobs(asked)
    expected = [asked[0], f"{web.url}/2.mp4", *asked[2:]]
    assert names_of(jobs) == expected
    assert [job.path for job in jobs] == expected


def test_a_password_is_in_the_address_and_not_in_the_name() -> None:
    [job] = find_jobs(["https://ann:secret@host/a.mp4"])
    assert (job.path, job.name) == ("https://ann:secret@host/a.mp4", "https://ann@host/a.mp4")


def write_manifest(here: Path, text: str, encoding: str = "utf-8") -> Path:
    path = here / "study" / "list.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def test_a_manifest_says_what_each_clip_is(here: Path) -> None:
    manifest = write_manifest(
        here,
        "person,path,side,exercise,neutral,fps\n"
        "Ann,a.mp4,left,half-kneeling,@0-3,29.97\n"
        "Bert, b.mp4 ,RIGHT,,\n"
        ",/far/c.mp4,auto,auto,calm.json\n"
        "\n"
        ",,,,\n"
        "Ann,a.mp4,right,half-kneeling,@0-3\n"
        "Ann,a.mp4,left,half-kneeling,@0-3\n"
        "Zoe,https://host/z.mp4\n",
    )
    study = here / "study"
    jobs = find_jobs([], ask(exercise="lunge-stretch", side="left", fps=25.0), manifest=manifest)
    a, z, calm = str(study / "a.mp4"), "https://host/z.mp4", str(study / "calm.json")
    assert jobs == [
        Job(a, "a.mp4", "Ann", "half-kneeling", "left", "@0-3", 29.97),
        Job(str(study / " b.mp4 "), " b.mp4 ", "Bert", "lunge-stretch", "right", fps=25.0),
        Job("/far/c.mp4", "/far/c.mp4", None, "auto", None, calm, 25.0),
        Job(a, "a.mp4", "Ann", "half-kneeling", "right", "@0-3", 25.0),
        Job(a, "a.mp4", "Ann", "half-kneeling", "left", "@0-3", 25.0),
        Job(z, z, "Zoe", "lunge-stretch", "left", fps=25.0),
    ]


def test_what_a_manifest_names_is_not_taken_again(here: Path) -> None:
    make(here / "study", "a.mp4", "b.mp4")
    manifest = write_manifest(here, "path,person\nb.mp4,Bert\n")
    jobs = find_jobs(["study", "study/a.mp4"], manifest=manifest)
    assert [(job.name, job.person) for job in jobs] == [("b.mp4", "Bert"), ("study/a.mp4", None)]


def test_a_manifest_may_name_folders_and_patterns(here: Path) -> None:
    make(here / "study", "ann/1.mp4", "ann/2.mp4", "bert/3.mp4")
    manifest = write_manifest(here, "path,person\nann,Ann\nbert/*.mp4,Bert\n")
    jobs = find_jobs([], manifest=manifest)
    assert [(job.name, job.person) for job in jobs] == [
        ("ann/1.mp4", "Ann"), ("ann/2.mp4", "Ann"), ("bert/3.mp4", "Bert"),
    ]  # fmt: skip
    assert [job.path for job in jobs] == [str(here / "study" / job.name) for job in jobs]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_manifests_of_every_spreadsheet(
    here: Path, encoding: str, end: str, separator: str
) -> None:
    lines = ["Path,Person", '"two\nlines, one ""clip"" 🧘.mp4",Zoë', "b.mp4,"]
    text = end.join(lines[0:1] + lines[1:]) + end
    text = text.replace(",", separator).replace(f"lines{separator}", "lines,")
    jobs = find_jobs([], manifest=write_manifest(here, text, encoding))
    assert [(job.name, job.person) for job in jobs] == [
        ('two\nlines, one "clip" 🧘.mp4', "Zoë"), ("b.mp4", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: must name the columns"),
        ("a.mp4\nb.mp4\n", "line 1: column 'a.mp4' is not known"),
        ("person,exercise\nAnn,auto\n", "line 1: must name the columns: 'path'"),
        ("path,exercize\na.mp4,auto\n", "column 'exercize' is not known: did you mean exercise?"),
        ("path,mood\na.mp4,good\n", "column 'mood' is not known: there are path, person"),
        ("path,person,path\na.mp4,Ann,b.mp4\n", "two columns are called 'path'"),
        ("path,,person\na.mp4,,Ann\n", "line 1: column '' is not known"),
        ('path,side\n"a\n1.mp4",left\nb.mp4,up\n', "line 4: side 'up': is not known"),
        ("path,exercise\na.mp4,half-knelling\n", "line 2: exercise 'half-knelling': is not known"),
        ("path,exercise\na.mp4,half-knelling\n", "did you mean half-kneeling"),
        (
            "path,follow\na.mp4,up\n",
            "line 2: follow 'up': does not name anybody: give left, right, largest",
        ),
        ("path,mirrored\na.mp4,perhaps\n", "line 2: mirrored 'perhaps': is not known"),
        ("path,neutral\na.mp4,@3-1\n", "line 2: neutral '@3-1': the start"),
        ("path,fps\na.mp4,0\n", "line 2: fps '0': is not a rate above 0"),
        ("path,fps\na.mp4,fast\n", "line 2: fps 'fast': is not a rate above 0"),
        ("path,neutral\na.mp4,@now\n", "line 2: neutral '@now'"),
        ("path,neutral\na.mp4,https://h/b.mp4\n", "line 2: neutral 'https://h/b.mp4'"),
        ("path\na\0b/c.mp4\n", "line 2: the row: has a path with a character"),
        ("path,person\n,Ann\n", "line 2: the row: has no path"),
        ("path\na, b.mp4\n", "line 2: the row: has 2 cells for 1 columns"),
        ('path\n"a.mp4\n', "line 2: is not CSV"),
        ("path,side\n" + "a.mp4,up\n" * 9, "line 4: side 'up': is not known.*; and 6 more lines"),
        ("path\n", "names no clip"),
    ],
)
def test_a_wrong_manifest_is_told_with_its_line(here: Path, text: str, words: str) -> None:
    manifest = write_manifest(here, text)
    with pytest.raises(SourceError, match=words) as caught:
        find_jobs([], manifest=manifest)
    assert str(caught.value).startswith(f"{manifest}: ")
    assert "\n" not in str(caught.value)


def test_a_manifest_may_say_whom_to_follow_and_what_is_mirrored(here: Path) -> None:
    rows = 'a.mp4,left,yes\nb.mp4,"0.2,0.5",no\nc.mp4,,\na.mp4,right,yes\n'
    manifest = write_manifest(here, f"path,follow,mirrored\n{rows}")
    jobs = find_jobs([], ask(follow="right", mirrored=True), manifest=manifest)
    assert [(job.name, job.follow, job.mirrored) for job in jobs] == [
        ("a.mp4", "left", True), ("b.mp4", (0.2, 0.5), False), ("c.mp4", "right", True),
        ("a.mp4", "right", True),
    ]  # fmt: skip
    assert len({name_job(job) for job in jobs}) == 4


def test_empty_columns_at_the_end_do_not_matter(here: Path) -> None:
    manifest = write_manifest(here, "path,side,,\na.mp4,left,,\nb.mp4\n")
    jobs = find_jobs([], manifest=manifest)
    assert [(job.name, job.side) for job in jobs] == [("a.mp4", "left"), ("b.mp4", None)]


def test_a_manifest_that_cannot_be_read(here: Path) -> None:
    (here / "latin.csv").write_bytes("path,person\na.mp4,Zoë\n".encode("latin-1"))
    for name, words in (("none.csv", "no such file"), ("latin.csv", "UTF-8"), (".", "cannot be")):
        with pytest.raises(SourceError, match=words):
            find_jobs([], manifest=Path(name))


def test_a_manifest_may_name_exercises_of_ones_own(here: Path) -> None:
    from formcheck.exercises.load import CATALOGUE_DIR

    text = (CATALOGUE_DIR / "childs-pose.toml").read_text(encoding="utf-8")
    (here / "mine").mkdir()
    (here / "mine" / "my-rest.toml").write_text(
        text.replace('id = "childs-pose"', 'id = "my-rest"'), encoding="utf-8"
    )
    manifest = write_manifest(here, "path,exercise\na.mp4,my-rest\n")
    [job] = find_jobs([], manifest=manifest, options=Options(exercise_dirs=("mine",)))
    assert job.exercise == "my-rest"
    with pytest.raises(SourceError, match="my-rest"):
        find_jobs([], manifest=manifest)
    with pytest.raises(ExerciseError, match="no such folder"):
        find_jobs([], manifest=manifest, options=Options(exercise_dirs=("none",)))
