"""Shapes as data, and the times at which a user means to ask."""

import pytest

from loadtest.load.schedule import Schedule
from loadtest.load.shapes import (
    PHOTOS_PER_USER_S,
    RAMP,
    SHAPES,
    STEP,
    find_load,
    get_duration_s,
    to_users,
)


@pytest.mark.parametrize("name", ["smoke", "step", "ramp", "spike", "soak", "break-point"])
def test_the_shapes_that_people_ask_for_are_there(name):
    assert SHAPES[name].name == name


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_begins_with_a_load_and_ends(shape):
    duration_s = get_duration_s(shape, downscale_delay_s=120)
    assert 5 < duration_s <= 30 * 60
    assert find_load(shape, 0.0, downscale_delay_s=120) == shape.legs[0].load > 0
    assert find_load(shape, duration_s - 0.01, downscale_delay_s=120) is not None
    assert find_load(shape, duration_s, downscale_delay_s=120) is None


def test_a_step_waits_as_long_as_the_service_keeps_its_replicas():
    short_s = get_duration_s(STEP, downscale_delay_s=6)
    assert get_duration_s(STEP, downscale_delay_s=120) == short_s + 114
    assert find_load(STEP, short_s + 100, downscale_delay_s=6) is None
    assert find_load(STEP, short_s + 100, downscale_delay_s=120) == STEP.legs[-1].load


def test_a_ramp_goes_from_one_load_to_the_next():
    _, up, down = RAMP.legs
    middle_s = RAMP.legs[0].duration_s + up.duration_s / 2
    assert (up.load, up.end_load) == (0.1, 0.65)
    assert find_load(RAMP, middle_s, downscale_delay_s=0) == pytest.approx(0.375)
    end_s = get_duration_s(RAMP, downscale_delay_s=0) - 1e-6
    assert find_load(RAMP, end_s, downscale_delay_s=0) == pytest.approx(down.end_load)


def test_users_send_the_load_and_there_is_always_one():
    assert to_users(2.0, unit_rps=50) == 100 / PHOTOS_PER_USER_S
    assert to_users(0.001, unit_rps=50) == 1


def test_questions_are_due_at_fixed_times_whatever_the_answers_take():
    schedule = Schedule(first_s=10.0, period_s=0.5)
    assert [schedule.get_due_s(idx) for idx in range(3)] == [10.0, 10.5, 11.0]
    assert schedule.get_wait_s(1, now_s=10.2) == pytest.approx(0.3)
    # An answer that came 2 s late: the questions that were due meanwhile are asked at once.
    assert schedule.get_wait_s(1, now_s=12.2) == 0.0
    assert schedule.get_wait_s(4, now_s=12.2) == 0.0
    assert schedule.get_wait_s(5, now_s=12.2) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("next_idx", "until_s", "missed"),
    [(3, 11.2, []), (2, 11.2, [2]), (0, 11.0, [0, 1]), (0, 9.0, []), (7, 9.0, [])],
)
def test_what_was_due_before_the_stop_and_not_asked_is_missed(next_idx, until_s, missed):
    schedule = Schedule(first_s=10.0, period_s=0.5)
    assert list(schedule.list_missed(next_idx, until_s=until_s)) == missed
