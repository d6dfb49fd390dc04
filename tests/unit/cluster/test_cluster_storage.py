"""Storage layout: names, safe components, folders that cannot be used."""

import shutil
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.errors import StorageError
from cluster.storage import Layout, create_folders, safe_name


def test_folders_are_made_and_keys_are_private(tmp_path):
    layout = Layout(home=tmp_path / "home")
    create_folders(layout, min_free_bytes=0)
    create_folders(layout, min_free_bytes=0)
    assert layout.models_dir.is_dir()
    for private in (layout.keys_dir, layout.ray_dir):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    shutil.rmtree(layout.ray_dir)


def test_two_homes_have_two_ray_folders(tmp_path):
    assert Layout(home=tmp_path / "a").ray_dir != Layout(home=tmp_path / "b").ray_dir


def test_socket_paths_stay_below_the_limit_however_long_the_home_is(tmp_path):
    layout = Layout(home=tmp_path / ("long" * 50))
    node_id = "f" * 56
    assert len(str(layout.haproxy_dir / node_id / "admin.sock")) <= 97
    session = "session_2026-01-01_00-00-00_000000_4194304"
    assert len(str(layout.ray_dir / session / "sockets" / "plasma_store")) <= 107


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(StorageError, match="LEAFRAY_HOME"):
        create_folders(Layout(home=tmp_path / "home"), min_free_bytes=0)


def test_a_full_disk_is_told_before_anything_starts(tmp_path):
    layout = Layout(home=tmp_path)
    with pytest.raises(StorageError, match="Free some space"):
        create_folders(layout, min_free_bytes=2**62)
    shutil.rmtree(layout.ray_dir)


@given(st.text(max_size=200))
def test_a_safe_name_is_always_one_component(name):
    try:
        assert safe_name(name) == name
    except StorageError:
        return
    assert "/" not in name
    assert not name.startswith(".")
    assert 0 < len(name) <= 128
