"""What the form for a server takes, and what becomes of the servers; pure functions."""

from gui.settings import events
from gui.settings.address import find_address_problem, to_url
from gui.settings.preferences import (
    MAX_NAME_CHARS,
    MAX_SERVERS,
    Preferences,
    Server,
)

MAX_KEY_CHARS = 4096


def check_form(
    preferences: Preferences, edited_name: str | None, form: events.FormSubmitted
) -> str | None:
    """Return in words why the form cannot be saved, None if it can."""
    name = form.name.strip()
    if not name:
        return "Give the server a name, for example Plant clinic."
    if len(name) > MAX_NAME_CHARS:
        return f"The name is too long: {MAX_NAME_CHARS} characters at most."
    others = {server.name for server in preferences.servers} - {edited_name}
    if name in others:
        return f"There is a server called {name} already. Choose another name."
    if edited_name is None and len(preferences.servers) >= MAX_SERVERS:
        return f"{MAX_SERVERS} servers are the most. Remove one first."
    return find_address_problem(form.address) or find_key_problem(form.key)


def find_key_problem(key: str) -> str | None:
    """Return in words why this cannot be a key, None if it can, or is none at all."""
    key = key.strip()
    if key and (not key.isascii() or not key.isprintable() or len(key) > MAX_KEY_CHARS):
        return "The key must be one line of plain characters. Copy it again."
    return None


def put_server(
    preferences: Preferences, edited_name: str | None, form: events.FormSubmitted
) -> Preferences:
    """Return the preferences with the form's server in its place, or at the end and chosen."""
    server = Server(name=form.name.strip(), url=to_url(form.address))
    if edited_name is None:
        return preferences.model_copy(
            update={"servers": (*preferences.servers, server), "server_name": server.name}
        )
    servers = tuple(server if old.name == edited_name else old for old in preferences.servers)
    is_chosen = preferences.server_name == edited_name
    return preferences.model_copy(
        update={
            "servers": servers,
            "server_name": server.name if is_chosen else preferences.server_name,
        }
    )


def remove_server(preferences: Preferences, name: str) -> Preferences:
    """Return the preferences without it; if it was chosen, this laptop alone is."""
    servers = tuple(server for server in preferences.servers if server.name != name)
    is_chosen = preferences.server_name == name
    return preferences.model_copy(
        update={"servers": servers, "server_name": None if is_chosen else preferences.server_name}
    )
