"""What is English in a German session: words that no German text has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from formcheck.language import read_phrases

GERMAN = read_phrases("de")


def list_words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text.lower())}


ENGLISH_ALONE = list_words(GERMAN) - list_words(GERMAN.values())


def list_english(*texts: str) -> list[str]:
    """Those in which an English word stands, each with its English words."""
    found = ((text, sorted(list_words([text]) & ENGLISH_ALONE)) for text in texts)
    return [f"{text}: {', '.join(words)}" for text, words in found if words]


class GermanTexts(HTMLParser):
    """The texts of a page that it says are German, those for screen readers too."""

    _READ = ("aria-label", "placeholder", "title", "alt")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._languages: list[tuple[str, str]] = []
        """Of the elements that are open: their names and languages."""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        before = self._languages[-1][1] if self._languages else ""
        language = given.get("lang") or before
        if tag in ("style", "script"):
            language = ""
        if tag not in ("meta", "link", "br", "input"):
            self._languages.append((tag, language))
        if language == "de":
            self.texts += [given[name] or "" for name in self._READ if name in given]

    def handle_endtag(self, tag: str) -> None:
        while self._languages and self._languages.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._languages and self._languages[-1][1] == "de" and data.strip():
            self.texts.append(data.strip())
