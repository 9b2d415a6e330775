"""A file that describes an exercise, checked: every mistake of it at once.

The models in ``spec`` say what is right. Asked as a whole they stop at the first contradiction,
and say none while a field is wrong; so contradictions are asked of stand-ins as well, in which
every wrong field has a value that is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from formcheck.exercises.mistake import (
    WHOLE,
    Mistake,
    Place,
    are_numbers,
    explain,
    find_nearest,
    find_place,
    freeze,
    is_number,
    join_key,
    list_tables,
    models_in,
    read_text,
    read_toml,
    walk,
)
from formcheck.exercises.schema import (
    Band,
    Exercise,
    Figure,
    Hold,
    Id,
    PositionBand,
    Reading,
    Reps,
    Rule,
)
from formcheck.measure.registry import FROM_NEUTRAL, FROM_START, OF_REP, name_measures

Part = Band | Reading | Reps | Figure | Exercise
"""What can contradict itself."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found."""

    file: Path
    exercise: Exercise | None
    """What it describes, ``same_position_as`` not yet filled in; None if anything is wrong."""
    mistakes: tuple[Mistake, ...]
    """In the order of the file."""
    raw: Mapping[str, Any]
    """What is written in it; empty if it cannot be read."""


def check_file(path: Path) -> Checked:
    """Check one file by itself: what ``same_position_as`` names is left open."""
    raw = read_toml(path)
    if isinstance(raw, Mistake):
        return Checked(path, None, (raw,), {})
    if not raw:
        return Checked(path, None, (Mistake(path, WHOLE, "it is empty"),), {})
    found = list(_find_in_values(path, raw))
    mended, kind_mistakes = _mend_kind(path, raw)
    found += kind_mistakes
    exercise = None
    try:
        exercise = Exercise.model_validate(freeze(mended), strict=True)
    except ValidationError as error:
        said = {mistake.key for mistake in found}
        reported = explain(path, error, Exercise)
        found += [_say_plainly(m, mended) for m in reported if m.key not in said]
    found += _find_contradictions(path, mended)
    found += _find_out_of_place(path, mended)
    name = mended.get("id")
    if isinstance(name, str) and name != path.stem and _is_id(name):
        reason = f"'{name}' must be the file's name, '{path.stem}'"
        found.append(Mistake(path, "id", reason))
    found = [_complete(mistake, raw) for mistake in dict.fromkeys(found)]
    found.sort(key=lambda mistake: find_place(raw, mistake.key))
    return Checked(path, None if found else exercise, tuple(found), raw)


def check_files(paths: Iterable[Path], known: Mapping[str, Exercise]) -> list[Checked]:
    """Check files of one's own, each once, together with whose position they share.

    Args:
        paths: files, and folders for all their ``*.toml``.
        known: exercises that are there already, by id; the files join them or take their place.

    Returns:
        A ``Checked`` a file, in order; for a folder without files, one that says so.
    """
    checked = [
        _refuse_folder(path) if path.is_dir() else check_file(path) for path in _expand(paths)
    ]
    owners = {one.id for one in known.values() if has_own_position(one)}
    for one in checked:
        name = one.raw.get("id")
        if isinstance(name, str):
            owns = bool(one.raw.get("position")) and "same_position_as" not in one.raw
            owners = owners | {name} if owns else owners - {name}
    return [_check_shared(one, owners) for one in checked]


def has_own_position(exercise: Exercise) -> bool:
    """Whether another exercise can share its position."""
    return exercise.same_position_as is None and bool(exercise.position)


def check_shared(file: Path, name: str, owners: Iterable[str]) -> Mistake | None:
    """What is wrong with a ``same_position_as``, if anything.

    Args:
        file: where it stands.
        name: what it says.
        owners: ids of the exercises that have a position of their own.
    """
    ids = sorted(owners)
    if name in ids:
        return None
    reason = f"'{name}' is no exercise with a position of its own"
    return Mistake(file, "same_position_as", reason, find_nearest(name, ids))


