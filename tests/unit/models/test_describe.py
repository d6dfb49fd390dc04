"""`python -m models describe`: a page for people, and as JSON."""

import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from models.__main__ import app
from models.knowledge.library import load_knowledge
from models.knowledge.page import Page
from models.knowledge.printing import print_page

WIDE_COLUMNS, NARROW_COLUMNS = 300, 40


@pytest.mark.parametrize(
    "name", ["tomato__late_blight", "Tomato___Late_blight", "tomato: late blight"]
)
def test_a_class_is_described_by_any_of_its_names(name: str) -> None:
    result = CliRunner().invoke(app, ["describe", name])
    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0] == "Tomato: late blight"
    headings = load_knowledge().words.headings
    assert lines.index(headings.act_now) < lines.index(headings.symptoms)
    assert lines.index(headings.prevent) < lines.index(headings.sources)


def test_json_holds_the_whole_page() -> None:
    result = CliRunner().invoke(app, ["describe", "grape__esca", "--json"])
    assert result.exit_code == 0
    assert Page.model_validate(json.loads(result.stdout)) == load_knowledge().pages["grape__esca"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["banana"], "python -m models labels"),
        (["grape__esca", "--language", "xx"], "choose one of: en"),
    ],
)
def test_an_unknown_class_or_language_is_an_error_that_helps(
    arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(app, ["describe", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("columns", "max_width"), [(WIDE_COLUMNS, 100), (NARROW_COLUMNS, NARROW_COLUMNS)]
)
def test_lines_fit_the_terminal_and_stay_readable(columns: int, max_width: int) -> None:
    knowledge = load_knowledge()
    console = Console(width=columns, file=io.StringIO(), record=True)
    print_page(knowledge.pages["orange__citrus_greening"], knowledge.words, console)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= max_width
