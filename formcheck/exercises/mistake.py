"""A file of one's own is read: TOML becomes a model, or a list of all that is wrong with it."""

from __future__ import annotations

import difflib
import itertools
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from formcheck.errors import ExerciseError, put_together
from formcheck.exercises.contradiction import KINDS, Contradiction, Raw, read_text

ID_PATTERN: Final = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
MAX_FILE_BYTES: Final = 1_000_000
"""An exercise takes a few thousand; a larger file is something else, and is not read."""
MAX_DEPTH: Final = 20
"""An exercise takes four."""
_MAX_DOTS: Final = 1000
"""In what stands between two of ``_BESIDE_KEYS``; no text has so many either."""
_BESIDE_KEYS: Final = re.compile(rb"[=,\n{}\[\]]")
_MAX_OPEN: Final = 100
"""More brackets left open than this, in texts and comments too, and tomllib might not come back."""
MAX_REASON_CHARS: Final = 300
"""A reason may quote a value of any length."""
WHOLE: Final = "file"
"""The key of a mistake that belongs to no key."""
_LISTS: Final = ("rules", "position", "steps")
"""Keys of lists of tables."""
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
"""Pydantic's types of error to words of TOML where its own are of Python."""
_T = TypeVar("_T")
_M = TypeVar("_M", bound="FileModel")


# --- models -----------------------------------------------------------------------------------


class FileModel(BaseModel):
    """A table of a file; one ``ValidationError`` names all that is wrong with it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @staticmethod
    def find_contradictions(raw: Raw) -> Iterator[Contradiction]:
        """What does not go together in the table, whatever else is wrong with it."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _name_all(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        errors = []
        if isinstance(raw, Mapping):
            given = {key: _unpack(value) for key, value in raw.items() if value is not None}
            errors = [
                InitErrorDetails(type=make_error("contradiction", reason), loc=where, input=raw)
                for where, reason in cls.find_contradictions(given)
            ]
        return validate_all(raw, handler, errors, list(cls.model_fields))