def _expand(paths: Iterable[Path]) -> list[Path]:
    found: dict[Path, Path] = {}
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else []
        for file in files or [path]:
            found.setdefault(file.absolute(), file)
    return list(found.values())


def _refuse_folder(path: Path) -> Checked:
    return Checked(path, None, (Mistake(path, WHOLE, "there is no *.toml in it"),), {})


def _check_shared(checked: Checked, owners: Iterable[str]) -> Checked:
    name = checked.raw.get("same_position_as")
    if not isinstance(name, str) or any(m.key == "same_position_as" for m in checked.mistakes):
        return checked
    mistake = check_shared(checked.file, name, owners)
    if mistake is None:
        return checked
    mistakes = sorted(
        (*checked.mistakes, mistake), key=lambda mistake: find_place(checked.raw, mistake.key)
    )
    return replace(checked, exercise=None, mistakes=tuple(mistakes))


# --- what the models do not say ---------------------------------------------------------------


def _find_in_values(path: Path, raw: Mapping[str, Any]) -> Iterator[Mistake]:
    """Numbers and characters that are wrong wherever they stand."""
    for where, value in walk(raw, ()):
        if isinstance(value, float) and not math.isfinite(value):
            hint = ": leave the bound out" if where[-1] in ("low", "high") else ""
            reason = f"{value:g} is no number that can be used{hint}"
            yield Mistake(path, join_key(where), reason)
        if isinstance(value, str):
            bad = next((c for c in value if not c.isprintable() and c not in "\n\t"), None)
            if bad is not None:
                yield Mistake(
                    path, join_key(where), f"it has the control character U+{ord(bad):04X}"
                )


def _find_out_of_place(path: Path, raw: Mapping[str, Any]) -> Iterator[Mistake]:
    """Measures where they are not known yet, and slack that takes a share for degrees."""
    yield from _find_out_of_place_in_count(path, raw)
    late = {*FROM_NEUTRAL, *FROM_START, *OF_REP}
    auto = raw.get("auto")
    bands = [(("position", i), band) for i, band in list_tables(raw, "position")]
    if isinstance(auto, Mapping) and isinstance(auto.get("band"), Mapping):
        bands.append((("auto", "band"), auto["band"]))  # type: ignore[arg-type]
    for where, band in bands:
        if read_text(band, "measure") in late:
            reason = f"'{band['measure']}' is known only once in position: it cannot tell that"
            yield Mistake(path, join_key((*where, "measure")), reason)
    counts_reps = read_text(raw.get("count"), "kind") in ("reps", "")  # "" is said already
    for i, rule in list_tables(raw, "rules"):
        name = read_text(rule, "measure")
        if name in name_measures() and "slack" not in rule and "never" not in rule:
            unit = name.rsplit("_", 1)[1]
            if unit != "deg":
                default = Rule.model_fields["slack"].default
                reason = f"give it: {name} is in {unit}, and {default:g} {unit} is far too much"
                yield Mistake(path, join_key(("rules", i, "slack")), reason)
        if name in OF_REP and not counts_reps:
            reason = f"'{name}' is known of repetitions only: this exercise counts none"
            yield Mistake(path, join_key(("rules", i, "measure")), reason)
        elif name in OF_REP and rule.get("during") != "rep":
            reason = f"'{name}' is of a whole repetition: give during = 'rep'"
            yield Mistake(path, join_key(("rules", i, "during")), reason)


