"""A key file that changes under a running service."""

import json
import os

import pytest

from cluster.keys import Role, add_key, hash_secret, revoke_key
from cluster.storage import Layout
from serve_app.layers.key_watch import KeyWatch


@pytest.fixture
def layout(tmp_path):
    layout = Layout(home=tmp_path)
    layout.keys_dir.mkdir()
    return layout


def test_added_and_revoked_keys_are_taken_over(layout):
    first = add_key(layout, "first", Role.PREDICT)
    watch = KeyWatch(layout.api_keys_path)
    second = add_key(layout, "second", Role.ADMIN)
    revoke_key(layout, "first")
    assert watch.key_ring.find(second) is None
    watch.check()
    assert watch.key_ring.find(first) is None
    found = watch.key_ring.find(second)
    assert found is not None
    assert found.role is Role.ADMIN


def test_a_change_of_the_same_size_and_time_is_seen(layout):
    path = layout.api_keys_path

    def write(secret):
        draft = path.with_name("draft")
        key = {"name": "field", "role": "predict", "sha256": hash_secret(secret)}
        draft.write_text(json.dumps({"keys": [key]}))
        os.utime(draft, ns=(0, 0))
        draft.replace(path)

    write("old")
    watch = KeyWatch(path)
    write("new")
    watch.check()
    assert watch.key_ring.find("old") is None
    assert watch.key_ring.find("new") is not None


@pytest.mark.parametrize("content", [None, "", "{", '{"keys": [{"name": "x"}]}'])
def test_a_damaged_file_keeps_the_keys_and_is_told_once(layout, caplog, content):
    secret = add_key(layout, "field", Role.PREDICT)
    watch = KeyWatch(layout.api_keys_path)
    good = layout.api_keys_path.read_bytes()
    if content is None:
        layout.api_keys_path.unlink()
    else:
        layout.api_keys_path.write_text(content)
    watch.check()
    watch.check()
    assert watch.key_ring.find(secret) is not None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "api_keys.json" in caplog.text
    layout.api_keys_path.write_bytes(good.replace(b"field", b"mended"))
    watch.check()
    found = watch.key_ring.find(secret)
    assert found is not None
    assert found.name == "mended"


def test_a_file_that_did_not_change_is_not_read(layout, monkeypatch):
    add_key(layout, "field", Role.PREDICT)
    watch = KeyWatch(layout.api_keys_path)
    monkeypatch.setattr(
        "serve_app.layers.key_watch.load_key_ring", lambda path: pytest.fail("was read")
    )
    watch.check()
