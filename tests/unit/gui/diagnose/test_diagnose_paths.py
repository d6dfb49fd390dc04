"""From typed text to photos."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.diagnose.paths import find_photos, split_paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/a/b.jpg", ["/a/b.jpg"]),
        ("  /my photos/leaf 1.jpg \n", ["/my photos/leaf 1.jpg"]),
        ('"/a b/c.jpg"', ["/a b/c.jpg"]),
        ("'/a.jpg' '/b.jpg'", ["/a.jpg", "/b.jpg"]),
        ("/a.jpg;/b.jpg", ["/a.jpg", "/b.jpg"]),
        ("/a.jpg\r\n/b.jpg\n/a.jpg", ["/a.jpg", "/b.jpg"]),
        ("file:///a/leaf%201.jpg", ["/a/leaf 1.jpg"]),
        ("/it's/a.jpg", ["/it's/a.jpg"]),
        ("", []),
        (" ;; \n", []),
    ],
)
def test_text_is_split_into_paths(text: str, paths: list[str]) -> None:
    assert split_paths(text) == tuple(Path(path) for path in paths)


def test_the_home_folder_is_understood() -> None:
    assert split_paths("~/x.jpg") == (Path.home() / "x.jpg",)
    assert split_paths("~no-such-user-here/x.jpg") == (Path("~no-such-user-here/x.jpg"),)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    assert all(isinstance(path, Path) for path in split_paths(text))


def test_folders_are_expanded_and_problems_said(tmp_path: Path) -> None:
    (tmp_path / "leaves").mkdir()
    (tmp_path / "empty").mkdir()
    photo = tmp_path / "leaves" / "a.jpg"
    photo.write_bytes(b"x")
    found, problem = find_photos(
        [tmp_path / "leaves", tmp_path / "nowhere.jpg", tmp_path / "empty", photo]
    )
    assert found == (photo,)
    assert problem is not None
    assert "nowhere.jpg does not exist" in problem
    assert "1 more" in problem


def test_a_folder_without_photos_is_said(tmp_path: Path) -> None:
    found, problem = find_photos([tmp_path])
    assert found == ()
    assert problem is not None
    assert "no photos" in problem


def test_a_very_long_path_is_shortened_in_the_words() -> None:
    found, problem = find_photos([Path("/" + "x" * 200 + "/" + "y" * 4000)])
    assert found == ()
    assert problem is not None
    assert len(problem) < 250
