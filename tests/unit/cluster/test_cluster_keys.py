"""API keys: made once, private, other keys kept, spoilt files told."""

import json
import stat

import pytest

from cluster.errors import KeyFileError
from cluster.keys import Role, ensure_admin_key, hash_secret, load_api_keys
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
