"""The colours: every text can be read, and none is looked up before the palette is chosen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.kit import tones
from gui.kit.tones import DARK, LIGHT, Colour, Palette, Tone

GUI_DIR = Path(tones.__file__).parents[1]
MIN_CONTRAST = 4.5
TEXTS = ("ink", "muted", "accent", "accent_dark", "known", "unknown", "failed")
SURFACES = ("background", "card", "field", "hover", "track")
PAIRS = (
    *((text, surface) for text in TEXTS for surface in SURFACES),
    *(("white", fill) for fill in ("accent", "accent_bright", "accent_dark")),
    ("failed", "error_tint"),
    ("ink", "error_tint"),
)
NOT_COLOURS = {"Colour", "Palette", "Tone", "LIGHT", "DARK", "use"}


def measure_contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of WCAG 2.2: 1 for the same colour, 21 for black on white."""
    darker, lighter = sorted(map(measure_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def measure_luminance(colour: Colour) -> float:
    parts = [value / 255 for value in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.fixture
def _light_again() -> Iterator[None]:
    yield
    tones.use(LIGHT)


def test_contrast_is_that_of_the_standard() -> None:
    assert measure_contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert measure_contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_can_be_read(palette: Palette, text: str, surface: str) -> None:
    contrast = measure_contrast(getattr(palette, text), getattr(palette, surface))
    assert contrast >= MIN_CONTRAST


@pytest.mark.usefixtures("_light_again")
def test_the_names_stand_for_the_palette_in_use() -> None:
    assert (tones.INK, Tone.FAILED.colour) == (LIGHT.ink, LIGHT.failed)
    tones.use(DARK)
    assert (DARK.ink, DARK.shade) == (tones.INK, tones.SHADE)
    assert [tone.colour for tone in Tone] == [DARK.known, DARK.unknown, DARK.failed, DARK.waiting]


def find_frozen_colours(path: Path) -> list[str]:
    """Return the colours that a module looks up when it is imported."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module == "gui.kit.tones"
        for alias in node.names
        if alias.name not in NOT_COLOURS
    ]
    for node in walk_outside_functions(module):
        if isinstance(node, ast.Attribute):
            is_tone = node.attr == "colour"
            is_name = isinstance(node.value, ast.Name) and node.value.id == "tones"
            found += [ast.unparse(node)] if is_tone or is_name else []
    return found


def walk_outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from walk_outside_functions(child)


@pytest.mark.parametrize("path", sorted(GUI_DIR.rglob("*.py")), ids=lambda path: path.stem)
def test_no_module_keeps_a_colour_of_the_palette_at_its_import(path: Path) -> None:
    assert find_frozen_colours(path) == []


def test_a_colour_kept_at_import_is_found(tmp_path: Path) -> None:
    path = tmp_path / "frozen.py"
    path.write_text(
        "from gui.kit.tones import INK, Tone\n"
        "COLOURS = {1: Tone.KNOWN.colour, 2: tones.CARD}\n"
        "def draw(): return tones.TRACK\n"
    )
    assert find_frozen_colours(path) == ["INK", "Tone.KNOWN.colour", "tones.CARD"]
