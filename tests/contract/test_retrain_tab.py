"""The work behind the tab on training anew, with the real application; Ray is away."""

import shutil
import time
from collections.abc import Callable, Iterator

import pytest

from cluster.keys import Role
from cluster.registry import Alias, Registry
from cluster.run_report import Confusion, RunPoint, append_point, write_confusions
from cluster.run_status import RunProgress, RunState, RunStatus, describe_process, write_status
from cluster.settings import Settings
from gui.kit.tabs import Tab as WindowTab
from gui.retrain import events
from gui.retrain.state import Part, RetrainState
from loadtest.artifact_copies import copy_as_other_version
from models.artifact import load_card
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import (
    HEALTHY,
    Control,
    make_zip,
    start_control,
    upload_zip,
    wait_until_checked,
)
from tests.contract.window_driver import WindowDriver

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::sqlalchemy.exc.SADeprecationWarning"
)


class Tab(WindowDriver):
    """The tab, waited for."""

    def wait(self, is_done: Callable[[RetrainState], bool]) -> RetrainState:
        return self.wait_for_app(lambda state: is_done(state.retrain)).retrain


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory) -> Iterator[Control]:
    with start_control(champion_dir, tmp_path_factory.mktemp("retrain")) as control:
        yield control
    shutil.rmtree(control.layout.ray_dir)


@pytest.fixture
def open_tab(control, monkeypatch, tmp_path) -> Iterator[Callable[[Role], Tab]]:
    """Return what opens the tab with a key of a role."""
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path / "home"))
    tabs: list[Tab] = []

    def start(role: Role) -> Tab:
        key_path = tmp_path / f"{role}.key"
        key_path.write_text(f"secret-of-{role}\n")
        tabs.append(Tab(control.url, key_path, WindowTab.RETRAIN))
        return tabs[-1]

    yield start
    for tab in tabs:
        tab.close()


@pytest.fixture(scope="module")
def accepted(control) -> str:
    """An accepted upload of two drawn leaves."""
    files: dict[str, bytes | str] = {
        f"{HEALTHY}/{i}.jpg": encode_jpeg(draw_leaf(70 + i)) for i in range(2)
    }
    upload_id: str = upload_zip(control, make_zip(files)).json()["upload_id"]
    assert wait_until_checked(control.http, upload_id)["accepted"] == 2
    assert control.http.post(f"/v1/uploads/{upload_id}/accept").status_code == 200
    return upload_id


def make_status(control: Control, run_id: str, **changes: object) -> RunStatus:
    """Write a run that this very process is at work on."""
    now_s = time.time()
    fields: dict[str, object] = {
        "run_id": run_id,
        "status": RunState.RUNNING,
        "config": "head",
        "actor": "key:test",
        "created_s": now_s,
        "heartbeat_s": now_s,
        **describe_process(),
        **changes,
    }
    return write_status(control.layout, RunStatus.model_validate(fields))


def test_a_run_that_ray_does_not_take_is_said_and_told_as_failed(
    open_tab, control, accepted
) -> None:
    tab = open_tab(Role.CONTRIBUTE)
    state = tab.wait(lambda state: bool(state.unlearnt))
    assert [upload.upload_id for upload in state.unlearnt] == [accepted]
    tab.post(events.ConfigChosen(config="head"))
    tab.post(events.StartRequested())
    state = tab.wait(lambda state: state.problem is not None)
    assert state.problem is not None
    assert "does not answer" in state.problem
    assert state.acting is None
    state = tab.wait(lambda state: state.picked is not None)
    assert state.picked is not None
    assert state.picked.status == "failed"
    # What a failed run was to learn from is new again.
    assert state.unlearnt


def test_the_figures_of_a_run_at_work_become_curves(open_tab, control) -> None:
    make_status(control, "retrain-at-work", stage="prepare")
    tab = open_tab(Role.CONTRIBUTE)
    tab.wait(lambda state: state.picked_id == "retrain-at-work")
    for epoch in range(1, 4):
        make_status(
            control,
            "retrain-at-work",
            stage="train",
            progress=RunProgress(epoch=epoch, epochs=9, eta_s=60.0),
            metrics={"train/loss": 1 / epoch, "val/macro_f1": 0.5},
        )
        tab.wait(
            lambda state, epoch=epoch: state.picked is not None and state.picked.epoch == epoch
        )
    state = tab.wait(lambda state: len(state.points["retrain-at-work"]) == 3)
    assert [point.metrics["train/loss"] for point in state.points["retrain-at-work"]] == [
        1,
        1 / 2,
        1 / 3,
    ]
    make_status(control, "retrain-at-work", status=RunState.CANCELLED, reason="on request")
    tab.wait(lambda state: state.picked is not None and not state.picked.is_at_work)
    state = tab.wait(lambda state: state.log[0] == "retrain-at-work")
    assert state.log == ("retrain-at-work", "")


