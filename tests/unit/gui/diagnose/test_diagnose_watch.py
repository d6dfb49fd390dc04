"""Looks at a watched folder."""

from pathlib import Path

from gui.diagnose import events
from gui.diagnose.watch import FolderWatch


def test_only_new_and_complete_photos_are_reported_once(tmp_path: Path) -> None:
    posted: list[events.Event] = []
    watch = FolderWatch(tmp_path, posted.append)
    (tmp_path / "old.jpg").write_bytes(b"1")
    watch.look()
    new = tmp_path / "new.jpg"
    new.write_bytes(b"12")
    watch.look()
    new.write_bytes(b"1234")
    watch.look()
    assert posted == []
    watch.look()
    watch.look()
    assert posted == [events.PhotosAppeared(folder=tmp_path, paths=(new,))]


def test_other_files_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    posted: list[events.Event] = []
    watch = FolderWatch(tmp_path, posted.append)
    watch.look()
    (tmp_path / "notes.txt").write_bytes(b"x")
    (tmp_path / "empty.jpg").touch()
    watch.look()
    watch.look()
    assert posted == []


def test_a_folder_that_is_gone_ends_the_watch(tmp_path: Path) -> None:
    posted: list[events.Event] = []
    FolderWatch(tmp_path / "gone", posted.append).look()
    assert posted[0] == events.WatchRequested(folder=None)
    assert isinstance(posted[1], events.ProblemFound)
    assert "Choose it again" in posted[1].problem