def _find_out_of_place_in_count(path: Path, raw: Mapping[str, Any]) -> Iterator[Mistake]:
    """Measures that cannot count repetitions, or be read off."""
    count = raw.get("count")
    signal = read_text(count, "signal")
    if signal in OF_REP:
        reason = f"'{signal}' is known only once a repetition is over: it cannot show one"
        yield Mistake(path, "count.signal", reason)
    if signal in FROM_NEUTRAL and raw.get("sides", "each") != "none":
        reason = f"'{signal}' is the same whichever leg moves: it needs sides = 'none'"
        yield Mistake(path, "count.signal", reason)
    measures = count.get("measures") if isinstance(count, Mapping) else None
    for name, measure in measures.items() if isinstance(measures, Mapping) else ():
        if isinstance(measure, str) and measure in OF_REP:
            reason = f"'{measure}' is known of repetitions only"
            yield Mistake(path, join_key(("count", "measures", name)), reason)


def _mend_kind(path: Path, raw: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Mistake]]:
    """The same with the kind of count that was meant, so that the rest of it can be checked."""
    count = raw.get("count")
    kinds = [str(get_args(k.model_fields["kind"].annotation)[0]) for k in _models_of("count")]
    if not isinstance(count, Mapping) or count.get("kind") in kinds:
        return raw, []
    given = count.get("kind")
    if given is None:
        return raw, []
    near = find_nearest(str(given), kinds)
    quoted = [f"'{kind}'" for kind in kinds]
    reason = f"Input should be {', '.join(quoted[:-1])} or {quoted[-1]}"
    mistakes = [Mistake(path, "count.kind", reason, near)]
    return ({**raw, "count": {**count, "kind": near}} if near else raw), mistakes


# --- contradictions ---------------------------------------------------------------------------


def _find_contradictions(path: Path, raw: Mapping[str, Any]) -> Iterator[Mistake]:
    for where, model in _stand_ins(raw):
        for inside, reason in model.find_contradictions():
            yield Mistake(path, join_key((*where, *inside)), reason)


def _stand_ins(raw: Mapping[str, Any]) -> Iterator[tuple[Place, Part]]:
    """Every part of the file that can contradict itself, right values in place of wrong ones."""
    for i, table in list_tables(raw, "position"):
        words: dict[str, Any] = {key: "" for key in ("too_low", "too_high") if key in table}
        yield ("position", i), PositionBand.model_construct(**words, **_bounds(table))
    rules = []
    for i, table in list_tables(raw, "rules"):
        rule = _stand_for_rule(table, i)
        rules.append(rule)
        yield ("rules", i), rule
    auto, count = raw.get("auto"), raw.get("count")
    if isinstance(auto, Mapping) and isinstance(auto.get("band"), Mapping):
        yield ("auto", "band"), Band.model_construct(**_bounds(auto["band"]))
    if isinstance(count, Mapping):
        if "up" in count and "down" in count:
            values: dict[str, Any] = _bounds(count, low="down", high="up")
            values |= {"rest": count.get("rest"), "both_ways": count.get("both_ways") is True}
            yield ("count",), Reps.model_construct(**values)
        for i, table in list_tables(count, "readings"):
            yield ("count", "readings", i), Reading.model_construct(**_bounds(table))
    figure = raw.get("figure")
    if isinstance(figure, Mapping) and isinstance(figure.get("points"), Mapping):
        yield ("figure",), _stand_for_figure(figure)
    yield (), _stand_for_exercise(raw, rules)


def _bounds(table: Mapping[str, Any], low: str = "low", high: str = "high") -> dict[str, Any]:
    """The two bounds; a wrong one in order with the other."""
    given = {key: table[key] for key in (low, high) if key in table}
    right = {key: value for key, value in given.items() if is_number(value)}
    if low in given and low not in right:
        right[low] = right[high] - 1 if high in right else 0.0
    if high in given and high not in right:
        right[high] = right[low] + 1 if low in right else 0.0
    return right


