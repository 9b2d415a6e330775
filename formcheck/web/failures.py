"""What goes wrong on a request is told on a page, and the server goes on."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from formcheck.errors import ExerciseError, FormcheckError
from formcheck.language import phrase
from formcheck.web.rendering import show

LOG: Final = logging.getLogger("formcheck.web")
_SAID: Final = {
    400: (phrase("Not understood"), phrase("This page cannot use what was sent.")),
    404: (phrase("Not found"), phrase("There is no such page.")),
    405: (phrase("Not possible"), phrase("This page does not accept that.")),
    413: (phrase("Too large"), phrase("That is more than this page accepts.")),
}


@web.middleware
async def explain_failures(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer an error with a page that names it."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status not in _SAID:
            raise
        heading, text = _SAID[error.status]
        said_by_us = error.text != f"{error.status}: {error.reason}"
        return _tell(error.status, heading, error.text or text if said_by_us else text)
    except web.RequestPayloadError:  # it is not packed as its header says
        return _tell(400, *_SAID[400])
    except FormcheckError as error:
        status = 404 if isinstance(error, ExerciseError) else 500
        return _tell(status, phrase("That did not work"), str(error))
    except Exception as error:
        if not (isinstance(error, ConnectionError) and request.transport is None):
            LOG.exception("a request failed")  # else the browser has gone, and reads no answer
        return _tell(
            500,
            phrase("That did not work"),
            phrase("The terminal says more. The server is still running."),
        )


async def read_form(request: web.Request) -> Mapping[str, str]:
    """The fields of a form that was sent, as text.

    Raises:
        web.HTTPBadRequest: it is none.
    """
    try:
        sent = await request.post()
    except (ValueError, LookupError) as error:  # no text, or in an encoding that is none
        raise web.HTTPBadRequest(text=phrase("What was sent is not a form.")) from error
    return {name: str(value) for name, value in sent.items()}


def _tell(status: int, heading: str, text: str) -> web.Response:
    return show("message.html", heading=heading, text=text, in_app=True, status=status)
