"""A page on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.knowledge.page import Page, Words
from models.knowledge.sections import say_cause, to_sections

# Longer lines are hard to read, however wide the terminal is.
_MAX_WIDTH = 100


def print_page(page: Page, words: Words, console: Console | None = None) -> None:
    """Print all sections, wrapped to the console (default: standard output)."""
    console = console or Console(highlight=False)
    width = min(console.width, _MAX_WIDTH)
    console.print(Text(page.display_name, style="bold green"), width=width)
    console.print(Text(say_cause(page, words), style="dim"), width=width)
    console.print()
    console.print(Text(words.headings.first_step, style="bold"), width=width)
    console.print(Padding(Text(page.first_step), (0, 0, 0, 2)), width=width)
    for section in to_sections(page, words):
        console.print()
        console.print(Text(section.heading, style="bold"), width=width)
        # A grid keeps the lines of an item to the right of its dash.
        items = Table.grid(padding=(0, 1, 0, 0))
        for line in section.lines:
            items.add_row(Text("  -"), Text(line))
        console.print(items, width=width)
