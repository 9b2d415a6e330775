"""A name stands for one thing: no class and no module of the package is called as another."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import formcheck

MODULES = [
    path for path in Path(formcheck.__file__).parent.rglob("*.py") if path.stem != "__init__"
]


def find_repeated(names: list[str]) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]


def test_no_class_is_called_as_another() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    classes = [
        node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    assert len(classes) > 100
    assert find_repeated(classes) == []


def test_no_module_is_called_as_another() -> None:
    assert find_repeated([path.stem for path in MODULES]) == []
