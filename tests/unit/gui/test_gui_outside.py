"""Folders shown by a program of the system, and where data lie."""

import sys
from pathlib import Path

import pytest
from platformdirs import user_data_path

from gui.kit.home import find_layout
from gui.kit.look import MAX_SCALE, MIN_SCALE, to_scale
from gui.kit.outside import OutsideError, open_folder


@pytest.fixture
def opened_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a file manager of this test writes what it was asked to show."""
    path = tmp_path / "opened"
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "xdg-open"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{path}"\n')
    program.chmod(0o700)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(programs))
    return path


def test_a_folder_is_shown_by_the_systems_program(opened_path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my data; rm -r"
    folder.mkdir()
    open_folder(folder)
    assert opened_path.read_text() == str(folder)


def test_a_program_that_fails_is_said(opened_path: Path, tmp_path: Path) -> None:
    opened_path.mkdir()
    with pytest.raises(OutsideError, match="did not open"):
        open_folder(tmp_path)


def test_a_folder_that_is_not_there_is_said(opened_path: Path, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="not there yet"):
        open_folder(tmp_path / "nowhere")
    assert not opened_path.exists()


def test_without_a_file_manager_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideError, match=str(tmp_path)):
        open_folder(tmp_path)


def test_data_lie_where_the_environment_says_else_beside_the_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert find_layout({"LEAFRAY_HOME": "/some/where"}).home == Path("/some/where")
    assert find_layout({}).home == Path.cwd() / "var"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert find_layout({}).home == user_data_path("leafray", appauthor=False)
    assert find_layout({"LEAFRAY_HOME": "/some/where"}).home == Path("/some/where")


def test_scales_are_multiplied_within_bounds() -> None:
    assert to_scale(1.5, 1.2) == pytest.approx(1.8)
    assert (to_scale(9.0, 9.0), to_scale(0.1)) == (MAX_SCALE, MIN_SCALE)
