"""The tab on given photographs: every event, any order of events, and what comes too late."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.contribute import events
from gui.contribute.state import ContributeState, Phase, update
from gui.contribute.values import (
    LEFT_OUT,
    Doubtful,
    LocalPhoto,
    Refused,
    Transfer,
    Unfinished,
    Upload,
)

BLIGHT, HEALTHY = "tomato__late_blight", "tomato__healthy"
FOLDER = Path("photos")
LABELLED = LocalPhoto(name="a.jpg", sha256="a", num_bytes=5, class_name=BLIGHT)
UNLABELLED = LocalPhoto(
    name="b.jpg", sha256="b", num_bytes=7, fault="unlabelled", reason="no label"
)
BROKEN = LocalPhoto(name="c.jpg", sha256="c", fault="truncated", reason="it is cut off")
UPLOAD = Upload(upload_id="up-1")
TRANSFER = Transfer(num_files=1, total_files=2, num_bytes=5, total_bytes=12)
DOUBTFUL = Doubtful(
    sha256="d", name="d.jpg", class_name=BLIGHT, predicted_class_name=HEALTHY, reason="look at it"
)
UNFINISHED = Unfinished(
    upload_id="up-1", server_url="http://x", source=FOLDER, labels_path=None, labels={"b": HEALTHY}
)


def run(*happened: events.Event, state: ContributeState | None = None) -> ContributeState:
    state = state or ContributeState()
    for event in happened:
        state = update(state, event)
    return state


def make_ready(*photos: LocalPhoto) -> ContributeState:
    state = run(events.SourceNamed(path=FOLDER))
    return run(
        events.LookEnded(lookup=state.lookup, photos=photos or (LABELLED, UNLABELLED, BROKEN)),
        state=state,
    )


def make_sending() -> ContributeState:
    state = run(events.SendRequested(), state=make_ready())
    return run(events.UploadBegun(attempt=state.attempt, upload=UPLOAD), state=state)


def make_review() -> ContributeState:
    state = run(events.UploadSeen(upload=replace(UPLOAD, status="checked")), state=make_sending())
    refused = (Refused(name="r.jpg", code="duplicate", reason="twice"),)
    return run(
        events.ReviewFound(upload_id="up-1", refused=refused, doubtful=(DOUBTFUL,)), state=state
    )


def test_a_named_folder_is_looked_through_and_counted():
    state = run(events.SourceNamed(path=FOLDER))
    assert (state.phase, state.source) == (Phase.LOOKING, FOLDER)
    state = run(events.LookAdvanced(lookup=state.lookup, num_done=1, total=3), state=state)
    assert state.looked == (1, 3)
    state = make_ready()
    assert state.phase is Phase.READY
    assert (state.tally.num_ready, state.tally.num_unlabelled, state.tally.num_left) == (1, 1, 2)


def test_who_lacks_a_label_comes_first_and_what_is_broken_never():
    state = make_ready()
    assert [state.photos[place] for place in state.desk] == [UNLABELLED, LABELLED]


def test_a_mistyped_path_is_said_and_leads_back_to_the_start():
    state = run(events.SourceNamed(path=FOLDER))
    state = run(
        events.LookEnded(lookup=state.lookup, photos=(), problem="it is not there"), state=state
    )
    assert (state.phase, state.problem) == (Phase.CHOOSING, "it is not there")


def test_answers_of_an_older_look_are_dropped():
    state = run(events.SourceNamed(path=FOLDER), events.SourceNamed(path=Path("other")))
    late = run(
        events.LookAdvanced(lookup=state.lookup - 1, num_done=1, total=1),
        events.LookEnded(lookup=state.lookup - 1, photos=(LABELLED,)),
        state=state,
    )
    assert late == state


def test_a_given_label_makes_a_photograph_ready_and_the_next_comes():
    state = run(events.LabelGiven(class_name=HEALTHY), state=make_ready())
    assert state.tally.num_ready == 2
    assert state.shown == LABELLED
    assert state.labels == {"b": HEALTHY}


def test_a_label_that_is_mended_stays_on_the_desk():
    state = run(events.PhotoMoved(step=1), events.LabelGiven(class_name=None), state=make_ready())
    assert isinstance(state.shown, LocalPhoto)
    assert (state.shown.name, state.shown.fault) == ("a.jpg", LEFT_OUT)
    state = run(events.LabelGiven(class_name=HEALTHY), state=state)
    assert state.tally.by_class == ((HEALTHY, 1),)


def test_arrows_stop_at_both_ends():
    state = run(events.PhotoMoved(step=-5), state=make_ready())
    assert state.desk_idx == 0
    assert run(events.PhotoMoved(step=50), state=state).desk_idx == 1


def test_a_list_of_labels_looks_again_and_hand_given_labels_stay():
    state = run(events.LabelGiven(class_name=HEALTHY), state=make_ready())
    state = run(events.LabelsNamed(path=Path("labels.csv")), state=state)
    assert (state.phase, state.labels_path) == (Phase.LOOKING, Path("labels.csv"))
    state = run(events.LookEnded(lookup=state.lookup, photos=(LABELLED, UNLABELLED)), state=state)
    assert state.tally.num_ready == 2


def test_a_list_of_labels_needs_photographs():
    state = run(events.LabelsNamed(path=Path("labels.csv")))
    assert state.phase is Phase.CHOOSING
    assert state.problem is not None


def test_nothing_is_sent_without_a_label():
    state = run(events.SendRequested(), state=make_ready(UNLABELLED))
    assert state.phase is Phase.READY
    assert state.problem is not None


def test_a_sending_is_paused_and_goes_on_into_the_same_upload():
    sending = make_sending()
    assert sending.phase is Phase.SENDING
    told = run(events.SendAdvanced(attempt=sending.attempt, transfer=TRANSFER), state=sending)
    assert told.transfer == TRANSFER
    paused = run(events.PauseRequested(), state=told)
    assert paused.phase is Phase.PAUSED
    assert not paused.may_label
    again = run(events.SendRequested(), state=paused)
    assert (again.phase, again.upload) == (Phase.SENDING, UPLOAD)
    assert again.attempt > sending.attempt


def test_a_cut_connection_keeps_everything():
    sending = make_sending()
    cut = run(events.SendBroken(attempt=sending.attempt, problem="it was cut"), state=sending)
    assert (cut.phase, cut.problem, cut.upload) == (Phase.INTERRUPTED, "it was cut", UPLOAD)
    assert run(events.SendRequested(), state=cut).phase is Phase.SENDING


def test_answers_of_an_older_attempt_are_dropped():
    paused = run(events.PauseRequested(), state=make_sending())
    late = run(
        events.SendAdvanced(attempt=paused.attempt - 1, transfer=TRANSFER),
        events.SendBroken(attempt=paused.attempt - 1, problem="late"),
        events.UploadBegun(attempt=paused.attempt - 1, upload=Upload(upload_id="up-2")),
        state=paused,
    )
    assert late == paused


def test_another_folder_does_not_push_away_photographs_on_their_way():
    state = run(events.SourceNamed(path=Path("other")), state=make_sending())
    assert (state.phase, state.source) == (Phase.SENDING, FOLDER)
    assert state.problem is not None


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("checking", Phase.CHECKING),
        ("checked", Phase.REVIEW),
        ("accepted", Phase.ENDED),
        ("discarded", Phase.ENDED),
        ("failed", Phase.ENDED),
        ("receiving", Phase.SENDING),
    ],
)
def test_the_server_says_how_far_an_upload_is(status, phase):
    state = run(events.UploadSeen(upload=replace(UPLOAD, status=status)), state=make_sending())
    assert state.phase is phase


def test_news_of_another_upload_is_dropped():
    state = make_sending()
    other = Upload(upload_id="up-2", status="checked")
    assert run(events.UploadSeen(upload=other), state=state) == state
    late = events.ReviewFound(upload_id="up-2", refused=(), doubtful=(DOUBTFUL,))
    assert run(late, state=state) == state


def test_a_doubtful_label_that_was_looked_at_goes_from_the_desk():
    state = make_review()
    assert state.shown == DOUBTFUL
    state = run(events.LabelGiven(class_name=BLIGHT), state=state)
    assert (state.doubtful, state.shown) == ((), None)


def test_an_upload_is_accepted_once():
    state = run(events.AcceptRequested(), state=make_review())
    assert state.is_acting
    state = run(events.UploadSeen(upload=replace(UPLOAD, status="accepted")), state=state)
    assert (state.phase, state.is_acting) == (Phase.ENDED, False)


def test_what_the_server_did_not_do_is_said():
    state = run(
        events.AcceptRequested(), events.ActionFailed(problem="it is away"), state=make_review()
    )
    assert (state.phase, state.is_acting, state.problem) == (Phase.REVIEW, False, "it is away")


def test_an_upload_given_up_on_its_way_stops_the_sending_first():
    sending = make_sending()
    state = run(events.DiscardRequested(), state=sending)
    assert (state.phase, state.is_acting) == (Phase.PAUSED, True)
    assert state.attempt > sending.attempt
    assert run(events.SendRequested(), state=state).phase is Phase.PAUSED


def test_an_upload_of_the_list_is_opened_where_it_stands():
    state = run(events.UploadOpened(upload=replace(UPLOAD, status="checked")))
    assert (state.phase, state.upload) == (Phase.REVIEW, replace(UPLOAD, status="checked"))


def test_an_upload_that_waits_for_photographs_takes_those_of_the_next_folder():
    state = run(events.UploadOpened(upload=UPLOAD), events.SourceNamed(path=FOLDER))
    assert (state.phase, state.upload) == (Phase.LOOKING, UPLOAD)


def test_an_unfinished_upload_goes_on_by_itself_with_its_labels():
    state = run(events.UnfinishedFound(unfinished=UNFINISHED), events.UnfinishedResumed())
    assert (state.phase, state.source) == (Phase.LOOKING, FOLDER)
    state = run(events.LookEnded(lookup=state.lookup, photos=(LABELLED, UNLABELLED)), state=state)
    assert (state.phase, state.tally.num_ready) == (Phase.SENDING, 2)
    assert state.upload == UPLOAD


def test_an_unfinished_upload_whose_folder_is_gone_can_go_on_later():
    state = run(events.UnfinishedFound(unfinished=UNFINISHED), events.UnfinishedResumed())
    state = run(events.LookEnded(lookup=state.lookup, photos=(), problem="gone"), state=state)
    assert (state.phase, state.unfinished) == (Phase.CHOOSING, UNFINISHED)


def test_an_unfinished_upload_is_forgotten_or_comes_too_late():
    state = run(events.UnfinishedFound(unfinished=UNFINISHED), events.UnfinishedForgotten())
    assert state.unfinished is None
    assert run(events.UnfinishedFound(unfinished=UNFINISHED), state=make_ready()) == make_ready()


def test_the_list_of_uploads_and_why_there_is_none_survive_a_new_start():
    state = run(
        events.UploadsListed(uploads=(UPLOAD,), refusal="no"), events.SourceNamed(path=None)
    )
    assert (state.uploads, state.refusal, state.phase) == ((UPLOAD,), "no", Phase.CHOOSING)


def test_a_problem_is_dismissed():
    state = run(events.ProblemFound(problem="full"), events.ProblemDismissed())
    assert state.problem is None


def test_guesses_belong_to_a_photograph():
    state = run(events.GuessesFound(sha256="b", class_names=(BLIGHT,)), state=make_ready())
    assert state.guesses == ("b", (BLIGHT,))


HAPPENINGS = st.one_of(
    st.builds(events.SourceNamed, path=st.sampled_from([None, FOLDER])),
    st.builds(events.LabelsNamed, path=st.just(Path("labels.csv"))),
    st.builds(
        events.LookEnded,
        lookup=st.integers(0, 4),
        photos=st.sampled_from([(), (LABELLED, UNLABELLED, BROKEN), (UNLABELLED,)]),
    ),
    st.builds(events.PhotoMoved, step=st.integers(-3, 3)),
    st.builds(events.LabelGiven, class_name=st.sampled_from([None, BLIGHT])),
    st.builds(events.SendRequested),
    st.builds(events.PauseRequested),
    st.builds(events.UploadBegun, attempt=st.integers(0, 6), upload=st.just(UPLOAD)),
    st.builds(events.SendAdvanced, attempt=st.integers(0, 6), transfer=st.just(TRANSFER)),
    st.builds(events.SendBroken, attempt=st.integers(0, 6), problem=st.just("cut")),
    st.builds(
        events.UploadSeen,
        upload=st.sampled_from(
            [replace(UPLOAD, status=status) for status in ("receiving", "checking", "checked")]
            + [replace(UPLOAD, status="accepted"), Upload(upload_id="up-2", status="checked")]
        ),
    ),
    st.builds(
        events.ReviewFound,
        upload_id=st.sampled_from(["up-1", "up-2"]),
        refused=st.just(()),
        doubtful=st.sampled_from([(), (DOUBTFUL,), (DOUBTFUL, replace(DOUBTFUL, sha256="e"))]),
    ),
    st.builds(events.UploadOpened, upload=st.sampled_from([UPLOAD, Upload(upload_id="up-2")])),
    st.builds(events.AcceptRequested),
    st.builds(events.DiscardRequested),
    st.builds(events.ActionFailed, problem=st.just("no")),
    st.builds(events.UnfinishedFound, unfinished=st.just(UNFINISHED)),
    st.builds(events.UnfinishedResumed),
    st.builds(events.UnfinishedForgotten),
)


@given(st.lists(HAPPENINGS, max_size=30))
def test_in_any_order_of_events_the_desk_and_the_counts_fit_the_photographs(happened):
    state = ContributeState()
    for event in happened:
        before, state = state, update(state, event)
        assert state.lookup >= before.lookup
        assert state.attempt >= before.attempt
        assert 0 <= state.desk_idx <= max(0, state.num_on_desk - 1)
        assert state.shown is None or state.num_on_desk
        assert state.tally.num_ready == sum(photo.is_ready for photo in state.photos)
        if state.phase in (Phase.CHECKING, Phase.REVIEW, Phase.ENDED):
            assert state.upload is not None
        if state.phase is Phase.SENDING:
            assert state.tally.num_ready
            assert state.source is not None
