"""The settings as a value: each event changes what it should and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.kit.look import MAX_SCALE, Look, Theme
from gui.settings import events
from gui.settings.key_store import KeyPlace
from gui.settings.preferences import (
    DEFAULT_SERVER_NAME,
    DEFAULT_SERVER_URL,
    Preferences,
    Server,
    ThemeChoice,
)
from gui.settings.state import NUM_WELCOME_PAGES, Run, SettingsState, update
from gui.settings.verdict import Verdict

CLINIC = Server(name="Clinic", url="https://leaf.example.org")
START = SettingsState(
    preferences=Preferences(servers=(*Preferences().servers, CLINIC), is_welcomed=True)
)
GOOD = Verdict(is_good=True, text="It works.")
OPENED = update(START, events.FormOpened(name=None))


def test_a_first_start_uses_the_service_on_this_computer() -> None:
    state = SettingsState()
    assert state.server_url == DEFAULT_SERVER_URL
    assert state.look == Look(theme=Theme.LIGHT, scale=1.0)


def test_the_chosen_server_is_used_at_once() -> None:
    assert update(START, events.ServerChosen(name="Clinic")).server_url == CLINIC.url
    assert update(START, events.ServerChosen(name=None)).server_url == ""
    assert update(START, events.ServerChosen(name="gone")) == START


def test_the_command_line_wins_for_this_run_and_the_choice_is_kept() -> None:
    start = replace(START, run=Run(server_url="http://10.0.0.1", scale=2.0))
    state = update(start, events.ServerChosen(name="Clinic"))
    state = update(state, events.TextScaleChosen(scale=1.3))
    assert state.server_url == "http://10.0.0.1"
    assert state.look.scale == 2.0
    assert (state.preferences.server_name, state.preferences.text_scale) == ("Clinic", 1.3)


def test_the_look_follows_the_choices() -> None:
    state = update(START, events.ThemeChosen(theme=ThemeChoice.DARK))
    state = update(state, events.TextScaleChosen(scale=1.5))
    state = update(state, events.DisplayScaleChosen(scale=2.0))
    assert state.look == Look(theme=Theme.DARK, scale=3.0)
    assert update(state, events.DisplayScaleChosen(scale=3.0)).look.scale == MAX_SCALE


def test_the_look_can_follow_the_system_and_what_it_wanted_last_is_remembered() -> None:
    state = update(START, events.ThemeChosen(theme=ThemeChoice.SYSTEM))
    assert state.look.theme is Theme.LIGHT
    state = update(state, events.SystemThemeFound(theme=Theme.DARK))
    assert state.look.theme is Theme.DARK
    silent = update(state, events.SystemThemeFound(theme=None))
    assert silent.is_system_silent
    assert silent.look.theme is silent.preferences.system_theme is Theme.DARK
    # A choice of one's own holds, whatever the system wants.
    chosen = update(state, events.ThemeChosen(theme=ThemeChoice.LIGHT))
    assert chosen.look.theme is Theme.LIGHT


def test_the_screens_own_scale_holds_until_another_is_chosen() -> None:
    start = replace(START, run=Run(screen_scale=1.5))
    assert start.look.scale == 1.5
    chosen = update(start, events.DisplayScaleChosen(scale=1.0))
    assert chosen.look.scale == 1.0
    assert update(chosen, events.DisplayScaleChosen(scale=None)).look.scale == 1.5


def test_a_form_that_is_refused_stays_open_with_the_reason() -> None:
    state = update(OPENED, events.FormSubmitted(name="", address=CLINIC.url))
    assert state.form is not None
    assert state.form.problem
    assert state.preferences == START.preferences


def test_a_form_that_is_saved_closes_and_its_server_is_used() -> None:
    state = update(OPENED, events.FormSubmitted(name="Office", address="127.0.0.1:9000"))
    assert state.form is None
    assert state.server_url == "http://127.0.0.1:9000"


def test_a_form_that_is_not_open_saves_nothing() -> None:
    assert update(START, events.FormSubmitted(name="Office", address="127.0.0.1")) == START


def test_the_form_knows_the_server_that_it_changes() -> None:
    assert update(START, events.FormOpened(name="Clinic")).edited == CLINIC
    assert OPENED.edited is None
    assert START.edited is None


def test_a_removed_server_closes_the_form() -> None:
    state = update(
        update(START, events.FormOpened(name="Clinic")), events.ServerRemoved(name="Clinic")
    )
    assert CLINIC not in state.preferences.servers
    assert state.form is None


def test_only_the_last_look_at_a_server_is_shown() -> None:
    first = update(START, events.ProbeRequested(name="Clinic", address=CLINIC.url))
    second = update(first, events.ProbeRequested(name=None, address="http://x"))
    late = update(second, events.ProbeFinished(probe=first.probe_count, verdict=GOOD))
    assert late == second
    done = update(second, events.ProbeFinished(probe=second.probe_count, verdict=GOOD))
    assert done.probe is not None
    assert (done.probe.name, done.probe.verdict) == (None, GOOD)


def test_a_look_that_ends_after_the_form_is_dropped() -> None:
    state = update(OPENED, events.ProbeRequested(name=None, address="http://x"))
    closed = update(state, events.FormClosed())
    assert update(closed, events.ProbeFinished(probe=1, verdict=GOOD)).probe is None


def test_keys_are_known_by_the_address_of_their_server() -> None:
    state = update(START, events.KeysFound(urls=frozenset({"http://a"})))
    state = update(state, events.KeyKept(url=f"{CLINIC.url}/", place=KeyPlace.FILE))
    assert state.has_key(CLINIC.url)
    assert state.has_key("HTTP://A/")
    assert state.key_place is KeyPlace.FILE
    gone = update(state, events.KeyKept(url=CLINIC.url, place=None))
    assert not gone.has_key(CLINIC.url)
    assert gone.key_count == 2


def test_the_welcome_is_read_page_by_page_and_never_comes_again() -> None:
    state = update(SettingsState(), events.WelcomeRequested())
    assert state.welcome_page == 0
    for _ in range(NUM_WELCOME_PAGES + 2):
        state = update(state, events.WelcomeMoved(step=1))
    assert state.welcome_page == NUM_WELCOME_PAGES - 1
    ended = update(state, events.WelcomeEnded())
    assert ended.welcome_page is None
    assert ended.preferences.is_welcomed
    assert update(ended, events.WelcomeMoved(step=1)) == ended


def test_escape_puts_the_problem_away_first_and_then_the_form() -> None:
    state = update(OPENED, events.ProblemFound(problem="the disk is full"))
    state = update(state, events.ProblemDismissed())
    assert (state.problem, state.form) == (None, OPENED.form)
    assert update(state, events.ProblemDismissed()).form is None


@pytest.mark.parametrize("event", [events.HomeOpened(), events.KeyForgotten(url=CLINIC.url)])
def test_what_is_for_the_work_alone_changes_nothing(event: events.Event) -> None:
    assert update(START, event) == START


NAMES = st.sampled_from(["Clinic", "Office", DEFAULT_SERVER_NAME, "gone", ""])
EVENTS = st.one_of(
    st.builds(events.ServerChosen, name=NAMES | st.none()),
    st.builds(events.FormOpened, name=NAMES | st.none()),
    st.just(events.FormClosed()),
    st.builds(
        events.FormSubmitted,
        name=NAMES,
        address=st.sampled_from(["127.0.0.1:1", "bad address", CLINIC.url]),
        key=st.sampled_from(["", "k"]),
    ),
    st.builds(events.ServerRemoved, name=NAMES),
    st.builds(events.KeysFound, urls=st.frozensets(st.just(CLINIC.url))),
    st.builds(events.KeyKept, url=st.just(CLINIC.url), place=st.sampled_from(KeyPlace) | st.none()),
    st.builds(events.ProbeRequested, name=NAMES | st.none(), address=st.just("http://x")),
    st.builds(events.ProbeFinished, probe=st.integers(0, 4), verdict=st.just(GOOD)),
    st.builds(events.ThemeChosen, theme=st.sampled_from(ThemeChoice)),
    st.builds(events.SystemThemeFound, theme=st.sampled_from([*Theme, None])),
    st.builds(events.WelcomeMoved, step=st.sampled_from([-1, 1])),
    st.sampled_from([events.WelcomeRequested(), events.WelcomeEnded(), events.ProblemDismissed()]),
)


@given(st.lists(EVENTS, max_size=30))
def test_in_any_order_what_is_saved_can_be_read_again(happened: list[events.Event]) -> None:
    state = START
    for event in happened:
        state = update(state, event)
    saved = state.preferences.model_dump_json()
    assert Preferences.model_validate_json(saved) == state.preferences
    assert state.server_url == (state.preferences.server.url if state.preferences.server else "")
