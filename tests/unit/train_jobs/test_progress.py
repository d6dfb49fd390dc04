"""The figures of an epoch, by a clock that is told the time."""

from collections.abc import Iterator

import pytest

from train_jobs.progress import Progress


class FakeClock:
    """A clock that goes on only when told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def create_progress(clock: FakeClock, *, epoch: int = 0, is_shown: bool = True) -> Progress:
    return Progress(epoch, 3, 10, is_shown=is_shown, clock=clock)


def stream(clock: FakeClock, waits_s: list[float]) -> Iterator[int]:
    """Yield a step after each wait."""
    for number, wait_s in enumerate(waits_s):
        clock.now_s += wait_s
        yield number


def test_steps_are_passed_on_as_they_are(clock: FakeClock) -> None:
    assert list(create_progress(clock).watch(stream(clock, [1, 1, 1]))) == [0, 1, 2]


def test_figures_are_means_over_steps_and_seconds(clock: FakeClock) -> None:
    progress = create_progress(clock)
    for loss, num_images in ((2.0, 30), (1.0, 10)):
        clock.now_s += 5
        progress.add(loss, num_images=num_images)
    metrics = progress.to_metrics()
    assert metrics["train/loss"] == 1.5
    assert metrics["train/images_per_s"] == 4
    assert metrics["train/num_steps"] == 2
    assert metrics["train/epoch_s"] == 10


def test_waiting_counts_from_the_second_step_on(clock: FakeClock) -> None:
    progress = create_progress(clock)
    for _ in progress.watch(stream(clock, [60, 1, 1])):
        clock.now_s += 3
        progress.add(1.0, num_images=11)
    metrics = progress.to_metrics()
    assert metrics["train/data_wait_share"] == pytest.approx(2 / 11)
    assert metrics["train/running_images_per_s"] == pytest.approx(33 / 11)
    assert metrics["train/images_per_s"] == pytest.approx(33 / 71)


def test_an_epoch_without_steps_has_figures_too(clock: FakeClock) -> None:
    metrics = create_progress(clock).to_metrics()
    assert metrics["train/loss"] == metrics["train/images_per_s"] == 0


def test_it_says_every_20_s_how_far_it_is(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = create_progress(clock, epoch=1)
    for _ in range(9):
        clock.now_s += 6
        progress.add(0.5, num_images=12)
    lines = capsys.readouterr().out.splitlines()
    # 4 of the second epoch's 10 steps took 24 s: 16 steps of this and the third are left.
    assert lines == [
        "epoch 2/3  step 4/10  loss 0.500  2.0 images/s  1.6 min left",
        "epoch 2/3  step 8/10  loss 0.500  2.0 images/s  1.2 min left",
    ]


def test_only_the_first_worker_says_it(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = create_progress(clock, is_shown=False)
    clock.now_s += 100
    progress.add(0.5, num_images=12)
    assert capsys.readouterr().out == ""


def test_some_steps_are_kept_with_their_figures(clock: FakeClock) -> None:
    progress = Progress(1, 3, 120, is_shown=False, clock=clock)
    for step in range(120):
        clock.now_s += 1
        progress.add(float(step), num_images=2, learning_rate=0.5)
    records = progress.to_step_records()
    assert [record["step"] for record in records] == list(range(123, 241, 3))
    assert records[0] == {
        "step": 123,
        "step/loss": 2.0,
        "step/learning_rate": 0.5,
        "step/images_per_s": 2.0,
    }
