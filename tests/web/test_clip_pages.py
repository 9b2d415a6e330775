"""Clips that are handed in: judged apart, told how far, kept or deleted."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.context import SpawnProcess
from pathlib import Path

import cv2
import pytest

from formcheck.errors import StoreError
from formcheck.web import clip_jobs, clip_pages
from formcheck.web.clip_jobs import MAX_CLIPS, REPORT, ClipJobs, ClipWish
from formcheck.web.context import ServeContext
from tests.support.media import read_frames
from tests.support.served import ServedClient, make_served_context, serve_app
from tests.support.waiting import await_that


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where clips lie meanwhile."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[ClipJobs]:
    """The jobs of the server that is started."""
    made: list[ClipJobs] = []

    def make(context: ServeContext) -> ClipJobs:
        made.append(ClipJobs(context))
        return made[-1]

    monkeypatch.setattr(clip_pages, "ClipJobs", make)
    return made


@pytest.fixture
def client(tmp_path: Path, opened: list[ClipJobs]) -> Iterator[ServedClient]:
    with serve_app(tmp_path / "data") as context:
        yield ServedClient(context)


@pytest.fixture(scope="module")
def photo(samples: Path) -> bytes:
    """Somebody who kneels well."""
    [(_, image), *_] = read_frames(samples / "half-kneeling_good25.mp4", 6.0, 6.2)
    return cv2.imencode(".png", image)[1].tobytes()


def hand_in(client: ServedClient, body: bytes, query: str = "name=a.mp4") -> str:
    answer = client.ask(f"/clips?{query}", "POST", body=body)
    assert answer.status == 200, answer.text
    return str(answer.json["id"])


def wait_for(client: ServedClient, name: str) -> dict[str, object]:
    state: dict[str, object] = {}

    def is_over() -> bool:
        state.update(client.ask(f"/clips/{name}/state").json)
        return state["state"] in ("done", "failed")

    await_that(is_over)
    return state


def test_a_photo_is_judged_shown_and_kept(
    client: ServedClient, photo: bytes, temporary: Path
) -> None:
    name = hand_in(client, photo, "name=..%2F..%2Fme%5Cmy%20photo.png&exercise=half-kneeling")
    assert client.ask(f"/clips/{name}/report").status in (200, 303)
    assert wait_for(client, name)["state"] == "done"
    assert client.ask(f"/clips/{name}").headers["location"] == f"/clips/{name}/report"
    report = client.ask(f"/clips/{name}/report").text
    assert "my photo.png" in report
    assert "Keep this report" in report
    assert client.ask(f"/clips/{name}/annotated.jpg").headers["content-type"] == "image/jpeg"
    assert client.ask(f"/clips/{name}/annotated.mp4").status == 404
    assert client.ask(f"/clips/{name}/result.json").status == 404
    await_that(lambda: not list(temporary.rglob("clip")))
    client.context.data.mkdir()
    client.context.clips.write_text("in the way of the folder")
    answer = client.send_form(f"/clips/{name}/keep", "")
    assert (answer.status, "cannot be written" in answer.text) == (500, True)
    client.context.clips.unlink()
    kept = client.send_form(f"/clips/{name}/keep", "").headers["location"]
    assert client.ask(f"/clips/{name}/report").status == 404
    assert list(temporary.iterdir()) == []
    assert client.ask(kept).headers["location"] == f"{kept}/report"
    assert "my photo.png" in client.ask(f"{kept}/report").text
    assert client.ask(f"{kept}/annotated.jpg").status == 200
    assert kept in client.ask("/clips").text
    assert client.send_form(f"{kept}/delete", "").status == 303
    assert client.ask(f"{kept}/report").status == 404
    assert list(client.context.clips.iterdir()) == []


def test_what_can_be_kept_in_part_alone_is_not_kept(tmp_path: Path, temporary: Path) -> None:
    context = make_served_context(tmp_path / "data")
    jobs = ClipJobs(context)
    job = jobs.open(ClipWish("a.mp4"))
    (job.folder / "result.json").write_text("{}")
    (job.folder / REPORT).mkdir()  # no file, so that it cannot be copied
    with pytest.raises(StoreError):
        jobs.keep(job)
    assert list(context.clips.iterdir()) == []
    assert (job.folder / "result.json").exists()


def test_a_temporary_folder_that_cannot_be_made_is_told(
    client: ServedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    answer = client.ask("/clips?name=a.mp4", "POST", body=b"a")
    assert answer.status == 507
    assert os.strerror(errno.ENOSPC) in answer.text


def test_garbage_is_told_and_the_server_goes_on(
    client: ServedClient, opened: list[ClipJobs], temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_jobs, "MAX_CLIPS", 1)
    name = hand_in(client, os.urandom(20_000), "name=noise.mp4")
    state = wait_for(client, name)
    assert state["state"] == "failed"
    assert "noise.mp4" in str(state["problem"])
    assert "noise.mp4" in client.ask(f"/clips/{name}").text
    await_that(lambda: not list(temporary.iterdir()))
    monkeypatch.setattr(SpawnProcess, "start", refuse)
    earlier, name = name, hand_in(client, b"x", "name=noise.mp4")
    state = wait_for(client, name)
    assert (state["state"], os.strerror(errno.EAGAIN) in str(state["problem"])) == ("failed", True)
    await_that(lambda: [job.id for job in opened[0].all] == [name])
    assert client.ask(f"/clips/{earlier}/state").status == 404, "so many are remembered"
    assert client.send_form(f"/clips/{name}/delete", "").status == 303
    assert client.ask(f"/clips/{name}/state").status == 404


def refuse(_: object) -> None:
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


@pytest.mark.skipif(not hasattr(signal, "SIGSEGV"), reason="has no such signals")
def test_a_process_that_dies_costs_its_clip_alone(
    client: ServedClient, opened: list[ClipJobs], photo: bytes
) -> None:
    name = hand_in(client, photo)
    [job] = opened[0].all
    await_that(lambda: job.process is not None and job.process.pid is not None)
    assert job.process is not None
    assert job.process.pid is not None
    os.kill(job.process.pid, signal.SIGSEGV)
    state = wait_for(client, name)
    assert (state["state"], "signal 11" in str(state["problem"])) == ("failed", True)
    assert client.ask("/clips").status == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_what_is_too_large_is_told_and_leaves_nothing(
    client: ServedClient, temporary: Path, monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    monkeypatch.setattr(clip_pages, "MAX_CLIP_BYTES", 1000)
    body = iter([b"x" * 600] * 2) if chunked else b"x" * 1200
    answer = client.ask("/clips?name=a.mp4", "POST", body=body)
    assert (answer.status, "GB" in answer.text) == (413, True)
    assert list(temporary.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_sent(
    client: ServedClient, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_pages, "SPARED_BYTES", 1 << 60)
    answer = client.ask("/clips?name=a.mp4", "POST", body=b"x")
    assert (answer.status, "space" in answer.text) == (507, True)
    assert list(temporary.iterdir()) == []


def test_an_upload_that_stalls_gives_its_place_up(
    client: ServedClient, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_pages, "STALLED_S", 0.2)
    assert client.ask("/clips?name=a.mp4", "POST", body=b"x", Content_Length="9").status == 408
    assert list(temporary.iterdir()) == []


def test_a_clip_that_is_cancelled_while_it_comes_is_taken_no_further(
    client: ServedClient, opened: list[ClipJobs], temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def send() -> Iterator[bytes]:
        yield b"x"
        await_that(lambda: bool(opened[0].all))
        [job] = opened[0].all
        opened[0].delete(job)
        yield b"y"

    answer = client.ask("/clips?name=a.mp4&modified=1", "POST", body=send())
    assert answer.status == 409
    assert list(temporary.iterdir()) == []
    assert caplog.records == []


def test_what_is_not_packed_as_it_says_is_refused(
    client: ServedClient, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.ask("/clips?name=a.mp4", "POST", body=b"no gzip", Content_Encoding="gzip")
    assert answer.status == 400
    assert list(temporary.iterdir()) == []
    assert caplog.records == []


@pytest.mark.parametrize(("query", "body", "status"), [
    ("exercise=none-such", b"x", 400), ("exercise=..%2Fx", b"x", 400), ("name=a.mp4", b"", 400),
])  # fmt: skip
def test_what_means_nothing_is_refused(
    client: ServedClient, temporary: Path, query: str, body: bytes, status: int
) -> None:
    assert client.ask(f"/clips?{query}", "POST", body=body).status == status
    assert list(temporary.iterdir()) == []


def test_no_more_than_a_few_are_taken(
    client: ServedClient, opened: list[ClipJobs], monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(ClipJobs, "begin", lambda self, job: None)
    names = [hand_in(client, b"x") for _ in range(MAX_CLIPS)]
    answer = client.ask("/clips?name=a.mp4", "POST", body=b"x")
    assert (answer.status, "close one" in answer.text) == (409, True)
    client.send_form(f"/clips/{names[0]}/delete", "")
    hand_in(client, b"x")
    assert len(list(temporary.iterdir())) == MAX_CLIPS
    for job in opened[0].all:
        job.state = "failed"
    hand_in(client, b"x")


def test_a_report_that_was_left_goes_unless_one_comes_back(
    client: ServedClient, opened: list[ClipJobs], monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(ClipJobs, "begin", lambda self, job: None)
    monkeypatch.setattr(clip_pages, "LEFT_FOR_S", 0.3)
    name = hand_in(client, b"x")
    client.send_form(f"/clips/{name}/leave", "")
    time.sleep(0.5)
    assert client.ask(f"/clips/{name}/state").status == 200, "it is still to be judged"
    opened[0].all[0].state = "done"
    client.send_form(f"/clips/{name}/leave", "")
    assert client.ask(f"/clips/{name}/state").status == 200
    time.sleep(0.5)
    assert client.ask(f"/clips/{name}/state").status == 200
    client.send_form(f"/clips/{name}/leave", "")
    await_that(lambda: not list(temporary.iterdir()))
    assert client.ask(f"/clips/{name}/state").status == 404


def test_the_end_of_the_server_leaves_nothing(
    tmp_path: Path, opened: list[ClipJobs], temporary: Path, photo: bytes
) -> None:
    with serve_app(tmp_path / "data") as context:
        hand_in(ServedClient(context), photo)
        [job] = opened[0].all
        await_that(lambda: job.process is not None and job.process.pid is not None)
    assert job.process is not None
    assert not job.process.is_alive()
    assert list(temporary.iterdir()) == []


def test_a_clip_is_remembered_on_the_day_when_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip"
    clip.write_bytes(b"x")
    before_s = clip.stat().st_mtime
    for text in ("", "x", "0", "9" * 14, "9" * 400):
        clip_pages.date_clip(clip, text)
        assert clip.stat().st_mtime == before_s
    clip_pages.date_clip(clip, "1764000000123")
    assert clip.stat().st_mtime == pytest.approx(1764000000.123, abs=0.01)


def test_the_unseen_report_goes_in_the_end() -> None:
    assert clip_jobs.UNSEEN_FOR_S > clip_jobs.LEFT_FOR_S
