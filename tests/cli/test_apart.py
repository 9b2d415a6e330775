"""Work in a process of its own: what crashes there ends nothing here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from formcheck.cli.apart import Apart
from formcheck.cli.main import app
from formcheck.errors import SourceError
from tests.support import crashing, media

PATIENCE_S = 120.0


@pytest.fixture
def apart() -> Iterator[Apart]:
    with Apart() as made:
        yield made


def test_it_is_done_elsewhere_in_one_process(apart: Apart) -> None:
    (one, where), (other, there) = (apart.call("a", crashing.add, k, 2) for k in (1, 5))
    assert (one, other) == (3, 7)
    assert where == there != os.getpid()


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_is_one_line_and_the_next_is_done(apart: Apart, signum: signal.Signals) -> None:
    _, before = apart.call("a", crashing.add, 1, 2)
    with pytest.raises(SourceError) as caught:
        apart.call("odd.png", crashing.die, int(signum))
    line = str(caught.value)
    assert line.startswith("odd.png: the process that was reading it ended (signal ")
    assert f"(signal {int(signum)}):" in line
    assert "\n" not in line
    total, after = apart.call("b", crashing.add, 3, 4)
    assert total == 7
    assert after != before


def test_an_end_without_a_signal_is_told_too(apart: Apart) -> None:
    with pytest.raises(SourceError, match=r"^odd\.png: .*exit code 7\):"):
        apart.call("odd.png", crashing.end, 7)


def test_an_error_there_is_an_error_here(apart: Apart) -> None:
    with pytest.raises(SourceError, match=r"^a\.mp4: is empty$") as caught:
        apart.call("a.mp4", crashing.fail, "source")
    assert "in fail" in str(caught.value.__cause__), "--debug shows where it was"
    with pytest.raises(ValueError, match=r"^no value$"):
        apart.call("a.mp4", crashing.fail, "value")
    with pytest.raises(RuntimeError, match=r"^HomelessError: nobody else"):
        apart.call("a.mp4", crashing.fail, "other")
    assert apart.call("b", crashing.add, 1, 1)[0] == 2


def test_nothing_is_started_for_nothing() -> None:
    with Apart():
        pass


STOPPED = """
    import sys
    from formcheck.cli.apart import Apart
    from formcheck.cli.stopping import Stopped, listen
    from tests.support import crashing

    if __name__ == "__main__":
        listen()
        try:
            with Apart() as apart:
                apart.call("a", crashing.work_until_stopped, *sys.argv[1:])
        except Stopped as stopped:
            sys.exit(128 + stopped.signum)
"""


@pytest.mark.parametrize("whom", ["one", "both"])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_stopping_stops_both_and_undoes_what_was_begun(
    tmp_path: Path, signum: signal.Signals, whom: str
) -> None:
    """By a signal to one process, or from a terminal to both."""
    script, begun, undone = (tmp_path / name for name in ("s.py", "begun", "undone"))
    script.write_text(textwrap.dedent(STOPPED))
    with subprocess.Popen(
        [sys.executable, script, begun, undone],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:  # fmt: skip
        deadline_s = time.monotonic() + PATIENCE_S
        while not begun.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        if whom == "one":
            process.send_signal(signum)
        else:
            os.killpg(process.pid, signum)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signum
    assert said == ""
    assert undone.exists()


def test_it_ends_with_the_one_who_asked(tmp_path: Path) -> None:
    script, begun = tmp_path / "s.py", tmp_path / "begun"
    script.write_text(textwrap.dedent(STOPPED))
    with subprocess.Popen(
        [sys.executable, script, begun, tmp_path / "undone"], stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:  # fmt: skip
        deadline_s = time.monotonic() + PATIENCE_S
        while not begun.exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        process.kill()
        process.communicate(timeout=PATIENCE_S)  # both have closed the pipe


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two clips, and one between them of which the decoder dies."""
    monkeypatch.setattr("formcheck.cli.analyze_command._analyze_one", crashing.analyze_one)
    paths = [tmp_path / name for name in ("a.mp4", "crashing.png", "b.mp4")]
    for path in paths[::2]:
        media.write_clip(path, media.plain(64, 48, 8))
    return [str(path) for path in paths]


def test_a_crash_costs_one_clip_of_several(clips: list[str]) -> None:
    options = ["--model", "lite", "--no-video", "--json", "-"]
    done = CliRunner().invoke(app, ["analyze", *clips, *options])
    assert done.exit_code == 2
    assert [json.loads(line)["clip"] for line in done.stdout.splitlines()] == ["a.mp4", "b.mp4"]
    [line] = done.stderr.splitlines()
    assert line.startswith(
        "formcheck: crashing.png: the process that was reading it ended (signal 11):"
    )


def test_a_crash_of_the_only_clip_is_one_line(clips: list[str]) -> None:
    done = CliRunner().invoke(app, ["analyze", clips[1], "--json", "-"])
    assert (done.exit_code, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith(
        "formcheck: crashing.png: the process that was reading it ended (signal 11):"
    )
