"""The dataset tab's work with the real control application behind it."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from cluster.keys import Role
from cluster.run_status import RunState, RunStatus, write_status
from gui.dataset import events
from gui.dataset.drawing import draw
from gui.dataset.figures import Bars
from gui.dataset.lineage import say_lineage
from gui.dataset.material import Material, Origin
from gui.dataset.views import CHOICES, View
from gui.kit.connection import Connection
from gui.kit.server_status import ServerMode
from loadtest.artifact_copies import copy_as_other_version
from models.artifact import load_card
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import HEALTHY, LATE_BLIGHT, Control, start_control
from tests.unit.gui.dataset.tab_driver import NO_SERVER, TabDriver
from train_jobs.additions import GrownVersion, grow, read_new_photos
from train_jobs.replay import load_replay
from train_jobs.summary import DrawnImages, Growth, Summary, count_classes, write_summary

OpenTab = Callable[..., TabDriver]
UPLOAD_ID = "up-1"


@pytest.fixture
def control(champion_dir: Path, tmp_path: Path) -> Generator[Control]:
    with start_control(champion_dir, tmp_path / "home") as control:
        yield control


@pytest.fixture
def open_tab(champion_dir: Path, tmp_path: Path) -> Generator[OpenTab]:
    """Return what opens the tab on a server that was found; ends it afterwards."""
    started: list[tuple[TabDriver, Connection]] = []

    def start(url: str, key_path: Path | None) -> TabDriver:
        connection = Connection(url, key_path=key_path)
        tab = TabDriver(connection, bundled_dir=champion_dir, pictures_dir=tmp_path)
        started.append((tab, connection))
        tab.open()
        tab.report(ServerMode.ONLINE)
        tab.wait_for_load()
        return tab

    yield start
    for tab, connection in started:
        tab.work.close()
        connection.get_client().close()


def get_material(tab: TabDriver) -> Material:
    assert tab.state.problem is None
    assert tab.state.material is not None
    return tab.state.material


def test_a_fresh_installation_has_something_in_every_view(
    control: Control, open_tab: OpenTab, champion_dir: Path
) -> None:
    material = get_material(open_tab(control.url, control.secret_path))
    assert material.origin is Origin.SERVER
    assert material.chosen == load_card(champion_dir).dataset_version
    assert [version.is_current for version in material.versions] == [True]
    for view in View:
        for choice in CHOICES[view]:
            assert draw(material, view, choice, None).figure is not None
    assert "The model in use has learned from it." in say_lineage(material)


def test_what_uploads_added_appears_when_asked_for(
    control: Control, open_tab: OpenTab, champion_dir: Path, tmp_path: Path
) -> None:
    tab = open_tab(control.url, control.secret_path)
    base = get_material(tab).chosen
    grown = add_photos(control, champion_dir, tmp_path / "new", base)
    tab.post(events.RefreshRequested())
    tab.wait(lambda state: state.material is not None and len(state.material.versions) == 2)
    assert get_material(tab).chosen == base
    version = grown.dataset_version
    tab.post(events.VersionChosen(dataset_version=version))
    tab.wait(lambda state: state.material is not None and state.material.chosen == version)
    material = get_material(tab)
    assert material.summary is None
    assert "summarize" in draw(material, View.BALANCE, CHOICES[View.BALANCE][0], None).insight
    assert f"Grew from {base}" in say_lineage(material)
    assert "by 1 upload." in say_lineage(material)

    summarize_photos(control, grown)
    tab.post(events.RefreshRequested())
    tab.wait(lambda state: state.material is not None and state.material.summary is not None)
    growth = draw(get_material(tab), View.GROWTH, CHOICES[View.GROWTH][0], None)
    num_added, num_before = len(grown.added), get_material(tab).versions[0].num_images
    assert growth.insight.startswith(f"1 upload has added {num_added} photographs, ")
    # The photographs of the base lie nowhere here: how many there were is told by the list.
    assert isinstance(growth.figure, Bars)
    assert [row.lengths for row in growth.figure.rows] == [(num_before, 0), (num_before, num_added)]


def test_a_key_that_may_only_predict_sees_the_bundled_data_and_why(
    control: Control, open_tab: OpenTab, tmp_path: Path
) -> None:
    key_path = tmp_path / "predict.key"
    key_path.write_text(f"secret-of-{Role.PREDICT}\n")
    material = get_material(open_tab(control.url, key_path))
    assert material.origin is Origin.BUNDLED
    assert material.summary is not None
    assert say_lineage(material).startswith("The server did not show its own: ")


def test_a_server_that_is_gone_when_asked_leaves_the_bundled_data(open_tab: OpenTab) -> None:
    material = get_material(open_tab(NO_SERVER, None))
    assert material.origin is Origin.BUNDLED
    assert material.remark is not None


def test_a_retrained_champion_is_told_by_the_verdict_that_made_it(
    champion_dir: Path, open_tab: OpenTab, tmp_path: Path
) -> None:
    other_dir = copy_as_other_version(champion_dir, tmp_path / "other")
    model_version = load_card(other_dir).model_version
    with start_control(other_dir, tmp_path / "home") as control:
        tab = open_tab(control.url, control.secret_path)
        assert get_material(tab).skill is None
        by_class = {"maize__healthy": {"num_samples": 20, "champion": 0.7, "challenger": 0.95}}
        write_status(
            control.layout,
            RunStatus(
                run_id="retrain-1",
                status=RunState.SUCCEEDED,
                config="head",
                actor="key:test",
                created_s=time.time(),
                heartbeat_s=time.time(),
                model_version=model_version,
                verdict={"promote": True, "by_class": by_class},
            ),
        )
        tab.report(ServerMode.ONLINE, model_version=model_version)
        tab.wait(lambda state: state.material is not None and state.material.skill is not None)
    skill = get_material(tab).skill
    assert skill is not None
    assert skill.model_version == model_version
    assert skill.recalls["val"]["maize__healthy"].share == 0.95


def add_photos(control: Control, champion_dir: Path, folder: Path, base: str) -> GrownVersion:
    """Grow the base version by drawn leaves, as a retraining would."""
    for class_idx, name in enumerate([HEALTHY, LATE_BLIGHT]):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            image = draw_leaf(60 + 10 * class_idx + number, class_idx=class_idx)
            (folder / name / f"{number}.jpg").write_bytes(encode_jpeg(image))
    photos, _ = read_new_photos(control.layout, [folder], ())
    replay = load_replay(champion_dir)
    return grow(control.layout, base, replay, photos, upload_ids=(UPLOAD_ID,))


def summarize_photos(control: Control, grown: GrownVersion) -> None:
    """Write a summary of what was added, without looking at the photographs."""
    step = Growth(
        dataset_version=grown.dataset_version, upload_ids=(UPLOAD_ID,), num_images=len(grown.added)
    )
    summary = Summary(
        dataset_version=grown.dataset_version,
        model_version="v1",
        num_images=len(grown.added),
        counts=count_classes(grown.added),
        images=DrawnImages(**dict.fromkeys(DrawnImages.model_fields, ())),
        num_near_duplicates=0,
        near_duplicates=(),
        num_doubtful_labels=0,
        doubtful_labels=(),
        growth=(step,),
    )
    write_summary(control.layout.dataset_dir(grown.dataset_version), summary)
