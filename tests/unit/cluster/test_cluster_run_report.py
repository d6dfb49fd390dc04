"""Curves of a run are only ever added to, and come back whole; so does what is mixed up."""

from cluster.run_report import (
    MAX_POINTS,
    Confusion,
    RunPoint,
    append_point,
    load_confusions,
    load_points,
    write_confusions,
)
from cluster.storage import Layout


def make_point(epoch: int, loss: float = 1.0) -> RunPoint:
    return RunPoint(epoch=epoch, metrics={"train/loss": loss})


def test_points_come_back_in_order_and_the_later_word_holds(tmp_path):
    path = tmp_path / "points.jsonl"
    assert load_points(path) == ()
    for point in (make_point(1), make_point(2), make_point(3, 9.0), make_point(3, 0.5)):
        append_point(path, point)
    assert load_points(path) == (make_point(1), make_point(2), make_point(3, 0.5))


def test_a_line_that_is_half_written_or_damaged_is_left_out(tmp_path):
    path = tmp_path / "points.jsonl"
    append_point(path, make_point(1))
    with path.open("a") as file:
        file.write('{"epoch": "many"}\n')
    append_point(path, make_point(2))
    with path.open("a") as file:
        file.write('{"epoch": 3, "met')
    assert [point.epoch for point in load_points(path)] == [1, 2]


def test_of_too_many_points_the_newest_are_told(tmp_path):
    path = tmp_path / "points.jsonl"
    lines = [make_point(epoch).model_dump_json() for epoch in range(1, MAX_POINTS + 11)]
    path.write_text("\n".join(lines) + "\n")
    points = load_points(path)
    assert len(points) == MAX_POINTS
    assert (points[0].epoch, points[-1].epoch) == (11, MAX_POINTS + 10)


def test_what_is_mixed_up_comes_back_and_a_damaged_file_tells_nothing(tmp_path):
    layout = Layout(home=tmp_path)
    layout.run_dir("retrain-1").mkdir(parents=True)
    assert load_confusions(layout, "retrain-1") == ()
    mixed = Confusion(class_name="a__b", answer="c__d", champion=2, challenger=0)
    write_confusions(layout, "retrain-1", [mixed])
    assert load_confusions(layout, "retrain-1") == (mixed,)
    layout.run_confusions_path("retrain-1").write_text("{")
    assert load_confusions(layout, "retrain-1") == ()
