"""What the window says of its server."""

import pytest

from gui.kit.server_status import ServerMode, ServerStatus, say_server


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        (ServerMode.ONLINE, ("Online", "127.0.0.1:8000", "v7")),
        (ServerMode.OFFLINE, ("Offline", "diagnosing on this laptop")),
        (ServerMode.REFUSING, ("refuses the key", "diagnosing on this laptop")),
        (ServerMode.CHECKING, ("Looking for", "127.0.0.1:8000")),
    ],
)
def test_the_servers_state_is_said(mode: ServerMode, parts: tuple[str, ...]) -> None:
    status = ServerStatus(mode=mode, url="http://127.0.0.1:8000", model_version="v7")
    assert all(part in say_server(status) for part in parts)


def test_without_a_server_nothing_is_said_to_be_wrong() -> None:
    assert say_server(ServerStatus(mode=ServerMode.OFFLINE, url="")).startswith("No server")
