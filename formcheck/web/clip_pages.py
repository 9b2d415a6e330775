"""The pages of clips: hand one in, see how far it is, look at its report, keep it or not."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from formcheck.exercises.load import list_exercises
from formcheck.history import wording
from formcheck.language import phrase, translate
from formcheck.web.clip_jobs import (
    LEFT_FOR_S,
    MAX_CLIP_BYTES,
    MAX_CLIPS,
    REPORT,
    VIDEOS,
    ClipJob,
    ClipJobs,
    ClipWish,
)
from formcheck.web.context import CONTEXT
from formcheck.web.kept_pages import KeptPage, find_page, list_pages, read_page
from formcheck.web.personal import find_person
from formcheck.web.rendering import show
from formcheck.web.shown_report import show_report

CLIPS: Final = web.AppKey("clips", ClipJobs)
SPARED_BYTES: Final = 500_000_000
"""Of the disk, beside the clip: its annotated video needs some as well."""
STALLED_S: Final = 60.0
"""An upload of which nothing comes for so long is given up: others wait for its place."""
_PIECE_BYTES: Final = 1 << 20
_KEPT: Final = f"*/{REPORT}"


def add_clip_routes(app: web.Application) -> None:
    """Add these pages."""
    clips = ClipJobs(app[CONTEXT])
    app[CLIPS] = clips
    app.on_shutdown.append(clips.close)
    app.router.add_get("/clips", show_clips)
    app.router.add_post("/clips", take_clip)
    app.router.add_get("/clips/{id}", show_job)
    app.router.add_get("/clips/{id}/state", tell_state)
    app.router.add_get("/clips/{id}/report", show_job_report)
    app.router.add_get("/clips/{id}/{file:annotated\\.(mp4|jpg)}", send_job_video)
    app.router.add_post("/clips/{id}/leave", leave_job)
    app.router.add_post("/clips/{id}/delete", delete_job)
    app.router.add_post("/clips/{id}/keep", keep_job)
    app.router.add_get("/kept/{name}", show_kept)
    app.router.add_get("/kept/{name}/report", show_kept)
    app.router.add_get("/kept/{name}/{file:annotated\\.(mp4|jpg)}", send_kept_video)
    app.router.add_post("/kept/{name}/delete", delete_kept)


async def show_clips(request: web.Request) -> web.Response:
    """Hand in a clip; those under way, and the reports that were kept."""
    context = request.app[CONTEXT]
    exercises = await asyncio.to_thread(list_exercises, *context.exercise_dirs)
    return show(
        "clips.html", here="/clips", jobs=request.app[CLIPS].all, wording=wording,
        exercises=[one for one in exercises.values() if one.is_seen],
        pages=await asyncio.to_thread(list_pages, context.clips, _KEPT),
        max_bytes=MAX_CLIP_BYTES, remembers=context.remembers, person=find_person(request),
    )  # fmt: skip


async def take_clip(request: web.Request) -> web.Response:
    """Take a clip in, piece by piece; answers with its id as JSON, or says why not as text."""
    clips, context = request.app[CLIPS], request.app[CONTEXT]
    exercises = await asyncio.to_thread(list_exercises, *context.exercise_dirs)
    query = request.query
    exercise = query.get("exercise", "auto")
    if exercise != "auto" and exercise not in exercises:
        return _refuse(400, translate("There is no such exercise."))
    if clips.is_full:
        return _refuse(
            409, translate("{n} clips are already here: close one of them first.", n=MAX_CLIPS)
        )
    length = request.content_length or 0
    if length > MAX_CLIP_BYTES:
        return _refuse_large()
    wish = ClipWish(
        name=_name_clip(query.get("name", "")), exercise=exercise,
        mirrored="mirrored" in query, person=find_person(request), remembers="remember" in query,
    )  # fmt: skip
    try:
        job = clips.open(wish)
    except OSError as error:
        return _refuse_to_write(error)
    try:
        problem = await _receive(request, job, length)
    except BaseException:  # the connection was lost
        clips.delete(job)
        raise
    if problem is not None:
        clips.delete(job)
        return problem
    date_clip(job.clip, query.get("modified", ""))
    clips.begin(job)
    return web.json_response({"id": job.id})


def _refuse_large() -> web.Response:
    text = phrase(
        "A clip of up to {n} GB is taken: cut it, or analyse it with “formcheck analyze” in a "
        "terminal."
    )
    return _refuse(413, translate(text, n=f"{MAX_CLIP_BYTES / 1e9:g}"))


async def _receive(request: web.Request, job: ClipJob, length: int) -> web.Response | None:
    """Write the body to the clip's file; an answer if it is not taken."""
    if shutil.disk_usage(job.folder).free < length + SPARED_BYTES:
        return _refuse(507, translate("There is not enough space for it on this machine's disk."))
    n_bytes = 0
    try:
        with job.clip.open("xb") as file:
            while piece := await asyncio.wait_for(request.content.read(_PIECE_BYTES), STALLED_S):
                n_bytes += len(piece)
                if job.is_gone:  # cancelled, on another page
                    return _refuse(409, translate("This clip was cancelled."))
                if n_bytes > MAX_CLIP_BYTES:
                    return _refuse_large()
                await asyncio.to_thread(file.write, piece)
    except TimeoutError:
        return _refuse(408, translate("The upload stopped: send the clip again."))
    except OSError as error:
        return _refuse_to_write(error)
    return None if n_bytes else _refuse(400, translate("The file is empty."))


