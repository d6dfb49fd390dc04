"""What an epoch shows: nothing lost, rare classes and photographs from outside repeated."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train_jobs.config import TrainConfig, get_config
from train_jobs.epoch import plan_epoch
from train_jobs.manifest import Sample


def sample(number: int, class_name: str = "apple__healthy", *, source: str = "lab") -> Sample:
    return Sample(
        sha256=f"{number:064x}",
        path=f"photo{number}.jpg",
        class_name=class_name,
        group_id=f"leaf{number}",
        split="train",
        source=source,
    )


def configure(**changes: object) -> TrainConfig:
    plain = {"min_images_per_class": 1, "outside_repeats": 1, "scene_share": 0.0}
    return get_config("smoke").model_copy(update={**plain, **changes})


def count_shown(samples: list[Sample], config: TrainConfig) -> dict[str, int]:
    """Count how often each photograph is shown."""
    return Counter(row.sha256 for row in plan_epoch(samples, [], config))


def test_a_rare_class_is_repeated_in_whole_rounds() -> None:
    rare = [sample(number, "apple__apple_scab") for number in range(3)]
    common = [sample(10 + number) for number in range(9)]
    shown = count_shown(rare + common, configure(min_images_per_class=8))
    assert [shown[item.sha256] for item in rare] == [3, 3, 3]
    assert [shown[item.sha256] for item in common] == [1] * 9


def test_a_photograph_from_outside_is_repeated() -> None:
    samples = [sample(1), sample(2, source="field"), sample(3, source="domain")]
    assert list(count_shown(samples, configure(outside_repeats=4)).values()) == [1, 4, 4]


def test_repeats_from_outside_count_towards_the_minimum() -> None:
    samples = [sample(1), sample(2, source="field")]
    shown = count_shown(samples, configure(outside_repeats=4, min_images_per_class=5))
    assert list(shown.values()) == [1, 4]


def test_only_laboratory_photographs_have_a_sheet_to_replace() -> None:
    samples = [sample(1), sample(2, source="field"), sample(3, source="domain")]
    rows = plan_epoch(samples, ["scene"], configure(scene_share=0.25))
    assert [row.has_sheet for row in rows] == [True, False, False, False]


@pytest.mark.parametrize(("num_scenes", "most_often"), [(1, 10), (4, 3), (50, 1)])
def test_scenes_make_up_their_share_as_strangers(num_scenes: int, most_often: int) -> None:
    samples = [sample(number) for number in range(90)]
    scenes = [f"scene{number}" for number in range(num_scenes)]
    rows = plan_epoch(samples, scenes, configure(scene_share=0.1))
    shown = Counter(row.sha256 for row in rows if row.class_name is None)
    assert shown.total() == 10
    assert shown.keys() <= set(scenes)
    assert max(shown.values()) == most_often


def test_without_scenes_there_are_no_strangers() -> None:
    rows = plan_epoch([sample(1)], [], configure(scene_share=0.5))
    assert [row.class_name for row in rows] == ["apple__healthy"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["lab", "field", "domain"])), max_size=30
    ),
    st.integers(1, 20),
    st.integers(1, 5),
)
def test_nothing_is_lost_and_every_class_reaches_the_minimum(
    drawn: list[tuple[str, str]], minimum: int, repeats: int
) -> None:
    samples = [sample(n, name, source=source) for n, (name, source) in enumerate(drawn)]
    config = configure(min_images_per_class=minimum, outside_repeats=repeats)
    rows = plan_epoch(samples, [], config)
    assert {(row.sha256, row.class_name) for row in rows} == {
        (item.sha256, item.class_name) for item in samples
    }
    assert all(count >= minimum for count in Counter(row.class_name for row in rows).values())
    assert plan_epoch(samples, [], config) == rows
