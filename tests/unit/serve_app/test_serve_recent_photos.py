"""Photographs that feedback may name: kept for a while, never many, never at a caller's cost."""

import pytest

from cluster.errors import StorageError
from serve_app.recent_photos import RecentPhotos


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        self.now_s += 1.0
        return self.now_s


def keep_all(directory, photos_by_id, *, max_photos=10, clock=None):
    recent = RecentPhotos(directory, max_photos=max_photos, clock=clock or Clock())
    for request_id, photos in photos_by_id.items():
        recent.keep(request_id, photos)
    recent.close()
    return recent


def test_the_photographs_of_a_plant_are_found_by_their_request(tmp_path):
    recent = keep_all(tmp_path / "recent", {"one": [b"a", b"b"], "two": [b"c"], "one.1": [b"d"]})
    assert recent.find("one") == (b"a", b"b")
    assert recent.find("two") == (b"c",)
    assert recent.find("one.1") == (b"d",)
    assert recent.find("never-asked") == ()


def test_another_process_finds_them_too(tmp_path):
    keep_all(tmp_path, {"one": [b"a"]})
    assert RecentPhotos(tmp_path, max_photos=10).find("one") == (b"a",)


@pytest.mark.parametrize("request_id", ["../keys/admin.key", "", "a/b", "a" * 200])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, request_id):
    with pytest.raises(StorageError):
        RecentPhotos(tmp_path, max_photos=10).find(request_id)


def test_the_oldest_go_first(tmp_path):
    ids = [f"id{number:03}" for number in range(120)]
    recent = RecentPhotos(tmp_path, max_photos=20, clock=Clock())
    for request_id in ids:
        # One at a time: more than a few that wait would be left out.
        recent._write(request_id, [b"x"])
    recent.close()
    kept = {path.name for path in tmp_path.iterdir()}
    # It is pruned now and then, not at each photograph.
    assert 20 <= len(kept) < 20 + 50
    assert recent.find(ids[-1]) == (b"x",)
    assert recent.find(ids[0]) == ()


def test_a_crowd_is_not_kept(tmp_path):
    recent = keep_all(tmp_path, {f"id{i}": [b"x"] for i in range(50)}, clock=lambda: 0.0)
    assert len(list(tmp_path.iterdir())) == 1
    assert recent.find("id0") == (b"x",)


def test_none_are_kept_where_the_installation_wants_none(tmp_path):
    recent = keep_all(tmp_path / "recent", {"one": [b"a"]}, max_photos=0)
    assert not (tmp_path / "recent").exists()
    assert recent.find("one") == ()


def test_a_folder_that_cannot_be_written_costs_nobody_a_diagnosis(tmp_path, caplog):
    (tmp_path / "file").write_bytes(b"")
    keep_all(tmp_path / "file", {"one": [b"a"]})
    assert "not kept for feedback" in caplog.text
