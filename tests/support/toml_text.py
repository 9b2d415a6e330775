"""TOML text of what tests put together."""

from __future__ import annotations

import json
import math
from typing import Any


def dump(raw: dict[str, Any]) -> str:
    """TOML of JSON-like values; numbers that are none are spelled alike in both."""

    def spell(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {spell(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(spell, value)) + "]"
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        return json.dumps(value)

    return "".join(f"{json.dumps(key)} = {spell(value)}\n" for key, value in raw.items())
