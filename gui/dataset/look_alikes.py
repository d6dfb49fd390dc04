"""The map on which photographs that look alike to the model lie near each other."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gui.dataset.figures import Dots
from gui.dataset.views import Choice
from gui.dataset.words import (
    name_class,
    name_condition,
    name_crop,
    name_source,
    name_split,
    order_sources,
    say_share,
    to_crop,
)

if TYPE_CHECKING:
    from serve_app.loop_schemas import DrawnImages

NUM_NEIGHBOURS = 5
# A class of fewer would be named for one photograph that lies elsewhere.
_MIN_JUDGED = 10
_CHUNK = 256

Neighbours = tuple[tuple[int, ...], ...]
"""Of each photograph: the nearest others on the map, by index."""


def find_neighbours(x: Sequence[float], y: Sequence[float]) -> Neighbours:
    """Find the nearest others of each dot; fewer where there are few. Runs on workers."""
    import numpy as np

    places_n2 = np.stack([np.asarray(x, np.float32), np.asarray(y, np.float32)], axis=1)
    num_found = min(NUM_NEIGHBOURS, len(places_n2) - 1)
    if num_found < 1:
        return ((),) * len(places_n2)
    found: list[tuple[int, ...]] = []
    # In parts: 3,000 photographs have 9 million distances, 36 MB at once.
    for start in range(0, len(places_n2), _CHUNK):
        part = places_n2[start : start + _CHUNK]
        distances = ((part[:, None, :] - places_n2[None, :, :]) ** 2).sum(axis=2)
        rows = np.arange(len(part))
        distances[rows, start + rows] = np.inf
        nearest = np.argpartition(distances, num_found - 1, axis=1)[:, :num_found]
        found += [tuple(row) for row in nearest.tolist()]
    return tuple(found)


def draw_map(images: "DrawnImages", choice: Choice, crop: str | None) -> Dots:
    """Colour the dots by crop or source; of one crop by class, with the others pale behind."""
    chosen = [crop is None or to_crop(name) == crop for name in images.class_name]
    say_kind: Callable[[str], str]
    if choice is Choice.MAP_BY_SOURCE:
        kinds: Sequence[str] = images.source
        order, say_kind = order_sources(images.source), name_source
    elif crop is None:
        kinds = [to_crop(name) for name in images.class_name]
        order, say_kind = sorted(set(kinds)), name_crop
    else:
        kinds = images.class_name
        order = sorted({kind for kind, is_in in zip(kinds, chosen, strict=True) if is_in})
        say_kind = name_condition
    places: dict[str, list[int]] = {kind: [] for kind in order}
    others = []
    for idx, (kind, is_in) in enumerate(zip(kinds, chosen, strict=True)):
        if is_in:
            places[kind].append(idx)
        else:
            others.append(idx)
    shown = [kind for kind in order if places[kind]]
    return Dots(
        x=images.x,
        y=images.y,
        sha256=images.sha256,
        told=tuple(
            f"{name_class(class_name)}\n{name_source(source)}, {name_split(split)}"
            for class_name, source, split in zip(
                images.class_name, images.source, images.split, strict=True
            )
        ),
        groups={say_kind(kind): tuple(places[kind]) for kind in shown},
        hues=tuple(order.index(kind) for kind in shown),
        others=tuple(others),
    )


def say_map(images: "DrawnImages", neighbours: Neighbours, crop: str | None) -> str:
    """Say how well looks alone tell classes apart, and which two lie among each other."""
    names = images.class_name
    chosen = [idx for idx, name in enumerate(names) if crop is None or to_crop(name) == crop]
    pairs = [(names[idx], names[near]) for idx in chosen for near in neighbours[idx]]
    if not pairs:
        return "There are too few photographs for a map."
    num_own = sum(own == near for own, near in pairs)
    told = (
        f"{say_share(num_own / len(pairs))} of what lies next to a photograph shows the same "
        "class, so looks tell them apart well."
        if num_own > 0.8 * len(pairs)
        else f"Only {say_share(num_own / len(pairs))} of what lies next to a photograph shows the "
        "same class: looks alone do not tell these apart."
    )
    return f"{told} {_say_nearest(pairs, Counter(names[idx] for idx in chosen))}".strip()


def _say_nearest(pairs: Sequence[tuple[str, str]], sizes: Counter[str]) -> str:
    """Name the two classes that lie most among each other."""
    totals = Counter(own for own, _ in pairs)
    strangers = Counter((own, near) for own, near in pairs if own != near)
    shares = {
        (own, near): number / totals[own]
        for (own, near), number in strangers.items()
        if sizes[own] >= _MIN_JUDGED
    }
    if not shares:
        return ""
    own, near = max(shares, key=lambda pair: (shares[pair], pair))
    return (
        f"Most alike are {name_class(own)} and {name_class(near)}: {say_share(shares[own, near])} "
        "of what lies next to the first is the second."
    )
