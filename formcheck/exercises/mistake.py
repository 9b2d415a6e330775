"""One mistake in a file of one's own, in one line: where it is, what is wrong, the nearest name.

And how such a file's words are read, which may be anything.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from formcheck.errors import ExerciseError, put_together
from formcheck.exercises.schema import CONTRADICTION, UNKNOWN_MEASURE, Exercise
from formcheck.measure.registry import name_measures

MAX_FILE_BYTES: Final = 1_000_000
"""An exercise takes a few thousand; more is some other file, and is not read."""
MAX_DEPTH: Final = 20
"""An exercise takes four."""
_MAX_DOTS: Final = 1000
"""Between two signs that no key goes across; no text has so many either."""
_BESIDE_KEYS: Final = re.compile(rb"[=,\n{}\[\]]")
MAX_REASON_CHARS: Final = 300
"""A reason may quote a value, of any length."""
Place = tuple[str | int, ...]
"""Where in the file: names of tables and keys, and numbers in lists."""
_TABLE: Final = "Input should be a table"
_PLAIN: Final = {
    "string_too_short": "it is empty",
    "string_pattern_mismatch": "String should match 'my-stretch': small letters, digits and, "
    "between them, - or _",
    "tuple_type": "Input should be a list, in [ ]",
    "string_type": "Input should be text, in quotes",
    "int_type": "Input should be a whole number",
    "float_type": "Input should be a number",
    "bool_type": "Input should be true or false",
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
}
"""What the models say in words of Python, by their names for it, in words of TOML."""
WHOLE: Final = "file"
"""The key of a mistake that belongs to no key."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a file. As text it is one line."""

    file: Path
    key: str
    """As it stands in the file, e.g. ``rules.0.low``, numbers from 0; ``WHOLE`` for none."""
    reason: str
    nearest: str | None = None
    """The valid name nearest to what was given."""
    within: str | None = None
    """The rule, or the measure of the position, that a numbered key belongs to."""

    code: str = field(default="", compare=False)
    """The model's name for this kind of mistake; empty for those that no model finds."""

    @property
    def told(self) -> str:
        """Where it is and what is wrong, without the file's name."""
        hint = f" (did you mean '{self.nearest}'?)" if self.nearest else ""
        within = f", in {self.within}" if self.within else ""
        return _make_plain(put_together(self.key, f"{self.reason}{hint}{within}"))

    def __str__(self) -> str:
        return put_together(_make_plain(str(self.file)), self.told)


def refuse(mistakes: Sequence[Mistake]) -> ExerciseError:
    """All that is wrong with one file, as one error."""
    file = _make_plain(str(mistakes[0].file))
    return ExerciseError(file, "; ".join(mistake.told for mistake in mistakes))


