"""The tab on training anew: every event, any order of events, and what comes too late."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gui.retrain import events
from gui.retrain.state import MAX_POINTS, Part, RetrainState, update
from gui.retrain.values import Accepted, Confusion, Deed, Model, Point, Report, Run

CREATED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUN = Run(
    run_id="retrain-1",
    status="running",
    stage="train",
    config="head",
    created=CREATED,
    created_by="key:admin",
    epoch=1,
    epochs=10,
    metrics={"train/loss": 1.0},
)
OTHER = replace(RUN, run_id="retrain-2", status="succeeded", upload_ids=("up-1",))
ACCEPTED = (
    Accepted(upload_id="up-1", num_images=5),
    Accepted(upload_id="up-2", num_images=7),
)


def run(*happened: events.Event, state: RetrainState | None = None) -> RetrainState:
    state = state or RetrainState()
    for event in happened:
        state = update(state, event)
    return state


def make_listed(*runs: Run) -> RetrainState:
    return run(events.RunsListed(runs=runs or (RUN, OTHER), accepted=ACCEPTED))


def test_the_newest_run_is_looked_at_first_and_another_can_be_picked():
    state = make_listed()
    assert state.picked == RUN
    assert run(events.RunPicked(run_id="retrain-2"), state=state).picked == OTHER


def test_a_run_that_is_gone_gives_its_place_to_the_newest():
    state = run(events.RunPicked(run_id="retrain-2"), state=make_listed())
    assert run(events.RunsListed(runs=(RUN,)), state=state).picked == RUN
    assert run(events.RunsListed(), state=state).picked is None


def test_only_what_no_run_has_learnt_from_is_new():
    assert [upload.upload_id for upload in make_listed().unlearnt] == ["up-2"]
    failed = replace(OTHER, status="failed")
    assert len(make_listed(failed).unlearnt) == 2


def test_a_started_run_is_looked_at():
    started = replace(RUN, run_id="retrain-3", status="queued")
    state = run(events.StartRequested(), state=make_listed())
    assert state.acting is not None
    state = run(events.RunStarted(run=started), state=state)
    assert (state.picked, state.acting) == (started, None)
    assert state.runs == (started, RUN, OTHER)


def test_one_thing_is_done_at_a_time():
    state = run(events.PromoteRequested(model_version="v2"), state=make_listed())
    assert state.acting == "v2 takes over ..."
    assert run(events.RollBackRequested(), state=state).acting == "v2 takes over ..."
    # A look at the run that is on show is not the end of it.
    assert run(events.RunSeen(run=replace(RUN, epoch=2)), state=state).acting is not None
    state = run(events.ChampionChanged(model_version="v2"), state=state)
    assert (state.acting, state.notice) == (None, "v2 answers now.")


def test_a_run_that_was_asked_to_end_is_told_as_it_stands():
    state = run(events.CancelRequested(), state=make_listed())
    ended = replace(RUN, status="cancelled")
    state = run(events.CancelTaken(run=ended), state=state)
    assert (state.picked, state.acting) == (ended, None)


def test_what_the_server_did_not_do_is_said():
    state = run(events.RollBackRequested(), events.ActionFailed(problem="it is away"))
    assert (state.acting, state.problem) == (None, "it is away")
    assert run(events.ProblemDismissed(), state=state).problem is None


def test_figures_are_kept_as_they_are_seen_each_step_once():
    state = make_listed()
    for epoch in (2, 2, 3, 1):
        metrics = {"train/loss": 1 / epoch}
        state = run(events.RunSeen(run=replace(RUN, epoch=epoch, metrics=metrics)), state=state)
    assert [point.epoch for point in state.points["retrain-1"]] == [1, 2, 3]
    assert state.points["retrain-1"][-1].metrics == {"train/loss": 1 / 3}


def test_figures_are_bounded():
    points = tuple(Point(epoch=epoch, metrics={"train/loss": 1.0}) for epoch in range(MAX_POINTS))
    state = replace(make_listed(), points={"retrain-1": points})
    state = run(events.RunSeen(run=replace(RUN, epoch=MAX_POINTS)), state=state)
    assert len(state.points["retrain-1"]) == MAX_POINTS
    for number in range(20):
        state = run(events.RunsListed(runs=(replace(RUN, run_id=f"r{number}"),)), state=state)
    assert len(state.points) <= 8


def make_read(run_id: str, *epochs: int, status: str = "running") -> events.ReportRead:
    return events.ReportRead(
        report=Report(
            run_id=run_id,
            status=status,
            confusions=(Confusion(class_name="a", answer="b", champion=1, challenger=0),),
        ),
        points=tuple(Point(epoch=epoch, metrics={"train/loss": 1.0}) for epoch in epochs),
    )


def test_figures_that_nobody_saw_come_from_the_server_and_later_ones_stay():
    state = run(events.RunSeen(run=replace(RUN, epoch=9)), state=make_listed())
    state = run(make_read("retrain-1", 1, 2, 3, 4), state=state)
    assert [point.epoch for point in state.points["retrain-1"]] == [1, 2, 3, 4, 9]
    # What was seen by the window itself holds.
    assert state.points["retrain-1"][-1].metrics == RUN.metrics


def test_a_report_of_another_run_is_not_shown_but_its_figures_are_kept():
    state = run(make_read("retrain-2", 1, 2), state=make_listed())
    assert state.report is None
    assert len(state.points["retrain-2"]) == 2


def test_a_report_is_due_while_a_run_works_and_once_after_its_end():
    state = run(make_read("retrain-1"), state=make_listed())
    assert state.is_report_due
    ended = run(events.RunSeen(run=replace(RUN, status="rejected")), state=state)
    assert ended.is_report_due
    told = run(make_read("retrain-1", status="rejected"), state=ended)
    assert not told.is_report_due
    assert run(events.RunPicked(run_id="retrain-2"), state=told).is_report_due
    assert not RetrainState().is_report_due


def test_what_either_model_mixes_up_can_be_looked_at():
    assert not RetrainState().is_champion_shown
    assert run(events.SideChosen(is_champion=True)).is_champion_shown


def test_other_stages_give_no_figures():
    state = run(events.RunsListed(runs=(replace(RUN, stage="evaluate"),)))
    assert state.points == {}


def test_a_log_of_another_run_is_dropped():
    state = run(events.LogRead(run_id="retrain-2", text="late"), state=make_listed())
    assert state.log == ("", "")
    state = run(events.LogRead(run_id="retrain-1", text="epoch 1"), state=state)
    assert state.log == ("retrain-1", "epoch 1")


def test_parts_models_and_trail_are_shown():
    model = Model(model_version="v1", aliases=("champion",), metrics={}, created=CREATED)
    deed = Deed(at=CREATED, actor="key:a", action="retrain", subject="r", outcome="done", detail="")
    state = run(
        events.PartChosen(part="Models"),
        events.ModelsListed(models=(model,)),
        events.TrailRead(deeds=(deed,), refusal=None),
    )
    assert (state.part, state.models, state.deeds) == (Part.MODELS, (model,), (deed,))
    assert run(events.TrailRead(refusal="no"), state=state).trail_refusal == "no"


def test_how_to_train_is_chosen():
    state = run(events.ConfigChosen(config="head"), events.ApprovalChosen(is_needed=False))
    assert (state.config, state.is_approval_needed) == ("head", False)


RUNS = st.builds(
    lambda number, status, epoch: replace(
        RUN, run_id=f"retrain-{number}", status=status, epoch=epoch
    ),
    st.integers(1, 3),
    st.sampled_from(["queued", "running", "succeeded", "failed"]),
    st.integers(0, 5),
)
HAPPENINGS = st.one_of(
    st.builds(events.PartChosen, part=st.sampled_from([part.value for part in Part])),
    st.builds(events.StartRequested),
    st.builds(events.CancelRequested),
    st.builds(events.RunPicked, run_id=st.sampled_from(["retrain-1", "retrain-9"])),
    st.builds(events.RunStarted, run=RUNS),
    st.builds(events.RunSeen, run=RUNS),
    st.builds(events.CancelTaken, run=RUNS),
    st.builds(
        events.RunsListed,
        runs=st.lists(RUNS, max_size=3, unique_by=lambda found: found.run_id).map(tuple),
        accepted=st.just(ACCEPTED),
    ),
    st.builds(
        events.LogRead, run_id=st.sampled_from(["retrain-1", "retrain-9"]), text=st.just("x")
    ),
    st.builds(
        make_read,
        st.sampled_from(["retrain-1", "retrain-9"]),
        st.integers(1, 9),
        status=st.sampled_from(["running", "succeeded"]),
    ),
    st.builds(events.SideChosen, is_champion=st.booleans()),
    st.builds(events.PromoteRequested, model_version=st.just("v2")),
    st.builds(events.ChampionChanged, model_version=st.just("v2")),
    st.builds(events.ActionFailed, problem=st.just("no")),
)


@given(st.lists(HAPPENINGS, max_size=30))
def test_in_any_order_of_events_figures_rise_and_runs_are_told_once(happened):
    state = run(*happened)
    ids = [found.run_id for found in state.runs or ()]
    assert len(ids) == len(set(ids))
    for points in state.points.values():
        epochs = [point.epoch for point in points]
        assert epochs == sorted(set(epochs))
    assert set(state.unlearnt) <= set(ACCEPTED)