def _stand_for_rule(table: Mapping[str, Any], place: int) -> Rule:
    cues: dict[str, Any] = {key: "" for key in ("cue_low", "cue_high") if key in table}
    during = table.get("during")
    known = get_args(Rule.model_fields["during"].annotation)
    return Rule.model_construct(
        id=read_text(table, "id") or f"#{place}",  # no id can be that
        during=during if isinstance(during, str) and during in known else "always",
        required=table.get("required") is True,
        may_be_unknown=table.get("may_be_unknown") is True,
        never=read_text(table, "never") or None,
        **cues,
        **_bounds(table),
    )


def _stand_for_figure(table: Mapping[str, Any]) -> Figure:
    bench, points = table.get("bench"), table["points"]
    return Figure.model_construct(
        bench=tuple(bench) if are_numbers(bench, 3) else None,  # type: ignore[arg-type]
        points={k: tuple(v) if are_numbers(v, 2) else (math.nan, 0.0) for k, v in points.items()},
    )


def _stand_for_exercise(raw: Mapping[str, Any], rules: list[Rule]) -> Exercise:
    count = raw.get("count")
    asks = isinstance(count, Mapping) and "answers" in count
    kind = read_text(count, "kind") or ("question" if asks else "reps")
    sides, views = raw.get("sides", "each"), raw.get("views")
    if not isinstance(sides, str) or sides not in get_args(
        Exercise.model_fields["sides"].annotation
    ):
        sides = "each" if "stretched" in raw else "none"
    if not isinstance(views, list):  # missing or wrong, which the model says
        views = [] if kind == "question" else ["side"]
    return Exercise.model_construct(
        count=Hold.model_construct(kind=kind),
        views=tuple(views),
        sides=sides,
        stretched="" if "stretched" in raw else None,
        near="other" if "near" in raw else None,
        same_position_as="-" if "same_position_as" in raw else None,
        position=(PositionBand.model_construct(),) if raw.get("position") else (),
        rules=tuple(rules) or ((Rule.model_construct(id="-"),) if raw.get("rules") else ()),
    )


# --- names ------------------------------------------------------------------------------------


def _models_of(field: str) -> list[type[BaseModel]]:
    return list(models_in(Exercise.model_fields[field].annotation))


# --- words ------------------------------------------------------------------------------------


def _say_plainly(mistake: Mistake, raw: Mapping[str, Any]) -> Mistake:
    """In words of TOML, with what is commonly behind it."""
    key, reason = mistake.key, mistake.reason
    value, name = raw.get(key), key.rsplit(".", 1)[-1]
    if key in ("rules", "position") and isinstance(value, Mapping):
        reason = f"write [[{key}]], in double brackets"
    if key in ("count", "auto", "figure") and isinstance(value, list):
        reason = f"write [{key}], in single brackets"
    if key == "count" and isinstance(value, Mapping) and mistake.code == "union_tag_not_found":
        key, reason = "count.kind", "Field required"
    if name != key and mistake.code == "extra_forbidden" and name in Exercise.model_fields:
        reason += ": it belongs above the first [table]"
        return Mistake(mistake.file, key, reason)
    is_no_id = key == "id" and mistake.code == "string_pattern_mismatch"
    if is_no_id and _is_id(mistake.file.stem):
        return Mistake(mistake.file, key, reason, mistake.file.stem)
    return replace(mistake, key=key, reason=reason)


def _complete(mistake: Mistake, raw: Mapping[str, Any]) -> Mistake:
    """With the rule or measure that a numbered key belongs to."""
    table, *rest = mistake.key.split(".")
    if table not in ("rules", "position") or not rest or not rest[0].isdecimal():
        return mistake
    entry = dict(list_tables(raw, table)).get(int(rest[0]))
    name = "id" if table == "rules" else "measure"
    if rest[1:] == [name]:
        return mistake
    label = read_text(entry, name)
    if not label:
        return mistake
    return replace(mistake, within=f"rule '{label}'" if table == "rules" else f"'{label}'")


def _is_id(name: str) -> bool:
    try:
        TypeAdapter(Id).validate_python(name)
    except ValidationError:
        return False
    return True
