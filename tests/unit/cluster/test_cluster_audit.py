"""The audit trail: nothing is lost, nothing mixed, and damage stays where it is."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from cluster.audit import append_entry, find_actor, make_entry, read_entries


def write_many(path: str, writer: int, count: int) -> None:
    for number in range(count):
        append_entry(
            Path(path), make_entry("test", f"{writer}-{number}", actor="a", detail="x" * 900)
        )


def test_entries_come_back_in_order_with_their_figures(tmp_path):
    path = tmp_path / "audit.jsonl"
    append_entry(path, make_entry("accept_upload", "u1", actor="user:ada", data_hash="ds-1"))
    append_entry(
        path,
        make_entry(
            "promote_model",
            "v2",
            actor="user:ada",
            before={"model_version": "v1", "val": 0.9},
            after={"model_version": "v2", "val": 0.95},
        ),
    )
    first, second = read_entries(path)
    assert (first.action, first.data_hash, first.outcome) == ("accept_upload", "ds-1", "done")
    assert second.after == {"model_version": "v2", "val": 0.95}
    assert first.at <= second.at
    assert [entry.subject for entry in read_entries(path, limit=1)] == ["v2"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_last_line_costs_that_line_alone(tmp_path):
    path = tmp_path / "audit.jsonl"
    append_entry(path, make_entry("one", "a", actor="x"))
    with path.open("ab") as file:
        file.write(b'{"at": "2026-01-01", "actor": "x", "act')
    assert [entry.action for entry in read_entries(path)] == ["one"]
    append_entry(path, make_entry("two", "b", actor="x"))
    assert [entry.action for entry in read_entries(path)] == ["one", "two"]
    assert len(path.read_bytes().splitlines()) == 3


def test_an_entry_of_a_later_version_can_be_read(tmp_path):
    path = tmp_path / "audit.jsonl"
    line = {"at": "2030-01-01", "actor": "x", "action": "y", "subject": "z", "more": 1}
    path.write_text(json.dumps(line) + "\n")
    assert read_entries(path)[0].subject == "z"
    assert read_entries(tmp_path / "none.jsonl") == []


def test_writers_of_several_processes_do_not_mix(tmp_path):
    path = tmp_path / "audit.jsonl"
    with ProcessPoolExecutor(max_workers=3, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(write_many, str(path), writer, 20) for writer in range(3)]:
            done.result()
    subjects = [entry.subject for entry in read_entries(path)]
    assert len(subjects) == len(set(subjects)) == 60
    for writer in range(3):
        mine = [subject for subject in subjects if subject.startswith(f"{writer}-")]
        assert mine == [f"{writer}-{number}" for number in range(20)]


def test_a_command_names_its_user():
    assert find_actor().startswith("user:")
    assert find_actor() != "user:"
