"""What a file's name tells of the leaf that it shows."""

import re

# Endings that augmented copies of one original carry in the New Plant Diseases Dataset.
_AUGMENTED = re.compile(
    r"(_(90deg|180deg|270deg|flipLR|flipTB|new\d+degFlipLR|\d+degFlipLR|lastLR|"
    r"change_\d+|newPixel\d+|mirror\w*))+$",
    re.IGNORECASE,
)


def to_original_stem(file_stem: str) -> str:
    """Return the stem of the original that an augmented copy belongs to; else the stem itself."""
    return _AUGMENTED.sub("", file_stem.strip())


def is_augmented_stem(file_stem: str) -> bool:
    """Tell by its name whether a photograph is an augmented copy of another one."""
    return _AUGMENTED.search(file_stem.strip()) is not None
