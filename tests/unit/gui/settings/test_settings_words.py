"""What the settings say."""

from dataclasses import replace

import pytest

from gui.settings.key_store import KeyPlace
from gui.settings.preferences import (
    DISPLAY_SCALES,
    TEXT_SCALES,
    Preferences,
    Server,
    ThemeChoice,
)
from gui.settings.state import NUM_WELCOME_PAGES, Probe, Run, ServerForm, SettingsState
from gui.settings.verdict import Verdict
from gui.settings.welcome_words import PAGES, SERVER_PAGE
from gui.settings.words import (
    say_detail,
    say_display_size,
    say_key_hint,
    say_key_place,
    say_pinned_scale,
    say_pinned_server,
    say_probe,
    say_silent_system,
    say_text_size,
)
from models.labels import CLASS_NAMES

CLINIC = Server(name="Clinic", url="https://leaf.example.org")
STATE = SettingsState(preferences=Preferences(servers=(CLINIC,), server_name=None))
WITH_KEY = replace(STATE, urls_with_key=frozenset({CLINIC.url}))


def test_what_the_command_line_decides_is_said() -> None:
    assert (say_pinned_server(STATE), say_pinned_scale(STATE)) == ("", "")
    pinned = replace(STATE, run=Run(server_url="http://10.0.0.1", scale=1.5))
    assert "http://10.0.0.1" in say_pinned_server(pinned)
    assert "150 %" in say_pinned_scale(pinned)


def test_a_system_that_does_not_tell_its_look_is_said_to_who_asked_for_it() -> None:
    asked = replace(
        STATE,
        preferences=STATE.preferences.model_copy(update={"theme": ThemeChoice.SYSTEM}),
        is_system_silent=True,
    )
    assert say_silent_system(asked).endswith("stays light.")
    assert say_silent_system(replace(asked, is_system_silent=False)) == ""
    assert say_silent_system(replace(STATE, is_system_silent=True)) == ""


def test_whether_a_key_is_kept_is_said() -> None:
    assert say_detail(STATE, CLINIC) == CLINIC.url
    assert "key kept" in say_detail(WITH_KEY, CLINIC)
    form = ServerForm(name="Clinic")
    assert "replace" in say_key_hint(replace(WITH_KEY, form=form))
    assert "replace" not in say_key_hint(replace(STATE, form=form))


def test_where_a_key_has_gone_is_said() -> None:
    assert say_key_place(None) == ""
    assert "keyring of this system" in say_key_place(KeyPlace.KEYRING)
    assert "file that only you" in say_key_place(KeyPlace.FILE)


def test_a_look_is_said_below_its_own_server() -> None:
    probe = Probe(name="Clinic")
    assert say_probe(probe, "Clinic") == "Looking ..."
    assert say_probe(probe, None) == ""
    assert say_probe(None, "Clinic") == ""
    done = replace(probe, verdict=Verdict(is_good=True, text="It works."))
    assert say_probe(done, "Clinic") == "It works."


def test_every_size_on_offer_has_words_of_its_own() -> None:
    texts = [say_text_size(scale) for scale in TEXT_SCALES]
    displays = [say_display_size(scale, screen_scale=1.25) for scale in (None, *DISPLAY_SCALES)]
    assert len(set(texts)) == len(texts)
    assert len(set(displays)) == len(displays)
    assert displays[0] == "As this screen is set (125 %)"
    assert say_text_size(1.15) == "Large (115 %)"
    # A settings file may hold a size that is not on offer.
    assert say_text_size(1.7) == "170 %"


def test_the_welcome_is_three_short_pages_that_tell_the_truth() -> None:
    assert len(PAGES) == NUM_WELCOME_PAGES
    assert "diagnosed" in PAGES[SERVER_PAGE][0]
    first = " ".join(PAGES[0][1])
    num_crops = len({class_name.partition("__")[0] for class_name in CLASS_NAMES})
    num_diseases = sum(not class_name.endswith("healthy") for class_name in CLASS_NAMES)
    assert f"{num_diseases} diseases of {num_crops} crops" in first


@pytest.mark.parametrize("page", range(NUM_WELCOME_PAGES))
def test_a_page_of_the_welcome_is_read_in_half_a_minute(page: int) -> None:
    assert len(" ".join(PAGES[page][1]).split()) < 80
