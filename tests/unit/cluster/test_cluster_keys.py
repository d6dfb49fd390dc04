"""API keys: made once, private, other keys kept, spoilt files told."""

import json
import stat

import pytest
from typer.testing import CliRunner

from cluster.__main__ import app
from cluster.errors import KeyFileError, KeyNameError
from cluster.keys import Role, add_key, ensure_admin_key, hash_secret, load_api_keys, revoke_key
from cluster.storage import Layout


@pytest.fixture
def layout(tmp_path):
    layout = Layout(home=tmp_path)
    layout.keys_dir.mkdir()
    return layout


def test_the_admin_key_is_made_once_and_only_its_hash_is_listed(layout):
    ensure_admin_key(layout)
    text = layout.admin_key_path.read_text()
    ensure_admin_key(layout)
    assert layout.admin_key_path.read_text() == text
    assert text.count("\n") == 1
    secret = text.strip()
    stored = json.loads(layout.api_keys_path.read_text())
    assert stored == {"keys": [{"name": "admin", "role": "admin", "sha256": hash_secret(secret)}]}
    assert secret not in layout.api_keys_path.read_text()


def test_key_files_are_private_even_if_somebody_opened_them(layout):
    ensure_admin_key(layout)
    layout.api_keys_path.chmod(0o644)
    ensure_admin_key(layout)
    for path in (layout.admin_key_path, layout.api_keys_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(path.name for path in layout.keys_dir.iterdir()) == ["admin.key", "api_keys.json"]


def test_other_keys_stay_when_the_admin_key_is_replaced(layout):
    ensure_admin_key(layout)
    known = json.loads(layout.api_keys_path.read_text())
    known["keys"].append({"name": "field", "role": "predict", "sha256": "0" * 64})
    layout.api_keys_path.write_text(json.dumps(known))
    layout.admin_key_path.unlink()
    ensure_admin_key(layout)
    keys = load_api_keys(layout.api_keys_path).keys
    assert [(key.name, key.role) for key in keys] == [
        ("admin", Role.ADMIN),
        ("field", Role.PREDICT),
    ]


@pytest.mark.parametrize("content", ["", "{", '{"keys": [{"name": "x"}]}', '{"key": []}'])
def test_a_spoilt_list_is_told_and_not_overwritten(layout, content):
    layout.api_keys_path.write_text(content)
    with pytest.raises(KeyFileError, match="api_keys"):
        ensure_admin_key(layout)
    assert layout.api_keys_path.read_text() == content


def test_a_cut_off_admin_key_is_told(layout):
    layout.admin_key_path.write_text("abc")
    with pytest.raises(KeyFileError, match="Delete it"):
        ensure_admin_key(layout)


def test_an_added_key_is_told_once_and_kept_as_a_hash(layout):
    ensure_admin_key(layout)
    secret = add_key(layout, "field.team-2", Role.CONTRIBUTE)
    added = load_api_keys(layout.api_keys_path).keys[-1]
    assert (added.name, added.role) == ("field.team-2", Role.CONTRIBUTE)
    assert added.sha256 == hash_secret(secret)
    assert secret not in layout.api_keys_path.read_text()
    assert stat.S_IMODE(layout.api_keys_path.stat().st_mode) == 0o600


def test_a_revoked_key_is_gone_and_others_stay(layout):
    ensure_admin_key(layout)
    add_key(layout, "a", Role.PREDICT)
    add_key(layout, "b", Role.PREDICT)
    revoke_key(layout, "a")
    assert [key.name for key in load_api_keys(layout.api_keys_path).keys] == ["admin", "b"]


@pytest.mark.parametrize("name", ["", "a b", "-a", "a" * 65, "a\n", "bl\xe4tt", "known"])
def test_names_that_cannot_be_given(layout, name):
    add_key(layout, "known", Role.PREDICT)
    before = layout.api_keys_path.read_text()
    with pytest.raises(KeyNameError):
        add_key(layout, name, Role.PREDICT)
    assert layout.api_keys_path.read_text() == before


@pytest.mark.parametrize("name", ["stranger", "admin"])
def test_keys_that_cannot_be_revoked(layout, name):
    ensure_admin_key(layout)
    with pytest.raises(KeyNameError, match=r"keys list|delete"):
        revoke_key(layout, name)
    assert len(load_api_keys(layout.api_keys_path).keys) == 1


def test_keys_are_kept_by_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFRAY_HOME", str(tmp_path))
    layout = Layout(home=tmp_path)

    def run(*arguments):
        done = CliRunner().invoke(app, ["keys", *arguments])
        assert done.exit_code == 0, done.output
        return done

    secret = run("add", "field", "--role", "contribute").stdout
    assert secret.count("\n") == 1
    assert load_api_keys(layout.api_keys_path).keys[0].sha256 == hash_secret(secret.strip())
    assert run("list").stdout.split() == ["contribute", "field"]
    run("revoke", "field")
    assert run("list").stdout == ""
