"""How classes, sources and numbers are said."""

from collections.abc import Sequence

from models.labels import UnknownLabelError, get_label

_SOURCES = {
    "lab": "laboratory",
    "field": "field",
    "domain": "another camera",
    "upload": "uploads",
}
_FROM = {
    "lab": "from the laboratory",
    "field": "from the field",
    "domain": "with another camera",
    "upload": "from uploads",
}
_SPLITS = {"train": "to learn from", "val": "to check with", "test": "to judge by"}
_MAX_NAMED = 4


def name_class(class_name: str) -> str:
    """Return a class as people call it; a newer server may know classes that this window does not.

    Never raises.
    """
    try:
        return get_label(class_name).display_name
    except UnknownLabelError:
        crop, _, condition = class_name.partition("__")
        words = f"{_to_words(crop)}: {condition.replace('_', ' ')}" if condition else crop
        return words[:1].upper() + words[1:]


def name_condition(class_name: str) -> str:
    """Return a class without its crop, for where the crop is known."""
    condition = say_condition(class_name)
    return condition[:1].upper() + condition[1:]


def say_condition(class_name: str) -> str:
    """Return the same as a part of a sentence."""
    try:
        return get_label(class_name).condition
    except UnknownLabelError:
        return class_name.partition("__")[2].replace("_", " ") or class_name


def to_crop(class_name: str) -> str:
    """Return the slug of a class's crop."""
    return class_name.partition("__")[0]


def name_crop(crop: str) -> str:
    """Return a crop as people call it."""
    return _to_words(crop)


def name_source(source: str) -> str:
    """Return where photographs come from."""
    return _SOURCES.get(source, source)


def say_source(source: str) -> str:
    """Return a source as a part of a sentence."""
    return _FROM.get(source, f"from {source}")


def name_split(split: str) -> str:
    """Return what photographs are used for."""
    return _SPLITS.get(split, split)


def order_sources(sources: Sequence[str]) -> list[str]:
    """Sort sources as they are always listed, strange ones last."""
    return _order(sources, list(_SOURCES))


def order_splits(splits: Sequence[str]) -> list[str]:
    """Sort splits as they are always listed, strange ones last."""
    return _order(splits, list(_SPLITS))


def say_photos(number: int) -> str:
    """Return so many photographs."""
    return f"{number:,} photograph{'' if number == 1 else 's'}"


def say_share(share: float) -> str:
    """Return a share in percent; never a false 0 or 100."""
    percent = 100 * share
    if 0 < percent < 1:
        return "less than 1 %"
    if 99 < percent < 100:
        return "more than 99 %"
    return f"{percent:.0f} %"


def say_sure(probability: float) -> str:
    """Return how sure the model is; never a false 100."""
    percent = 100 * probability
    return "> 99.9 %" if 99.9 < percent < 100 else f"{percent:.1f} %"


def say_list(names: Sequence[str]) -> str:
    """Return names as one says them, the first few of many."""
    if len(names) > _MAX_NAMED + 1:
        num_others = len(names) - _MAX_NAMED
        return f"{', '.join(names[:_MAX_NAMED])} and {num_others} others"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _to_words(slug: str) -> str:
    words = slug.replace("_", " ")
    return words[:1].upper() + words[1:]


def _order(names: Sequence[str], known: list[str]) -> list[str]:
    return sorted(
        set(names), key=lambda name: (known.index(name) if name in known else len(known), name)
    )
