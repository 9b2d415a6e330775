"""Whose session it is, and how they like it: told by a cookie, kept in the settings' file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import quote, unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.app.saved_settings import FILE_NAME, read_settings, save_settings
from formcheck.defaults import Coaching
from formcheck.errors import StoreError
from formcheck.history.past import clean_name
from formcheck.web.context import CONTEXT, ServeContext

MAX_NAME: Final = 80
_COOKIE: Final = "formcheck-person"
_YEAR_S: Final = 365 * 24 * 3600


class PersonalSetup(BaseModel):
    """How a person likes a session in the browser.

    The names are those of the settings that ``formcheck live --save`` keeps, which it shares; the
    last five are the browser's own.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    mute: bool = False
    voice: str | None = None
    voice_rate: Annotated[int, Field(ge=80, le=400)] = 165
    volume: Annotated[int, Field(ge=0, le=100)] = 100
    coaching: Coaching = "normal"
    breathing: bool = True
    repeat: Annotated[float, Field(ge=2, allow_inf_nan=False)] = 6.0
    mirror: bool = True
    facing: Literal["user", "environment"] = "user"
    """Which camera of a phone: the one beside its screen, or the one behind."""
    browser_voice: Annotated[str | None, Field(max_length=200)] = None
    """The name of a voice of the person's device, which speaks in place of formcheck's; None, and
    where the device has none of that name, as if there were no such setting."""
    hold: Annotated[float | None, Field(gt=0, le=600)] = None
    """Seconds to hold well in each set; None as the exercise or the routine asks."""
    rest: Annotated[float | None, Field(ge=0, le=600)] = None
    """Seconds of rest after each set; None likewise."""
    routine: str | None = None
    """The routine to do each day; None for the one led most often of late."""

    @classmethod
    def recall(cls, context: ServeContext, person: str | None) -> Self:
        """What a person kept.

        Raises:
            StoreError: the file of settings is damaged or cannot be read.
        """
        path = find_settings(context)
        try:
            return cls.model_validate(read_settings(path).get(person or "", {}))
        except ValidationError as error:
            key = error.errors()[0]["loc"][0]
            problem = f"holds a value for {key} that it does not take"
            raise StoreError(path, problem, "correct it there, or delete the file") from error

    def keep(self, context: ServeContext, person: str | None) -> None:
        """Keep it for the next time.

        Raises:
            StoreError: the file of settings is damaged or cannot be written.
        """
        save_settings(find_settings(context), person, self.model_dump())


def find_settings(context: ServeContext) -> Path:
    """The file of settings."""
    return context.data / FILE_NAME


def find_person(request: web.Request) -> str | None:
    """Whose page it is: as chosen on this device, or as the server was started for."""
    chosen = request.cookies.get(_COOKIE)
    if chosen is None:
        return request.app[CONTEXT].person
    return clean_name(unquote(chosen, errors="replace")[:MAX_NAME])


def choose_person(response: web.StreamResponse, person: str | None, *, secure: bool) -> None:
    """Have this device be used by a person; None by nobody in particular."""
    response.set_cookie(
        _COOKIE, quote(person or ""), max_age=_YEAR_S, httponly=True, samesite="Strict",
        secure=secure, path="/",
    )  # fmt: skip
