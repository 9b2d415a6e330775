"""What the documentation's site takes from elsewhere than ``docs/``; run by MkDocs.

The commands' page is written by Typer, from the commands themselves; CONTRIBUTING and the changelog
are shown as they stand in the project's folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer import Context
from typer.cli import get_docs_for_click
from typer.main import get_command

from formcheck.cli.main import app

ROOT: Final = Path(__file__).parents[1]
SHOWN: Final = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
"""Pages that stand outside ``docs/``."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are no files of ``docs/``."""
    files.append(File.generated(config, "cli.md", content=write_commands()))
    for page, name in SHOWN.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text.replace("](docs/", "](")))
    return files


def write_commands() -> str:
    """The page of all commands with their options, in Markdown."""
    command = get_command(app)
    context = Context(command, info_name="formcheck")
    text = get_docs_for_click(obj=command, ctx=context, name="formcheck", title="The commands")
    # The types of lists and the shortened texts of subcommands, each of which has its own heading.
    text = re.sub(r" <list\[\w+\]>", "", text)
    text = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n", "", text)
    # In a help text, \\b stands before lines that are not to be joined.
    text = re.sub(r"\n\x08\n(\w+:)\n((?: .*\n?)+)", _write_block, text)
    return text.replace("\x08\n", "")


def _write_block(found: re.Match[str]) -> str:
    lines = "\n".join(line.strip() for line in found[2].splitlines())
    return f"\n**{found[1]}**\n\n```console\n{lines}\n```\n"
