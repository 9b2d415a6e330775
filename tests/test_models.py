"""The model files are what `models/README.md` and `models/build.py` say they are."""

import re
import zipfile
from pathlib import Path

import pytest

from models import build

MODELS = Path(__file__).parents[1] / "models"
ZIP_HEADER_BYTES = 30


def sums_in_readme() -> dict[str, str]:
    """Return every SHA-256 in the README's tables by the name in backquotes on its row."""
    readme = (MODELS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:`([^`]+)`|the (tarball)).*\| `([0-9a-f]{64})` \|$", readme, re.M)
    return {file or word: digest for file, word, digest in rows}


def original_network(member: bytes, expected: str) -> bytes:
    """Return the network in `member` as Google published it: all but the head that was added."""
    for head in range(64, 8192, 64):
        if build.sha256(member[head:]) == expected:
            return member[head:]
    raise AssertionError(f"no network with SHA-256 {expected} inside")


def networks(task: Path) -> tuple[bytes, bytes]:
    """Return the detector and the landmark network of a .task file."""
    with zipfile.ZipFile(task) as archive:
        return archive.read("pose_detector.tflite"), archive.read("pose_landmarks_detector.tflite")


def test_readme_lists_the_sums_that_are_built_and_checked() -> None:
    assert sums_in_readme() == {
        **build.TASK_SHA256,
        **build.HEAVY_SHA256,
        **build.MEMBER_SHA256,
        "tarball": build.TARBALL_SHA256,
    }


def test_readme_names_the_package_and_version() -> None:
    readme = (MODELS / "README.md").read_text(encoding="utf-8")
    assert f"`{build.PACKAGE}`, version {build.VERSION}," in readme


@pytest.mark.parametrize("name", sorted(build.TASK_SHA256))
def test_model_file_has_its_sum(name: str) -> None:
    assert build.sha256((MODELS / name).read_bytes()) == build.TASK_SHA256[name]


def test_every_model_file_is_known() -> None:
    names = {path.name for path in MODELS.glob("*.task")}
    assert names - set(build.HEAVY_SHA256) == set(build.TASK_SHA256)


@pytest.mark.parametrize("name", sorted(build.TASK_SHA256))
def test_networks_are_stored_on_16_byte_boundaries(name: str) -> None:
    data = (MODELS / name).read_bytes()
    with zipfile.ZipFile(MODELS / name) as archive:
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            header = info.header_offset + ZIP_HEADER_BYTES
            extra_bytes = int.from_bytes(data[header - 2 : header], "little")
            assert (header + len(info.filename) + extra_bytes) % 16 == 0


def test_published_networks_give_the_model_files_byte_for_byte() -> None:
    detector, lite = networks(MODELS / "pose_landmarker_lite.task")
    _, full = networks(MODELS / "pose_landmarker_full.task")
    published = {
        name: original_network(member, build.MEMBER_SHA256[name])
        for name, member in (
            (build.DETECTOR_MEMBER, detector),
            ("pose_landmark_lite.tflite", lite),
            ("pose_landmark_full.tflite", full),
        )
    }

    built = build.assemble(published)

    for name, data in built.items():
        assert data == (MODELS / name).read_bytes()


def test_changed_network_is_refused() -> None:
    with pytest.raises(build.BuildError, match=r"lite\.tflite: SHA-256 is .*, expected f17b"):
        build.check("lite.tflite", b"x", build.MEMBER_SHA256["pose_landmark_lite.tflite"])


def test_other_tarball_writes_nothing_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tarball = tmp_path / "pose.tgz"
    tarball.write_bytes(b"not the package")

    code = build.main(["--tarball", str(tarball), "--out", str(tmp_path / "out")])

    assert code == 2
    assert capsys.readouterr().err.startswith("models/build.py: tarball: SHA-256 is ")
    assert not (tmp_path / "out").exists()


def test_written_file_replaces_the_old_one_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.task"
    path.write_bytes(b"old")

    build.write_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
