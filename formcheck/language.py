"""The language of a session and of the app: what is shown and said is looked up by its English.

English stands where it is used, as ``phrase("Get ready")`` or ``translate("Rest for {n} seconds",
n=15)``, in templates and scripts too; ``languages/de.toml`` has the German of each, and of the
catalogue's names, instructions and cues. So another language is another file. What is kept (the
Result, the pages of reports and of the history) stays English, as programs read it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from formcheck.errors import ArgumentError

LANGUAGES_DIR: Final = Path(__file__).parent / "languages"
ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, *sorted(path.stem for path in LANGUAGES_DIR.glob("*.toml")))
"""Those that there are."""
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set tells the system's language, as POSIX has it."""

_used = ENGLISH
_is_english: Final = ContextVar("_is_english", default=False)
"""Whether English is used whatever the process speaks."""


def find_language(environ: Mapping[str, str]) -> str:
    """The system's language if it is one of `LANGUAGES`, else English.

    Args:
        environ: the environment, as in ``LANG=de_AT.UTF-8``.
    """
    told = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    language = told.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else ENGLISH


def use_language(language: str) -> None:
    """Show and say all that follows in it, in the whole process.

    Raises:
        ArgumentError: there is no such language.
    """
    global _used
    if language not in LANGUAGES:
        advice = f"give {' or '.join(LANGUAGES)}"
        raise ArgumentError(f"--language {language}", "there is no such language", advice)
    _used = language


def current_language() -> str:
    """The one in use: ``en`` unless another was asked for."""
    return ENGLISH if _is_english.get() else _used


@contextmanager
def in_english() -> Iterator[None]:
    """Within it English is used, in this thread or task: of what is kept."""
    token = _is_english.set(True)
    try:
        yield
    finally:
        _is_english.reset(token)


def phrase(english: str) -> str:
    """Marks what is translated later, when it is shown or said; it stays as it is."""
    return english


def translate(english: str, **values: object) -> str:
    """A text in the language in use; English where it has none, as one's own exercises.

    Args:
        english: the text, with the names of the values in braces.
        **values: what to put there.
    """
    text = read_phrases(current_language()).get(english, english)
    return text.format(**values) if values else text


def translate_note(code: str, english: str) -> str:
    """A remark on a Result, by its code: other languages say it without its figures."""
    return read_phrases(current_language()).get(code, english)


@cache
def read_phrases(language: str) -> Mapping[str, str]:
    """English to that language, of all sections of its file; empty for English."""
    if language == ENGLISH:
        return {}
    with (LANGUAGES_DIR / f"{language}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {english: text for section in sections.values() for english, text in section.items()}


def write_decimal(number: str) -> str:
    """A number with the decimal mark of the language in use, as in ``12,5``."""
    return number.replace(".", translate("."))


def write_small(text: str) -> str:
    """Without its capitals where the language in use writes it so within a line: English does."""
    return text.lower() if current_language() == ENGLISH else text


def tell_system(error: OSError) -> str:
    """What the operating system says of a failure, which it does in English."""
    return translate(error.strerror or str(error))


SYSTEM_SAYS: Final = (
    phrase("No space left on device"), phrase("Permission denied"), phrase("Read-only file system"),
    phrase("No such file or directory"), phrase("Is a directory"), phrase("Not a directory"),
    phrase("Input/output error"),
)  # fmt: skip
"""What it says most often, as the catalogue has it."""