def test_a_run_that_nobody_watched_has_all_of_its_curves_and_what_is_mixed_up(
    open_tab, control
) -> None:
    run_id = "retrain-unwatched"
    make_status(control, run_id, status=RunState.REJECTED, created_s=time.time() + 30)
    for epoch in range(1, 31):
        point = RunPoint(epoch=epoch, metrics={"train/loss": 1 / epoch})
        append_point(control.layout.run_points_path(run_id), point)
    mixed = Confusion(
        class_name="tomato__healthy", answer="tomato__late_blight", champion=3, challenger=1
    )
    write_confusions(control.layout, run_id, [mixed])
    tab = open_tab(Role.CONTRIBUTE)
    state = tab.wait(lambda state: state.report is not None and bool(state.report.confusions))
    assert [point.epoch for point in state.points[run_id]] == list(range(1, 31))
    assert state.report is not None
    assert state.report.run_id == state.picked_id == run_id
    (told,) = state.report.confusions
    assert (told.answer, told.champion, told.challenger) == ("tomato__late_blight", 3, 1)
    # What has ended is asked for once.
    assert not state.is_report_due


def test_a_key_that_may_not_train_is_said(open_tab) -> None:
    state = open_tab(Role.PREDICT).wait(lambda state: state.refusal is not None)
    assert state.refusal is not None
    assert "may not train models" in state.refusal


def test_who_may_not_decide_is_told_so(open_tab) -> None:
    tab = open_tab(Role.CONTRIBUTE)
    tab.wait(lambda state: state.runs is not None)
    tab.post(events.RollBackRequested())
    state = tab.wait(lambda state: state.problem is not None)
    assert state.problem is not None
    assert "may not decide which model answers" in state.problem
    tab.post(events.PartChosen(part=Part.TRAIL.value))
    state = tab.wait(lambda state: state.trail_refusal is not None)
    assert state.trail_refusal is not None
    assert "may not read the history" in state.trail_refusal


def test_a_model_is_approved_taken_back_and_the_trail_says_so(
    open_tab, control, champion_dir, tmp_path
) -> None:
    settings = Settings(home=control.layout.home, MLFLOW_TRACKING_URI=None)
    registry = Registry(settings.mlflow_tracking_uri, layout=control.layout)
    other_dir = copy_as_other_version(champion_dir, tmp_path / "other")
    first, other = (load_card(folder).model_version for folder in (champion_dir, other_dir))
    for folder, version in ((champion_dir, first), (other_dir, other)):
        registry.register_artifact(folder, model_version=version, metrics={}, tags={})
    registry.set_alias(Alias.CHAMPION, first)
    make_status(
        control,
        "retrain-waits",
        status=RunState.AWAITING_APPROVAL,
        model_version=other,
        created_s=time.time() + 60,
    )
    tab = open_tab(Role.ADMIN)
    tab.wait(lambda state: state.picked is not None and state.picked.run_id == "retrain-waits")
    tab.post(events.PromoteRequested(model_version=other))
    state = tab.wait(lambda state: state.notice is not None)
    assert state.notice == f"{other} answers now."
    state = tab.wait(lambda state: state.picked is not None and state.picked.status == "succeeded")
    tab.post(events.PartChosen(part=Part.MODELS.value))
    state = tab.wait(lambda state: bool(state.models))
    aliases = {model.model_version: model.aliases for model in state.models or ()}
    assert aliases == {other: ("champion",), first: ("previous",)}
    tab.post(events.RollBackRequested())
    tab.wait(lambda state: state.notice == f"{first} answers now.")
    tab.post(events.PartChosen(part=Part.TRAIL.value))
    state = tab.wait(lambda state: bool(state.deeds))
    assert state.deeds is not None
    assert (state.deeds[0].action, state.deeds[0].subject) == ("roll_back_model", first)
