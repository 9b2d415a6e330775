"""The wheel holds all that formcheck needs, and nothing else."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import formcheck
from models.build import TASK_SHA256

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIST_INFO = f"formcheck-{formcheck.__version__}.dist-info"
MOST_BYTES = 16_000_000
"""The models are 13 MB of it, what is beyond is the program."""
KINDS = {
    ".py",
    ".toml",
    ".typed",
    ".task",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".json",
    ".png",
    ".webmanifest",
}


def build(target: str, project: Path, folder: Path) -> Path:
    """Build the "wheel" or "sdist" of `project` into `folder` with the installed backend."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built


def contents(wheel: Path) -> dict[str, int]:
    """Return the CRC of every file in `wheel` by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: info.CRC for info in archive.infolist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    package = ROOT / "formcheck"
    data = [*package.rglob("*.py"), *package.rglob("*.toml"), package / "py.typed"]
    expected = {path.relative_to(ROOT).as_posix() for path in data}
    assert any(name.startswith("formcheck/exercises/catalogue/") for name in expected)
    assert "formcheck/exercises/routines/daily-relief.toml" in expected

    assert expected <= set(contents(wheel))


@pytest.mark.parametrize("size", ["lite", "full"])
def test_wheel_holds_the_models_unchanged(wheel: Path, size: str) -> None:
    name = f"pose_landmarker_{size}.task"
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"formcheck/models/{name}") == (ROOT / "models" / name).read_bytes()


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    folders = {name.split("/")[0] for name in contents(wheel)}
    assert folders == {"formcheck", DIST_INFO}
    assert not [name for name in contents(wheel) if "tests/" in name or "__pycache__" in name]
    assert not [name for name in contents(wheel) if name.rsplit("/", 1)[-1].startswith("test_")]


def test_wheel_is_small_and_of_known_kinds(wheel: Path) -> None:
    assert 13_000_000 < wheel.stat().st_size < MOST_BYTES
    package = [name for name in contents(wheel) if name.startswith("formcheck/")]
    assert {Path(name).suffix for name in package} <= KINDS


def test_the_version_stands_in_one_place() -> None:
    """CITATION.cff and the changelog are for people, and say the same."""
    assert PROJECT["dynamic"] == ["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {formcheck.__version__}\n" in citation
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d\S*) \((\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    assert released[0][0] == formcheck.__version__
    assert f"\ndate-released: {released[0][1]}\n" in citation


def test_the_module_is_the_command_and_says_its_models_and_their_sums() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "formcheck", "--version"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, *models = done.stdout.splitlines()
    assert first == f"formcheck {formcheck.__version__}"
    assert {line.split()[1]: line.split()[-1] for line in models} == TASK_SHA256


def test_wheel_declares_the_command_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"{DIST_INFO}/entry_points.txt").decode()
        metadata = archive.read(f"{DIST_INFO}/METADATA").decode()
        names = archive.namelist()
    assert "formcheck = formcheck.cli.main:app" in entry_points
    assert "\nLicense-Expression: MIT\n" in metadata
    assert f"{DIST_INFO}/licenses/LICENSE" in names


def test_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "sdist").mkdir()
    (tmp_path / "wheel").mkdir()
    sdist = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        # Python before 3.11.4 knows no filter, and later ones warn without one.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path / "source")
    (project,) = (tmp_path / "source").iterdir()

    rebuilt = build("wheel", project, tmp_path / "wheel")

    assert contents(rebuilt) == contents(wheel)
