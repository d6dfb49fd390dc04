"""Pictures written, and photographs read, on this machine."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cluster.storage import Layout
from gui.dataset.picture_file import PictureNotSavedError, name_picture, save_part
from gui.dataset.thumbnails import THUMBNAIL_SIDE_PX, ThumbnailCache, load_thumbnail
from models.leaf_drawing import draw_leaf, encode_jpeg

SHA256 = "ab" * 32


@pytest.fixture
def take_screen(tmp_path: Path) -> Callable[[], Path]:
    """Return what writes a screen that is red, but for a blue quarter."""

    def take() -> Path:
        pixels = np.zeros((200, 400, 4), np.uint8)
        pixels[..., 0] = 255
        pixels[100:, 200:] = (0, 0, 255, 0)
        path = tmp_path / "screen.png"
        Image.fromarray(pixels).save(path)
        return path

    return take


def test_the_part_is_cut_out_and_no_picture_is_overwritten(
    take_screen: Callable[[], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "Pictures" / "new"
    box = (0.5, 0.5, 1.0, 1.0)
    paths = [save_part(take_screen(), box, folder, "leafray-map") for _ in range(3)]
    assert [path.name for path in paths] == [
        "leafray-map.png",
        "leafray-map-2.png",
        "leafray-map-3.png",
    ]
    with Image.open(paths[2]) as picture:
        assert picture.size == (200, 100)
        assert picture.getcolors() == [(20_000, (0, 0, 255))]
    assert [path.name for path in tmp_path.iterdir()] == ["Pictures"]


def test_what_cannot_be_written_says_where_and_leaves_nothing(
    take_screen: Callable[[], Path], tmp_path: Path
) -> None:
    taken = tmp_path / "file"
    taken.touch()
    with pytest.raises(PictureNotSavedError, match="could not be saved in"):
        save_part(take_screen(), (0, 0, 1, 1), taken, "leafray")
    screen_path = take_screen()
    screen_path.write_bytes(b"cut off")
    with pytest.raises(PictureNotSavedError):
        save_part(screen_path, (0, 0, 1, 1), tmp_path, "leafray")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_picture_is_named_by_what_it_shows() -> None:
    assert name_picture("ds-12", "Size and light", "Colour", "bell_pepper") == (
        "leafray-ds-12-size-and-light-colour-bell-pepper"
    )
    assert name_picture("", "../etc/passwd") == "leafray-etc-passwd"


def test_a_stored_photograph_has_a_thumbnail(tmp_path: Path) -> None:
    layout = Layout(home=tmp_path)
    path = layout.image_path(SHA256)
    path.parent.mkdir(parents=True)
    path.write_bytes(encode_jpeg(draw_leaf(7, size_px=400)))
    thumbnail = load_thumbnail(layout, SHA256)
    assert thumbnail is not None
    assert max(thumbnail.shape[:2]) == THUMBNAIL_SIDE_PX
    assert thumbnail.dtype == np.uint8


@pytest.mark.parametrize("sha256", ["cd" * 32, "../../etc/passwd", ""])
def test_a_photograph_that_is_not_here_has_none(tmp_path: Path, sha256: str) -> None:
    assert load_thumbnail(Layout(home=tmp_path), sha256) is None


def test_the_cache_forgets_the_oldest_and_remembers_what_is_not_there() -> None:
    cache = ThumbnailCache()
    cache.put("missing", None)
    assert "missing" in cache
    assert cache.get("missing") is None
    for idx in range(128):
        cache.put(str(idx), np.zeros((2, 2, 3), np.uint8))
    assert "missing" not in cache
    assert cache.get("127") is not None
