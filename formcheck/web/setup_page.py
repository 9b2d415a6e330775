"""The page where each person says how they like it: voice, camera, hold, rest, the routine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from aiohttp import web
from pydantic import ValidationError

from formcheck.app.saved_settings import read_settings
from formcheck.exercises.routine import Routine, list_routines
from formcheck.history import wording
from formcheck.history.past import clean_name
from formcheck.history.store import History
from formcheck.language import current_language, phrase, translate
from formcheck.voice.engine import list_voices
from formcheck.web.address import draw_code_svg
from formcheck.web.browser_voice import MAKES_SOUND
from formcheck.web.context import CONTEXT, ServeContext
from formcheck.web.failures import read_form
from formcheck.web.personal import (
    MAX_NAME,
    PersonalSetup,
    choose_person,
    find_person,
    find_settings,
)
from formcheck.web.rendering import show

_NOBODY: Final = ""
_SWITCHES: Final = ("mute", "breathing", "mirror")
"""A box that is not ticked is not sent."""
_SAID: Final = {
    "voice_rate": phrase("Words per minute must be from 80 to 400."),
    "volume": phrase("The volume must be from 0 to 100 per cent."),
    "repeat": phrase("A correction is repeated after 2 seconds at the earliest."),
    "hold": phrase("The seconds to hold must be above 0, and 600 at most."),
    "rest": phrase("The seconds of rest must be from 0 to 600."),
}


@dataclass(frozen=True, slots=True)
class SetupChoices:
    """What there is to choose from."""

    people: list[str]
    routines: list[Routine]
    voices: list[str]
    """Of this machine's engine, if it makes sound for pages."""


def add_setup_routes(app: web.Application) -> None:
    """Add this page."""
    app.router.add_get("/setup", show_setup)
    app.router.add_post("/setup", keep_setup)
    app.router.add_post("/person", change_person)


async def show_setup(request: web.Request) -> web.Response:
    """The settings of who uses this device."""
    context, person = request.app[CONTEXT], find_person(request)
    setup = await asyncio.to_thread(PersonalSetup.recall, context, person)
    return await _show(request, person, setup.model_dump(), saved="saved" in request.query)


async def keep_setup(request: web.Request) -> web.Response:
    """Keep what was sent; or show it again and say what is wrong with it."""
    context, person = request.app[CONTEXT], find_person(request)
    sent = {name: value.strip() for name, value in (await read_form(request)).items()}
    values: dict[str, Any] = {name: value or None for name, value in sent.items()}
    values |= {name: name in sent for name in _SWITCHES}
    try:
        setup = PersonalSetup.model_validate(values)
    except ValidationError as error:
        wrong = [str(one["loc"][0]) for one in error.errors()]
        return await _show(request, person, {**PersonalSetup().model_dump(), **values}, wrong)
    await asyncio.to_thread(setup.keep, context, person)
    raise web.HTTPSeeOther("/setup?saved")


async def change_person(request: web.Request) -> NoReturn:
    """Have this device be used by another person."""
    sent = await read_form(request)
    name = sent.get("new", "").strip() or sent.get("person", _NOBODY)
    response = web.HTTPSeeOther("/setup")
    choose_person(response, clean_name(name[:MAX_NAME]), secure=request.app[CONTEXT].is_https)
    raise response


async def _show(
    request: web.Request,
    person: str | None,
    values: Mapping[str, Any],
    wrong: list[str] | None = None,
    *,
    saved: bool = False,
) -> web.Response:
    context = request.app[CONTEXT]
    choices = await asyncio.to_thread(_list_choices, context, person)
    code = draw_code_svg(context.address, translate("The address as a QR code"))
    told = {name: translate(_SAID.get(name, phrase("Choose one."))) for name in wrong or ()}
    return show(
        "setup.html", status=400 if wrong else 200, here="/setup", person=person, values=values,
        choices=choices, wrong=told,
        saved=saved, wording=wording, max_name=MAX_NAME, context=context, code=code,
    )  # fmt: skip


def _list_choices(context: ServeContext, person: str | None) -> SetupChoices:
    names = {*read_settings(find_settings(context)), context.person or _NOBODY, person or _NOBODY}
    if context.history.exists():
        with History(context.history, to_read=True) as history:
            names.update(one or _NOBODY for one in history.people())
    people = sorted(names | {_NOBODY})
    voices = list_voices(current_language()) if MAKES_SOUND else []
    return SetupChoices(people, list(list_routines(*context.exercise_dirs).values()), voices)
