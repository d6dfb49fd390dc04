"""What the form for a server takes, and what an address becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.settings import events
from gui.settings.address import find_address_problem, is_readable_on_the_way, to_url
from gui.settings.form import check_form, put_server, remove_server
from gui.settings.preferences import MAX_SERVERS, Preferences, Server

URL = "https://leaf.example.org"
TWO = Preferences(
    servers=(Server(name="A", url="http://a"), Server(name="B", url="http://b")), server_name="B"
)


def fill(name: str = "Clinic", address: str = URL, key: str = "") -> events.FormSubmitted:
    return events.FormSubmitted(name=name, address=address, key=key)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (" https://leaf.example.org/ ", URL),
        ("leaf.example.org", URL),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("", ""),
    ],
)
def test_an_address_gets_its_scheme(text: str, url: str) -> None:
    assert to_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ftp://leaf.example.org",
        "http://",
        "http:/leaf.example.org",
        "http://leaf.example.org:99999",
        "http://leaf.example.org:0",
        "http://[::1",
        "https://ada:secret@leaf.example.org",
        "https://leaf.example.org?key=1",
        "https://leaf.example.org#top",
        "https://leaf example.org",
        "https://leaf.example.org/" + "x" * 300,
    ],
)
def test_what_is_no_address_is_said(text: str) -> None:
    assert find_address_problem(text)


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_a_problem(text: str) -> None:
    if find_address_problem(text) is None:
        url = to_url(text)
        assert url.startswith(("http://", "https://"))
        assert to_url(url) == url


def test_a_key_may_be_read_on_the_way_by_plain_http_only() -> None:
    assert is_readable_on_the_way("http://leaf.example.org")
    assert not is_readable_on_the_way(URL)
    assert not is_readable_on_the_way("http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("form", "word"),
    [
        (fill(name=" "), "name"),
        (fill(name="x" * 61), "too long"),
        (fill(name="A"), "called A already"),
        (fill(address="nowhere:port"), "address"),
        (fill(key="two words \n and more"), "key"),
        (fill(key="schlüssel"), "key"),
    ],
)
def test_what_the_form_refuses_is_said(form: events.FormSubmitted, word: str) -> None:
    assert word in (check_form(TWO, None, form) or "")


def test_a_server_may_keep_its_name_when_it_is_changed() -> None:
    assert check_form(TWO, "A", fill(name="A")) is None
    assert check_form(TWO, "A", fill(name="B")) is not None


def test_a_new_server_is_added_and_chosen() -> None:
    after = put_server(TWO, None, fill(name=" Clinic ", address="leaf.example.org/"))
    assert after.servers == (*TWO.servers, Server(name="Clinic", url=URL))
    assert after.server_name == "Clinic"


def test_a_changed_server_stays_in_its_place_and_in_use() -> None:
    after = put_server(TWO, "B", fill())
    assert [server.name for server in after.servers] == ["A", "Clinic"]
    assert after.server_name == "Clinic"
    assert put_server(TWO, "A", fill()).server_name == "B"


def test_there_is_a_most_of_servers() -> None:
    servers = tuple(Server(name=str(idx), url="http://x") for idx in range(MAX_SERVERS))
    full = Preferences(servers=servers, server_name=None)
    assert "most" in (check_form(full, None, fill()) or "")
    assert check_form(full, "0", fill()) is None


def test_without_the_chosen_server_this_laptop_is_used() -> None:
    assert remove_server(TWO, "B").server_name is None
    assert remove_server(TWO, "A").server_name == "B"
    assert remove_server(TWO, "nobody") == TWO


def test_a_key_is_not_told_by_the_events_that_carry_it() -> None:
    secret = "s3cret"
    probe = events.ProbeRequested(name=None, address=URL, key=secret)
    assert secret not in repr(fill(key=secret))
    assert secret not in repr(probe)