def _refuse(status: int, text: str) -> web.Response:
    response = web.Response(status=status, text=text)
    response.force_close()  # what else the browser sends is not read
    return response


def _refuse_to_write(error: OSError) -> web.Response:
    return _refuse(
        507, translate("It cannot be saved here: {problem}.", problem=error.strerror or error)
    )


def _name_clip(given: str) -> str:
    """What a clip is called, whatever the browser says."""
    return Path(given.replace("\\", "/")).name[:100] or "clip"


def date_clip(clip: Path, modified: str) -> None:
    """When the user's file was last changed, which may say when it was recorded."""
    seconds = int(modified) / 1000 if modified.isdecimal() and len(modified) < 15 else 0.0
    if 0 < seconds < time.time():
        os.utime(clip, (seconds, seconds))


# --- a clip under way -------------------------------------------------------------------------


def _find_job(request: web.Request) -> ClipJob:
    job = request.app[CLIPS].find(request.match_info["id"])
    if job is None:
        raise web.HTTPNotFound(text=phrase("This clip and its report are no longer here."))
    return job


async def show_job(request: web.Request) -> web.Response:
    """How far it is."""
    job = _find_job(request)
    if job.state == "done":
        raise web.HTTPSeeOther(f"/clips/{job.id}/report")
    return show("clip.html", here="/clips", job=job)


async def tell_state(request: web.Request) -> web.Response:
    """How far it is, as JSON."""
    job = _find_job(request)
    names = ("state", "stage", "done", "total", "problem")
    return web.json_response({name: getattr(job, name) for name in names})


async def show_job_report(request: web.Request) -> web.Response:
    """Its report."""
    job = _find_job(request)
    if job.state != "done":
        raise web.HTTPSeeOther(f"/clips/{job.id}")
    html = await asyncio.to_thread((job.folder / REPORT).read_text, "utf-8")
    return show_report(html, here="/clips", actions="clip_bar.html", job=job)


async def send_job_video(request: web.Request) -> web.StreamResponse:
    """Its annotated video, or picture."""
    return _send(_find_job(request).folder, request.match_info["file"])


async def leave_job(request: web.Request) -> web.Response:
    """Its page was closed; whoever comes back soon still finds it."""
    job = _find_job(request)
    if job.state in ("done", "failed"):
        request.app[CLIPS].delete_after(job, LEFT_FOR_S)
    return web.Response(status=204)


async def delete_job(request: web.Request) -> web.Response:
    """Delete it now."""
    job = _find_job(request)
    request.app[CLIPS].delete(job)
    raise web.HTTPSeeOther("/clips")


async def keep_job(request: web.Request) -> web.Response:
    """Keep its report."""
    job = _find_job(request)
    if job.state != "done":
        raise web.HTTPSeeOther(f"/clips/{job.id}")
    name = await asyncio.to_thread(request.app[CLIPS].keep, job)
    request.app[CLIPS].delete(job)
    raise web.HTTPSeeOther(f"/kept/{name}")


# --- the reports that were kept ---------------------------------------------------------------


async def _find_kept(request: web.Request) -> KeptPage:
    folder, name = request.app[CONTEXT].clips, request.match_info["name"]
    page = await asyncio.to_thread(find_page, folder, name, _KEPT)
    if page is None:
        raise web.HTTPNotFound(text=phrase("This report has been deleted."))
    return page


async def show_kept(request: web.Request) -> web.Response:
    """A report that was kept."""
    page = await _find_kept(request)
    if not request.path.endswith("/report"):  # its video is looked for beside it
        raise web.HTTPSeeOther(f"/kept/{page.name}/report")
    html = await asyncio.to_thread(read_page, page)
    return show_report(html, here="/clips", actions="kept_bar.html", name=page.name)


async def send_kept_video(request: web.Request) -> web.StreamResponse:
    """Its annotated video, or picture."""
    return _send((await _find_kept(request)).path.parent, request.match_info["file"])


async def delete_kept(request: web.Request) -> web.Response:
    """Delete a report that was kept."""
    page = await _find_kept(request)
    with suppress(FileNotFoundError):  # another page was first
        await asyncio.to_thread(shutil.rmtree, page.path.parent)
    raise web.HTTPSeeOther("/clips")


def _send(folder: Path, name: str) -> web.StreamResponse:
    path = folder / VIDEOS[VIDEOS.index(name)]
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path)
