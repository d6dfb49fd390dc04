"""What desktops say of light and dark, and that a silent one holds nothing up."""

import sys

import pytest

from gui.kit.look import Theme
from gui.settings.system_theme import find_system_theme, read_gnome, read_portal


@pytest.mark.parametrize(
    ("said", "theme"),
    [
        ("(<<uint32 1>>,)\n", Theme.DARK),
        ("(<uint32 2>,)\n", Theme.LIGHT),
        ("(<<uint32 0>>,)\n", Theme.LIGHT),
        ("", None),
        ("Error: no such interface", None),
    ],
)
def test_the_portals_number_is_read(said: str, theme: Theme | None) -> None:
    assert read_portal(said) is theme


@pytest.mark.parametrize(
    ("said", "theme"),
    [
        ("'prefer-dark'\n", Theme.DARK),
        ("'prefer-light'\n", Theme.LIGHT),
        ("'default'\n", Theme.LIGHT),
        ("", None),
        ("No such key", None),
    ],
)
def test_gnomes_word_is_read(said: str, theme: Theme | None) -> None:
    assert read_gnome(said) is theme


@pytest.mark.skipif(sys.platform == "win32", reason="asks no program there")
def test_a_system_without_the_programs_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert find_system_theme() is None
