"""What an artifact carries of its training photographs."""

from train_jobs.manifest import Sample
from train_jobs.replay import choose_replayed


def sample(number: int, *, source: str = "lab", split: str = "train") -> Sample:
    return Sample(
        sha256=f"{number:064x}",
        path=f"photo{number}.jpg",
        class_name="apple__healthy",
        group_id=f"leaf{number}",
        split=split,
        source=source,
    )


def test_photographs_from_outside_have_places_of_their_own() -> None:
    samples = [sample(number) for number in range(10)]
    samples += [sample(100 + number, source="field") for number in range(2)]
    chosen = choose_replayed(samples, images_per_class=3)
    assert [item.source for item in chosen] == ["lab"] * 3 + ["field"] * 2
    assert choose_replayed(samples[::-1], images_per_class=3) == chosen


def test_what_judges_is_not_remembered_as_training() -> None:
    assert choose_replayed([sample(1, split="val"), sample(2, split="test")], 5) == []
