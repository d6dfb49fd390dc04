"""Summaries of datasets to draw, made up and by chance."""

from collections.abc import Sequence

from hypothesis import strategies as st

from gui.dataset.look_alikes import find_neighbours
from gui.dataset.material import Material, Origin
from gui.dataset.skill import Skill
from models.labels import CLASS_NAMES
from serve_app.loop_schemas import (
    ClassCount,
    DatasetSummary,
    DatasetVersion,
    DoubtfulLabel,
    DrawnImages,
    Growth,
    NearPair,
)

VERSION = "ds-0123456789ab"
LAB, FIELD = "lab", "field"


def make_counts(*counts: tuple[str, str, str, int]) -> tuple[ClassCount, ...]:
    """Make counts of (class, source, split, photographs)."""
    return tuple(
        ClassCount(class_name=class_name, source=source, split=split, num_images=number)
        for class_name, source, split, number in counts
    )


def make_images(
    class_names: Sequence[str],
    *,
    x: Sequence[float] | None = None,
    y: Sequence[float] | None = None,
    sizes: Sequence[tuple[int, int]] | None = None,
    brightness: Sequence[float] | None = None,
    saturation: Sequence[float] | None = None,
    hue_deg: Sequence[float] | None = None,
    sources: Sequence[str] | None = None,
) -> DrawnImages:
    """Make photographs, alike where nothing else is asked for."""
    num = len(class_names)
    return DrawnImages(
        sha256=tuple(f"{idx:064x}" for idx in range(num)),
        class_name=tuple(class_names),
        source=tuple(sources or (LAB,) * num),
        split=("train",) * num,
        width_px=tuple(width for width, _ in sizes or ((256, 256),) * num),
        height_px=tuple(height for _, height in sizes or ((256, 256),) * num),
        brightness=tuple(brightness or (0.5,) * num),
        saturation=tuple(saturation or (0.3,) * num),
        hue_deg=tuple(hue_deg or (100.0,) * num),
        x=tuple(x or (0.0,) * num),
        y=tuple(y or (0.0,) * num),
    )


def make_summary(
    *,
    counts: Sequence[ClassCount] = (),
    images: DrawnImages | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    num_pairs: int | None = None,
    labels: Sequence[tuple[str, str, float]] = (),
    num_labels: int | None = None,
    growth: Sequence[Growth] = (),
) -> DatasetSummary:
    """Make a summary; pairs are of classes, labels of (label, what the model says, how sure)."""
    return DatasetSummary(
        dataset_version=VERSION,
        model_version="v1",
        num_images=sum(count.num_images for count in counts),
        counts=tuple(counts),
        images=images or make_images(()),
        num_near_duplicates=len(pairs) if num_pairs is None else num_pairs,
        near_duplicates=tuple(
            NearPair(
                first_sha256="a" * 64,
                second_sha256="b" * 64,
                first_class_name=first,
                second_class_name=second,
            )
            for first, second in pairs
        ),
        num_doubtful_labels=len(labels) if num_labels is None else num_labels,
        doubtful_labels=tuple(
            DoubtfulLabel(
                sha256="c" * 64, class_name=label, predicted_class_name=says, probability=sure
            )
            for label, says, sure in labels
        ),
        growth=tuple(growth),
    )


def make_version(
    name: str = VERSION,
    *,
    parent: str | None = None,
    upload_ids: Sequence[str] = (),
    num_images: int = 10,
    is_current: bool = False,
    has_summary: bool = True,
) -> DatasetVersion:
    """Make a line of the list of versions."""
    return DatasetVersion(
        dataset_version=name,
        parent=parent,
        upload_ids=tuple(upload_ids),
        num_images=num_images,
        is_current=is_current,
        has_summary=has_summary,
    )


def make_material(
    summary: DatasetSummary | None = None,
    *,
    versions: Sequence[DatasetVersion] | None = None,
    skill: Skill | None = None,
    origin: Origin = Origin.SERVER,
    remark: str | None = None,
) -> Material:
    """Make what the tab draws from."""
    return Material(
        origin=origin,
        versions=(make_version(is_current=True),) if versions is None else tuple(versions),
        chosen=VERSION,
        summary=summary,
        neighbours=find_neighbours(summary.images.x, summary.images.y) if summary else (),
        skill=skill,
        remark=remark,
    )


# A newer server may know other classes, sources and splits.
any_class = st.sampled_from([*CLASS_NAMES[:12], "mango__anthracnose", "mango"])
any_source = st.sampled_from(["lab", "field", "domain", "upload", "satellite"])
any_split = st.sampled_from(["train", "val", "test", "exam"])
any_share = st.floats(0.0, 1.0)
any_counts = st.lists(
    st.builds(
        ClassCount,
        class_name=any_class,
        source=any_source,
        split=any_split,
        num_images=st.integers(0, 100_000),
    ),
    max_size=40,
)


@st.composite
def any_images(draw: st.DrawFn) -> DrawnImages:
    """Photographs by chance; there may be none."""
    rows = draw(
        st.lists(
            st.tuples(
                any_class,
                any_source,
                any_split,
                st.integers(1, 8000),
                st.integers(1, 8000),
                any_share,
                any_share,
                st.floats(0.0, 360.0),
                st.floats(-1.0, 1.0),
                st.floats(-1.0, 1.0),
            ),
            max_size=30,
        )
    )
    columns = list(zip(*rows, strict=True)) or [()] * 10
    names = [name for name in DrawnImages.model_fields if name != "sha256"]
    return DrawnImages(
        sha256=tuple(f"{idx:064x}" for idx in range(len(rows))),
        **dict(zip(names, columns, strict=True)),
    )


any_summary = st.builds(
    DatasetSummary,
    dataset_version=st.just(VERSION),
    model_version=st.just("v1"),
    num_images=st.integers(0, 100_000),
    counts=any_counts.map(tuple),
    images=any_images(),
    num_near_duplicates=st.integers(0, 1000),
    near_duplicates=st.lists(
        st.builds(
            NearPair,
            first_sha256=st.just("a" * 64),
            second_sha256=st.just("b" * 64),
            first_class_name=any_class,
            second_class_name=any_class,
        ),
        max_size=5,
    ).map(tuple),
    num_doubtful_labels=st.integers(0, 1000),
    doubtful_labels=st.lists(
        st.builds(
            DoubtfulLabel,
            sha256=st.just("c" * 64),
            class_name=any_class,
            predicted_class_name=any_class,
            probability=any_share,
        ),
        max_size=5,
    ).map(tuple),
    growth=st.lists(
        st.builds(
            Growth,
            dataset_version=st.sampled_from(["ds-1", "ds-2", VERSION]),
            upload_ids=st.lists(st.sampled_from(["up-1", "up-2", "up-3"]), max_size=3).map(tuple),
            num_images=st.integers(0, 10_000),
        ),
        max_size=4,
    ).map(tuple),
)
