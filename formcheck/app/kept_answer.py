"""The answer to what is asked and not seen is remembered as a set."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from formcheck.history.store import History
from formcheck.result.models import Result


def remember_answer(path: Path | None, result: Result) -> None:
    """Remember the one set of an answer; None takes the user's own history.

    Raises:
        StoreError: it cannot be written.
    """
    with History(path) as history:
        history.add_set(
            result.sets[0],
            session=uuid.uuid4().hex,
            person=result.person,
            source="live",
            at=datetime.now(UTC).astimezone(),
            clip=None,
            unit="s",
        )