def _unpack(value: Any) -> Any:
    """A table that is a model already, or a list of them, as it would be written."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    return tuple(map(_unpack, value)) if isinstance(value, list | tuple) else value


def validate_all(
    raw: Any,
    handler: Callable[[Any], _T],
    further: Sequence[InitErrorDetails],
    names: Sequence[str] = (),
) -> _T:
    """What ``handler`` makes of ``raw``.

    Raises:
        ValidationError: with the handler's errors and the ``further`` ones. The context of each has
            the ``names`` that are valid in place of one that is not.
    """
    errors = []
    try:
        made = handler(raw)
    except ValidationError as error:
        found = error.errors(include_url=False)
        within = {one["loc"][:n] for one in found for n in range(len(one["loc"]))}
        for one in found:
            if one["type"] == "too_short" and one["loc"] in within:
                continue  # wrong entries are not counted: that there are too few follows from them
            again = make_error(one["type"], one["msg"], {"names": names, **one.get("ctx", {})})
            errors.append(InitErrorDetails(type=again, loc=one["loc"], input=one["input"]))
    if errors or further:
        raise ValidationError.from_exception_data("file", [*errors, *further])
    return made


def make_error(kind: str, reason: str, context: Raw | None = None) -> PydanticCustomError:
    """An error for a validator to raise."""
    return PydanticCustomError(kind, "{reason}", {**(context or {}), "reason": reason})


# --- mistakes ---------------------------------------------------------------------------------


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
    place: tuple[float, ...] = field(default=(), compare=False)
    """Sorts mistakes in the order of the file."""

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


def read_model(
    path: Path, model: type[_M], context: Any = None
) -> tuple[_M | None, list[Mistake], Raw]:
    """Read a file that has the name of the ``id`` in it.

    Args:
        path: the TOML file.
        model: of what it describes.
        context: for the model's validators.

    Returns:
        What it describes, None if anything is wrong; every mistake, in the order of the file; and
        what is written in it, empty if it cannot be read.
    """
    raw = read_toml(path)
    if isinstance(raw, str):
        return None, [Mistake(path, WHOLE, raw)], {}
    made, mistakes = None, []
    try:
        made = model.model_validate(_freeze(raw), context=context, strict=True)
    except ValidationError as error:
        mistakes = [_explain(path, raw, one, model) for one in error.errors(include_url=False)]
    name = raw.get("id")
    if isinstance(name, str) and name != path.stem and all(m.key != "id" for m in mistakes):
        reason = f"'{name}' must be the file's name, '{path.stem}'"
        mistakes.append(make_mistake(path, raw, ("id",), reason))
    mistakes = sorted(dict.fromkeys(mistakes), key=lambda mistake: mistake.place)
    return None if mistakes else made, mistakes, raw


def make_mistake(
    path: Path, raw: Raw, where: Sequence[str | int], reason: str, nearest: str | None = None
) -> Mistake:
    """A mistake at a place in a file; what is missing stands at the end of its table."""
    place: list[float] = []
    node: Any = raw
    for part in where:
        if isinstance(node, Mapping) and part in node:
            place.append(list(node).index(part))
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            place.append(part)
        else:
            place.append(math.inf)
            break
        node = node[part]
    key = ".".join(map(str, where)) or WHOLE
    return Mistake(path, key, reason, nearest, _name_table(raw, where), tuple(place))


def _name_table(raw: Raw, where: Sequence[str | int]) -> str | None:
    """The rule or measure that a place is in; None if it is in none, or is its name."""
    match where:
        case (("rules" | "position") as table, int(number), *rest) if isinstance(raw[table], list):
            name = "id" if table == "rules" else "measure"
            label = read_text(raw[table][number], name)
            if label and rest != [name]:
                return f"rule '{label}'" if table == "rules" else f"'{label}'"
    return None


def _make_plain(text: str) -> str:
    """One line without control characters, and not endless."""
    text = "".join(
        c if c.isprintable() else " " if c.isspace() else f"\\u{ord(c):04x}" for c in text
    )
    text = " ".join(text.split())
    return text if len(text) <= MAX_REASON_CHARS else f"{text[:MAX_REASON_CHARS]}…"


# --- reading ----------------------------------------------------------------------------------


def read_toml(path: Path) -> dict[str, Any] | str:
    """What is written in a file, or why it cannot be read."""
    if path.is_dir():
        return "it is a folder"
    if path.exists() and not path.is_file():
        return "it is not a regular file"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return "no such file"
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if len(data) > MAX_FILE_BYTES:
        return "it is larger than 1 MB, and was not read"
    try:
        if any(piece.count(b".") > _MAX_DOTS for piece in _BESIDE_KEYS.split(data)):
            raise RecursionError  # a key of thousands of parts takes tomllib a minute
        if _count_open(data) > _MAX_OPEN:
            raise RecursionError  # before the stack is full: whatever runs then fails as well
        raw = tomllib.loads(data.decode("utf-8-sig"))
        if _is_deep(raw):
            raise RecursionError
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8 (at line {line}, column {column})"
        return f"not valid TOML: {reason}: save it as UTF-8"
    except RecursionError:
        return "it is nested too deeply"
    except ValueError as error:
        return f"not valid TOML: {error}"
    return raw or "it is empty"


def _count_open(data: bytes) -> int:
    """How many brackets are open at most, wherever they stand."""
    steps = (1 if byte in b"[{" else -1 for byte in data if byte in b"[]{}")
    return max(itertools.accumulate(steps), default=0)


def _is_deep(raw: dict[str, Any]) -> bool:
    """Whether values lie in one another deeper than in any exercise."""
    level: list[Any] = [raw]
    for _ in range(MAX_DEPTH):
        inside = [one.values() if isinstance(one, dict) else one for one in level]
        level = [value for values in inside for value in values if isinstance(value, dict | list)]
    return bool(level)


def _freeze(value: Any) -> Any:
    """Lists as tuples, as the models have them."""
    if isinstance(value, dict):
        return {key: _freeze(inner) for key, inner in value.items()}
    return tuple(map(_freeze, value)) if isinstance(value, list) else value


# --- explaining -------------------------------------------------------------------------------


def _explain(path: Path, raw: Raw, one: ErrorDetails, model: type[FileModel]) -> Mistake:
    """What a model found wrong, with what is commonly behind it."""
    kind, where, reason, nearest = one["type"], one["loc"], tell_reason(one), _find_meant(one)
    if where[:1] == ("count",) and where[1:2] and where[1] in KINDS:  # of the model, not the file
        where = ("count", *where[2:])
    if kind == "extra_forbidden" and len(where) > 1 and where[-1] in model.model_fields:
        reason, nearest = f"{reason}: it belongs above the first [table]", None
    if kind == "string_pattern_mismatch" and re.fullmatch(ID_PATTERN, path.stem):
        nearest = path.stem if where == ("id",) else None
    return make_mistake(path, raw, where, reason, nearest)


def tell_reason(one: ErrorDetails) -> str:
    """What a model found wrong, in words of TOML where its own are of Python."""
    kind, given, name = one["type"], one.get("ctx", {}), one["loc"][-1] if one["loc"] else ""
    if kind == "too_short":
        return f"give at least {given['min_length']}"
    if kind == "finite_number" and name in ("low", "high"):
        return f"{one['msg']}: leave the bound out"
    if kind == "tuple_type" and name in _LISTS and isinstance(one["input"], Mapping):
        return f"write [[{name}]], in double brackets"
    if kind.startswith("model") and isinstance(one["input"], tuple) and isinstance(name, str):
        return f"write [{name}], in single brackets"
    return _PLAIN.get(kind, one["msg"])


def _find_meant(one: ErrorDetails) -> str | None:
    """The valid name that a wrong one was most likely meant for."""
    known = one.get("ctx", {})
    match one["type"]:
        case "extra_forbidden":
            return find_nearest(str(one["loc"][-1]), known["names"])
        case "literal_error":
            return find_nearest(str(one["input"]), re.findall(r"'([^']*)'", known["expected"]))
        case "unknown":
            return find_nearest(one["input"], known["names"])
    return None


def find_nearest(name: str, choices: Sequence[str]) -> str | None:
    """The name that was most likely meant; None if none is near."""
    near = difflib.get_close_matches(name[:100], choices, n=1, cutoff=0.5)
    return near[0] if near else None
