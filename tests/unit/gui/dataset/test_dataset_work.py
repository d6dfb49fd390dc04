"""The tab's work without a server: the bundled artifact, thumbnails, pictures saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from cluster.storage import Layout
from gui.dataset import events
from gui.dataset.material import Origin
from gui.dataset.views import View
from gui.kit.server_status import ServerMode
from models.artifact import load_card
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.unit.gui.dataset.tab_driver import TabDriver

HERE, ELSEWHERE = "ab" * 32, "cd" * 32


@pytest.fixture
def tab(champion_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TabDriver]:
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path / "home"))
    tab = TabDriver(bundled_dir=champion_dir, pictures_dir=tmp_path / "pictures")
    yield tab
    tab.work.close()


@pytest.fixture
def loaded(tab: TabDriver) -> TabDriver:
    tab.open()
    tab.report(ServerMode.OFFLINE)
    tab.wait_for_load()
    return tab


def test_nothing_is_read_before_the_tab_is_open_and_the_server_looked_at(tab: TabDriver) -> None:
    tab.report(ServerMode.OFFLINE)
    tab.report(ServerMode.CHECKING)
    tab.open()
    tab.collect()
    assert tab.happened == []
    tab.report(ServerMode.OFFLINE)
    tab.collect()
    assert tab.happened == [events.LoadStarted(request=1)]
    tab.wait_for_load()


def test_without_a_server_the_champion_shows_what_it_has_learned_from(
    loaded: TabDriver, champion_dir: Path
) -> None:
    material = loaded.state.material
    assert material is not None
    assert material.origin is Origin.BUNDLED
    assert material.chosen == load_card(champion_dir).dataset_version
    assert material.remark is None


def test_it_is_read_again_when_asked_and_when_the_tab_is_opened_again(loaded: TabDriver) -> None:
    loaded.post(events.RefreshRequested())
    loaded.wait(lambda state: state.request == 2 and not state.is_loading)
    loaded.open(is_open=False)
    loaded.report(ServerMode.REFUSING)
    loaded.collect()
    assert loaded.state.request == 2
    loaded.open()
    loaded.wait(lambda state: state.request == 3 and not state.is_loading)


def test_without_a_champion_the_problem_is_said(tab: TabDriver, tmp_path: Path) -> None:
    empty = TabDriver(bundled_dir=tmp_path, pictures_dir=tmp_path)
    empty.open()
    empty.report(ServerMode.OFFLINE)
    state = empty.wait_for_load()
    empty.work.close()
    assert state.material is None
    assert "install Leafray again" in (state.problem or "")


def test_a_photograph_on_this_machine_is_brought(loaded: TabDriver, tmp_path: Path) -> None:
    path = Layout(home=tmp_path / "home").image_path(HERE)
    path.parent.mkdir(parents=True)
    path.write_bytes(encode_jpeg(draw_leaf(7)))
    loaded.post(events.MarkPointedAt(mark=0, sha256=(ELSEWHERE, HERE)))
    loaded.wait(lambda state: state.num_brought == 1)
    assert loaded.work.get_thumbnail(HERE) is not None
    assert loaded.work.get_thumbnail(ELSEWHERE) is None
    # Known already: nothing is read for it again.
    path.unlink()
    loaded.post(events.MarkPointedAt(mark=None))
    loaded.post(events.MarkPointedAt(mark=0, sha256=(HERE,)))
    loaded.collect()
    assert loaded.work.get_thumbnail(HERE) is not None


def test_the_screen_becomes_a_picture_with_a_telling_name(
    loaded: TabDriver, tmp_path: Path
) -> None:
    screen_path = tmp_path / "screen.png"
    Image.new("RGB", (100, 80), (10, 200, 30)).save(screen_path)
    loaded.post(events.ViewChosen(view=View.LOOKS))
    loaded.post(events.CropChosen(crop="maize"))
    loaded.post(events.SaveRequested())
    loaded.post(events.ScreenTaken(path=screen_path, box=(0.0, 0.5, 1.0, 1.0)))
    state = loaded.wait(lambda state: state.saved is not None)
    assert state.saved is not None
    assert state.saved.parent == tmp_path / "pictures"
    assert state.saved.name.startswith("leafray-ds-")
    assert state.saved.name.endswith("size-and-light-size-maize.png")
    with Image.open(state.saved) as picture:
        assert picture.size == (100, 40)
    assert not screen_path.exists()


def test_a_picture_that_cannot_be_saved_is_said(loaded: TabDriver, tmp_path: Path) -> None:
    (tmp_path / "pictures").touch()
    screen_path = tmp_path / "screen.png"
    Image.new("RGB", (100, 80)).save(screen_path)
    loaded.post(events.SaveRequested())
    loaded.post(events.ScreenTaken(path=screen_path, box=(0.0, 0.0, 1.0, 1.0)))
    state = loaded.wait(lambda state: not state.is_saving and state.problem is not None)
    assert "could not be saved" in (state.problem or "")
