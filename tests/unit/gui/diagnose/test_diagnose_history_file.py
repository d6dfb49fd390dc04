"""The history on the disk."""

import os
import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.diagnose.answers import Diagnosis, Origin, Score
from gui.diagnose.diagnosis_json import from_json, to_json
from gui.diagnose.history_file import HistoryFile, HistoryUnusableError
from gui.diagnose.photos import Photo
from tests.unit.gui.diagnose.test_diagnose_table import make_photo

AT = datetime(2026, 5, 3, 12, 2, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> HistoryFile:
    return HistoryFile(tmp_path / "window" / "history.db", max_entries=5)


def add(file: HistoryFile, photo: Photo, words: str = "", thumbnail: bytes | None = b"x") -> None:
    file.add(photo, words or photo.path.name, AT, thumbnail)


def find_names(file: HistoryFile, text: str = "", *, offset: int = 0, limit: int = 9) -> list[str]:
    stored, _ = file.find(text, offset=offset, limit=limit)
    return [item.entry.path.name for item in stored]


def test_nothing_is_there_before_the_first_entry(file: HistoryFile) -> None:
    assert file.find("", offset=0, limit=9) == ((), 0)
    assert not file.path.parent.exists()


def test_what_was_added_comes_back_the_newest_first(file: HistoryFile) -> None:
    first, second = make_photo("a.jpg"), make_photo("b.jpg", code="blurred")
    add(file, first)
    add(file, second, thumbnail=None)
    stored, num_found = HistoryFile(file.path).find("", offset=0, limit=9)
    assert num_found == 2
    assert [item.entry.diagnosis for item in stored] == [second.diagnosis, first.diagnosis]
    assert [item.thumbnail for item in stored] == [None, b"x"]
    assert stored[0].entry.at == AT
    assert stored[0].entry.path == second.path


def test_only_this_user_may_read_it(file: HistoryFile) -> None:
    add(file, make_photo("a.jpg"))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_the_same_answer_for_the_same_photo_moves_to_the_front(file: HistoryFile) -> None:
    add(file, make_photo("a.jpg"), "a late blight")
    add(file, make_photo("b.jpg"), "b late blight")
    add(file, make_photo("a.jpg"), "a late blight")
    assert find_names(file) == ["a.jpg", "b.jpg"]
    add(file, make_photo("a.jpg"), "a healthy")
    assert find_names(file) == ["a.jpg", "a.jpg", "b.jpg"]


def test_the_oldest_entries_go_when_it_is_full(file: HistoryFile) -> None:
    for idx in range(8):
        add(file, make_photo(f"{idx}.jpg"))
    assert find_names(file) == ["7.jpg", "6.jpg", "5.jpg", "4.jpg", "3.jpg"]
    assert find_names(file, offset=2, limit=2) == ["5.jpg", "4.jpg"]


def test_every_word_of_a_search_must_be_there_and_signs_mean_themselves(
    file: HistoryFile,
) -> None:
    add(file, make_photo("a.jpg"), "a.jpg Tomato: Late Blight 100%")
    add(file, make_photo("b_1.jpg"), "b_1.jpg Grape: black rot")
    assert find_names(file, "BLIGHT tomato") == ["a.jpg"]
    assert find_names(file, "tomato rot") == []
    assert find_names(file, "%") == ["a.jpg"]
    assert find_names(file, "b_") == ["b_1.jpg"]
    assert find_names(file, "_jpg") == []
    assert find_names(file, "' OR 1=1 --") == []
    assert find_names(file, "  ") == ["b_1.jpg", "a.jpg"]


def test_a_name_that_is_no_unicode_is_kept(file: HistoryFile) -> None:
    name = os.fsdecode(b"leaf-\xff.jpg")
    add(file, make_photo(name))
    assert find_names(file) == [name]
    assert find_names(file, "leaf") == [name]


def test_it_can_be_cleared_and_begun_anew(file: HistoryFile) -> None:
    add(file, make_photo("a.jpg"))
    file.clear()
    assert find_names(file) == []
    add(file, make_photo("b.jpg"))
    assert find_names(file) == ["b.jpg"]
    file.clear()
    file.clear()


def test_a_file_that_is_no_history_is_said_and_can_be_cleared(file: HistoryFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text("a letter, no database" * 100)
    with pytest.raises(HistoryUnusableError, match="clear the history"):
        find_names(file)
    with pytest.raises(HistoryUnusableError, match="clear the history"):
        add(file, make_photo("a.jpg"))
    file.clear()
    add(file, make_photo("a.jpg"))
    assert find_names(file) == ["a.jpg"]


def test_a_history_of_another_version_is_left_alone(file: HistoryFile) -> None:
    add(file, make_photo("a.jpg"))
    with sqlite3.connect(file.path) as database:
        database.execute("PRAGMA user_version = 9")
    database.close()
    with pytest.raises(HistoryUnusableError, match="another version"):
        add(file, make_photo("b.jpg"))


def test_a_damaged_entry_is_said(file: HistoryFile) -> None:
    add(file, make_photo("a.jpg"))
    with sqlite3.connect(file.path) as database:
        database.execute("""UPDATE entries SET answer = '{"top": []}'""")
    database.close()
    with pytest.raises(HistoryUnusableError, match="damaged"):
        find_names(file)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "window").write_text("in the way")
    with pytest.raises(HistoryUnusableError, match="permissions"):
        add(HistoryFile(tmp_path / "window" / "history.db"), make_photo("a.jpg"))


SCORES = st.builds(Score, class_name=st.text(), display_name=st.text(), probability=st.floats(0, 1))


@given(
    st.builds(
        Diagnosis,
        top=st.lists(SCORES, min_size=1, max_size=5).map(tuple),
        plausible=st.lists(st.text(), max_size=3).map(tuple),
        is_known=st.booleans(),
        refusal_code=st.none() | st.text(),
        refusal_reason=st.none() | st.text(),
        model_version=st.text(),
        latency_ms=st.floats(0, 1e6),
        origin=st.sampled_from(Origin),
        request_id=st.none() | st.text(),
    )
)
def test_an_answer_is_read_back_as_it_was_written(diagnosis: Diagnosis) -> None:
    assert from_json(to_json(diagnosis)) == diagnosis


def test_what_is_no_answer_is_not_read() -> None:
    photo = make_photo("a.jpg")
    assert photo.diagnosis is not None
    fields = to_json(photo.diagnosis)
    with pytest.raises(ValueError, match="oracle"):
        from_json({**fields, "origin": "oracle"})
    with pytest.raises(ValueError, match="one class"):
        from_json(to_json(replace(photo.diagnosis, top=())))
    with pytest.raises(TypeError):
        from_json({**fields, "news": 1})
