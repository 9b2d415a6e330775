"""Nothing that is read can run: no pickle, no code made of text, no shell, in all of the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from torture.cases import ROOT

MODULES: Final = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "imp"}
CALLS: Final = {"eval", "exec", "compile", "__import__"}
FUNCTIONS: Final = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput")}
LOADERS: Final = {("np", "load"), ("numpy", "load")}


def find_banned(source: str) -> Iterator[int]:
    """Lines that could run what was read."""
    for node in ast.walk(ast.parse(source)):
        is_banned = False
        if isinstance(node, ast.Import):
            is_banned = any(one.name.split(".")[0] in MODULES for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module, one.name) for one in node.names}
            is_banned = str(node.module).split(".")[0] in MODULES
            is_banned |= bool(names & (FUNCTIONS | LOADERS))
        elif isinstance(node, ast.Call):
            is_banned = _is_banned(node)
        if is_banned:
            yield getattr(node, "lineno", 0)


def _is_banned(call: ast.Call) -> bool:
    given = {one.arg: one.value for one in call.keywords}
    shell, pickles = given.get("shell"), given.get("allow_pickle")
    if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
        return True
    if isinstance(call.func, ast.Name):
        return call.func.id in CALLS
    if not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)):
        return False
    named = call.func.value.id, call.func.attr
    is_safe = isinstance(pickles, ast.Constant) and pickles.value is False
    return named in FUNCTIONS or (named in LOADERS and not is_safe)


def test_nothing_that_is_read_can_run() -> None:
    sources = sorted((ROOT / "formcheck").rglob("*.py"))
    assert len(sources) > 100
    texts = {source: source.read_text(encoding="utf-8") for source in sources}
    assert [f"{path}:{line}" for path, text in texts.items() for line in find_banned(text)] == []


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from pickle import loads", "eval(x)", "os.system(x)", "run(x, shell=True)",
     "np.load(x)", "np.load(x, allow_pickle=True)", "from os import system"],
)  # fmt: skip
def test_the_scan_can_fail(source: str) -> None:
    assert list(find_banned(f"x = 1\n{source}\n")) == [2]
    assert list(find_banned("np.load(x, allow_pickle=False); run(x, shell=False)")) == []
