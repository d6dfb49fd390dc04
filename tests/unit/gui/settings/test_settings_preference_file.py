"""The settings file: what is saved comes back, and what is damaged is said and kept."""

import stat
from pathlib import Path

import pytest

from gui.settings.preference_file import load_preferences, save_preferences
from gui.settings.preferences import Preferences, Server, ThemeChoice

CHOSEN = Preferences(
    servers=(Server(name="Clinic", url="https://leaf.example.org"),),
    server_name="Clinic",
    theme=ThemeChoice.DARK,
    text_scale=1.3,
    display_scale=2.0,
    is_welcomed=True,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leafray" / "settings.json"


def test_what_is_saved_comes_back(path: Path) -> None:
    save_preferences(path, CHOSEN)
    loaded = load_preferences(path)
    assert loaded.preferences == CHOSEN
    assert loaded.problem is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [other.name for other in path.parent.iterdir()] == ["settings.json"]


def test_a_first_start_has_the_defaults_and_writes_nothing(path: Path) -> None:
    loaded = load_preferences(path)
    assert loaded.preferences == Preferences()
    assert loaded.problem is None
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "JSON"),
        (b'{"theme": "dark"', "JSON"),
        (b"[]", "object"),
        (b"\xff\xfe", "JSON"),
        (b'{"theme": "purple"}', "theme"),
        (b'{"text_scale": 400}', "text_scale"),
        (b'{"server_name": "nobody"}', "nobody"),
        (b'{"servers": [{"name": "", "url": "http://x"}], "server_name": null}', "name"),
        (b'{"theme": "' + b"x" * 300_000 + b'"}', "JSON"),
    ],
)
def test_a_damaged_file_is_said_and_kept_aside(path: Path, content: bytes, word: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    loaded = load_preferences(path)
    assert loaded.preferences == Preferences()
    assert loaded.problem is not None
    assert word in loaded.problem
    assert not path.exists()
    kept = path.with_name("settings.damaged-1.json")
    assert str(kept) in loaded.problem
    assert kept.read_bytes() == content


def test_a_second_damaged_file_does_not_replace_the_first(path: Path) -> None:
    path.parent.mkdir()
    for content in ("one", "two"):
        path.write_text(content)
        load_preferences(path)
    kept = sorted(other.read_text() for other in path.parent.iterdir())
    assert kept == ["one", "two"]


def test_a_file_that_cannot_be_read_is_said_and_left(path: Path) -> None:
    path.mkdir(parents=True)
    loaded = load_preferences(path)
    assert loaded.preferences == Preferences()
    assert str(path) in (loaded.problem or "")
    assert path.is_dir()


def test_what_a_newer_window_has_written_is_read(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"theme": "dark", "language": "nl"}')
    assert load_preferences(path).preferences == Preferences(theme=ThemeChoice.DARK)


def test_a_folder_that_cannot_be_made_raises(tmp_path: Path) -> None:
    (tmp_path / "leafray").write_text("a file")
    with pytest.raises(OSError, match="leafray"):
        save_preferences(tmp_path / "leafray" / "settings.json", CHOSEN)
