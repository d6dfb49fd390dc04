"""Keys: in the system's keyring where one works, else in a file for its owner alone."""

import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked, PasswordDeleteError

from gui.settings.key_store import KeyPlace, KeyStore, KeyStoreError

URL = "https://leaf.example.org"
KEY = "s3cret"


class MemoryKeyring(KeyringBackend):
    """A keyring that works, until it is locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._refuse_if_locked()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._refuse_if_locked()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._refuse_if_locked()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("there is none")

    def _refuse_if_locked(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def ring() -> MemoryKeyring:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    return ring


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "window.json"


def test_a_key_goes_to_the_keyring_and_to_no_file(ring: MemoryKeyring, path: Path) -> None:
    assert KeyStore(path).save(URL, KEY) is KeyPlace.KEYRING
    assert not path.exists()
    assert KeyStore(path).load(URL) == KEY


def test_without_a_keyring_a_key_goes_to_a_file_for_its_owner(path: Path) -> None:
    assert KeyStore(path).save(URL, KEY) is KeyPlace.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KeyStore(path).load(URL) == KEY


def test_a_key_belongs_to_one_address(path: Path) -> None:
    store = KeyStore(path)
    store.save(f"{URL}/", KEY)
    assert store.load(URL.upper()) == KEY
    assert store.load("https://other.example.org") is None


def test_a_new_key_replaces_the_old_one(path: Path) -> None:
    store = KeyStore(path)
    store.save("http://other", "other")
    store.save(URL, "old")
    store.save(URL, KEY)
    assert store.load(URL) == KEY
    assert KeyStore(path).load(URL) == KEY
    assert KeyStore(path).load("http://other") == "other"


def test_a_keyring_that_works_again_takes_the_key_out_of_the_file(path: Path) -> None:
    KeyStore(path).save(URL, "old")
    keyring.set_keyring(MemoryKeyring())
    store = KeyStore(path)
    assert store.load(URL) == "old"
    assert store.save(URL, KEY) is KeyPlace.KEYRING
    assert KEY not in path.read_text()
    assert "old" not in path.read_text()


def test_a_forgotten_key_is_nowhere(ring: MemoryKeyring, path: Path) -> None:
    ring.is_locked = True
    KeyStore(path).save(URL, "in the file")
    ring.is_locked = False
    store = KeyStore(path)
    store.save(URL, KEY)
    store.delete(URL)
    store.delete(URL)
    assert (store.load(URL), KeyStore(path).load(URL), ring.kept) == (None, None, {})


def test_a_locked_keyring_is_said_and_asked_again(ring: MemoryKeyring, path: Path) -> None:
    KeyStore(path).save(URL, KEY)
    store = KeyStore(path)
    ring.is_locked = True
    with pytest.raises(KeyStoreError, match="unlock"):
        store.load(URL)
    ring.is_locked = False
    assert store.load(URL) == KEY


def test_a_keyring_that_takes_no_key_gives_way_to_the_file(ring: MemoryKeyring, path: Path) -> None:
    ring.is_locked = True
    assert KeyStore(path).save(URL, KEY) is KeyPlace.FILE


@pytest.mark.parametrize("content", ["", "{", '"text"', "7", "[1]"])
def test_a_damaged_file_is_said_and_a_new_key_replaces_it(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(KeyStoreError, match="cannot be read"):
        KeyStore(path).load(URL)
    KeyStore(path).save(URL, KEY)
    assert KeyStore(path).load(URL) == KEY


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(KeyStoreError, match="cannot be kept"):
        KeyStore(tmp_path / "keys" / "window.json").save(URL, KEY)