def read_toml(path: Path) -> dict[str, Any] | Mistake:
    """What is written in a file, or why it cannot be read."""
    if path.is_dir():
        return Mistake(path, WHOLE, "it is a folder")
    if path.exists() and not path.is_file():
        return Mistake(path, WHOLE, "it is no regular file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return Mistake(path, WHOLE, "no such file")
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        return Mistake(path, WHOLE, f"cannot be read: {reason}")
    if len(data) > MAX_FILE_BYTES:
        return Mistake(path, WHOLE, "it is larger than 1 MB, and was not read")
    try:
        if any(piece.count(b".") > _MAX_DOTS for piece in _BESIDE_KEYS.split(data)):
            raise RecursionError  # a key of thousands of parts takes tomllib a minute
        raw = tomllib.loads(data.decode("utf-8-sig"))
        if _is_deep(raw):
            raise RecursionError
        return raw
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8 (at line {line}, column {column})"
        return Mistake(path, WHOLE, f"not valid TOML: {reason}: save it as UTF-8")
    except RecursionError:
        return Mistake(path, WHOLE, "it is nested too deeply")
    except ValueError as error:
        return Mistake(path, WHOLE, f"not valid TOML: {error}")


def _is_deep(raw: dict[str, Any]) -> bool:
    """Whether values lie in one another deeper than in any exercise."""
    level: list[Any] = [raw]
    for _ in range(MAX_DEPTH):
        inside = [one.values() if isinstance(one, dict) else one for one in level]
        level = [value for values in inside for value in values if isinstance(value, dict | list)]
    return bool(level)


def explain(path: Path, error: ValidationError, model: type[BaseModel]) -> Iterator[Mistake]:
    """What a model found wrong in a file's words, contradictions aside.

    Args:
        path: the file.
        error: what the model raised.
        model: the model of the whole file, which knows the names that are valid.
    """
    for one in error.errors(include_url=False):
        if one["type"] == CONTRADICTION and model is Exercise:
            continue
        key = join_key(_drop_kind(one["loc"]))
        nearest = find_nearest(*_name_choices(one, model))
        yield Mistake(path, key, tell_reason(one), nearest, code=one["type"])


def tell_reason(one: ErrorDetails) -> str:
    """What a model found wrong, in words of TOML where its own are of Python."""
    given = one.get("ctx", {})
    if one["type"] == "value_error":
        return str(given["error"])
    if one["type"] == "too_short":
        return f"give at least {given['min_length']}"
    return _PLAIN.get(one["type"], one["msg"])


def _name_choices(one: Any, model: type[BaseModel]) -> tuple[str, list[str]]:
    """What was given, and the names it may have been meant for."""
    if one["type"] == "extra_forbidden":
        owner = _find_model(model, one["loc"][:-1])
        return str(one["loc"][-1]), list(owner.model_fields) if owner else []
    if one["type"] == "literal_error":
        return str(one["input"]), re.findall(r"'([^']*)'", one["ctx"]["expected"])
    if one["type"] == UNKNOWN_MEASURE:
        return str(one["input"]), sorted(name_measures())
    return "", []


def find_nearest(name: str, choices: Sequence[str]) -> str | None:
    """The name that was most likely meant; None if none is near."""
    near = difflib.get_close_matches(name[:100], choices, n=1, cutoff=0.5)
    return near[0] if near else None


def _find_model(model: type[BaseModel], where: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the table at that place; pydantic puts the kind in where there are several."""
    models = [model]
    for part in where:
        if isinstance(part, int):
            continue
        if len(models) > 1:
            models = [m for m in models if part in get_args(m.model_fields["kind"].annotation)]
        elif models and part in models[0].model_fields:
            models = list(models_in(models[0].model_fields[part].annotation))
        else:
            return None
    return models[0] if len(models) == 1 else None


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that a field's annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def _make_plain(text: str) -> str:
    """One line without control characters, and not endless."""
    text = "".join(
        c if c.isprintable() else " " if c.isspace() else f"\\u{ord(c):04x}" for c in text
    )
    text = " ".join(text.split())
    return text if len(text) <= MAX_REASON_CHARS else f"{text[:MAX_REASON_CHARS]}…"


def join_key(where: Sequence[str | int]) -> str:
    """A place in a file as one text, as in ``rules.0.low``."""
    return ".".join(str(part) for part in where) or WHOLE


def _drop_kind(where: Sequence[str | int]) -> Sequence[str | int]:
    return (where[0], *where[2:]) if len(where) > 2 and where[0] == "count" else where


# --- a file's words ---------------------------------------------------------------------------


def freeze(value: Any) -> Any:
    """Lists as tuples, as the models have them."""
    if isinstance(value, Mapping):
        return {key: freeze(inner) for key, inner in value.items()}
    return tuple(freeze(inner) for inner in value) if isinstance(value, list) else value


def is_number(value: Any) -> bool:
    """True for a number that is finite as a float too; TOML's integers have no end."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def are_numbers(value: Any, count: int) -> bool:
    """True for a list of so many numbers."""
    return isinstance(value, list) and len(value) == count and all(map(is_number, value))


def walk(value: Any, where: Place) -> Iterator[tuple[Place, Any]]:
    """Every value that is no table and no list, and where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from walk(inner, (*where, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from walk(inner, (*where, i))
    else:
        yield where, value


def list_tables(raw: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The tables of a list, numbered as they stand; none where it is no list."""
    value = raw.get(key)
    entries = enumerate(value) if isinstance(value, list) else ()
    return [(i, entry) for i, entry in entries if isinstance(entry, Mapping)]


def read_text(table: Any, key: str) -> str:
    """The text of a key; empty where there is none."""
    value = table.get(key) if isinstance(table, Mapping) else None
    return value if isinstance(value, str) else ""


def find_place(raw: Mapping[str, Any], key: str) -> tuple[float, ...]:
    """Where a key stands in the file; what is missing stands at the end of its table."""
    place: list[float] = []
    node: Any = raw
    for part in key.split(".") if key != WHOLE else ():
        if isinstance(node, Mapping) and part in node:
            place.append(list(node).index(part))
            node = node[part]
        elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
            place.append(int(part))
            node = node[int(part)]
        else:
            return (*place, math.inf)
    return tuple(place)
