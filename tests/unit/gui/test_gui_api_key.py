"""Which key is sent where."""

from pathlib import Path

import pytest

from gui.kit.api_key import find_key_path, is_loopback


@pytest.fixture
def own_key_path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "admin.key"
    path.parent.mkdir()
    path.write_text("s3cret\n")
    return path


def test_the_installations_key_goes_to_this_machine_only(
    tmp_path: Path, own_key_path: Path
) -> None:
    home = {"LEAFRAY_HOME": str(tmp_path)}
    assert find_key_path("http://127.0.0.1:8000", None, home) == own_key_path
    assert find_key_path("http://localhost:9000", None, home) == own_key_path
    assert find_key_path("https://leaf.example.org", None, home) is None
    assert find_key_path("http://127.0.0.1.example.org", None, home) is None
    assert find_key_path("no address", None, home) is None


def test_without_an_installation_there_is_no_key(tmp_path: Path) -> None:
    home = {"LEAFRAY_HOME": str(tmp_path)}
    assert find_key_path("http://127.0.0.1:8000", None, home) is None


def test_a_named_file_goes_to_any_server() -> None:
    assert find_key_path("https://leaf.example.org", Path("k"), {}) == Path("k")


@pytest.mark.parametrize("url", ["http://[::1]:80", "http://127.8.8.8", "http://localhost"])
def test_loopback_is_recognised(url: str) -> None:
    assert is_loopback(url)
