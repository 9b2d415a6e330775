"""What holds of the house, and what no linter holds: names, lengths, and who borrows from whom."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import formcheck
from tests.conftest import ROOT

PACKAGE = sorted(Path(formcheck.__file__).parent.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE}
MOST_LINES = 420
MOST_OF_A_FUNCTION = 60
"""Its docstring aside: about a screen."""


def find_repeated(names: list[str]) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]


Node = TypeVar("Node", bound=ast.AST)


def find_nodes(kind: type[Node]) -> Iterator[tuple[Path, Node]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield path, node


def count_lines(function: ast.FunctionDef) -> int:
    """The lines of a function, those of its docstring aside."""
    assert function.end_lineno is not None
    n = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        n -= first.end_lineno - first.lineno + 1
    return n


def test_no_class_is_called_as_another() -> None:
    classes = [node.name for _, node in find_nodes(ast.ClassDef)]
    assert len(classes) > 100
    assert find_repeated(classes) == []


def test_no_module_is_called_as_another() -> None:
    assert find_repeated([path.stem for path in PACKAGE if path.stem != "__init__"]) == []


def test_a_function_fits_on_a_screen() -> None:
    functions = list(find_nodes(ast.FunctionDef))
    assert len(functions) > 1000
    long = [(path.name, one.name, count_lines(one)) for path, one in functions]
    assert [row for row in long if row[2] > MOST_OF_A_FUNCTION] == []


def test_a_file_has_one_subject_and_few_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE}
    assert {str(path): n for path, n in lengths.items() if n > MOST_LINES} == {}


def test_no_test_borrows_from_another() -> None:
    """What tests share stands in ``tests/support``."""
    modules = sorted((ROOT / "tests").rglob("*.py"))
    assert len(modules) > 100
    borrowed = [
        (path.name, node.module)
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("tests.")
        and (node.module or "").split(".")[1] not in ("support", "conftest")
    ]
    assert borrowed == []
