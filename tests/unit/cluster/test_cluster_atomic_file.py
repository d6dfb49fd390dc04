"""Files that are replaced in one step, by whomever at whatever moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster.atomic_file import replace_file


def test_many_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "status.json"
    contents = [bytes([65 + number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda content: replace_file(path, content, is_synced=False), contents * 8))
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_private_file_was_never_open_to_others(tmp_path):
    path = tmp_path / "admin.key"
    path.write_text("old")
    path.chmod(0o644)
    replace_file(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_the_old_content(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "kept").write_bytes(b"kept")
    with pytest.raises(OSError, match="folder"):
        replace_file(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
    assert (path / "kept").read_bytes() == b"kept"
