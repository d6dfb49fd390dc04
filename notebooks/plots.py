"""How the notebooks draw: one style, sheets of photographs, and sentences."""

import io
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image, Markdown, display
from numpy.typing import NDArray

COLOURS = {
    "train": "#4477aa",
    "val": "#ee6677",
    "test": "#ccbb44",
    "lab": "#4477aa",
    "field": "#228833",
    "domain": "#aa3377",
    "neutral": "#bbbbbb",
    "stranger": "#ee7733",
    "right": "#228833",
    "wrong": "#cc3311",
}
_DPI = 100
_JPEG_QUALITY = 80
_CHARACTERS_PER_IN = 18


def set_style() -> None:
    """Set what all plots share."""
    plt.rcParams.update(
        {
            "figure.dpi": _DPI,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10,
            "axes.titlelocation": "left",
            "axes.labelsize": 9,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "legend.fontsize": 8,
            "legend.frameon": False,
        }
    )


def say(sentence: str) -> None:
    """Show a sentence (Markdown) below the cell."""
    display(Markdown(sentence))


def show_photographs(
    images: Sequence[NDArray[np.uint8]],
    titles: Sequence[str] = (),
    *,
    columns: int = 6,
    side_in: float = 1.4,
    colours: Sequence[str] = (),
) -> None:
    """Show photographs in rows, as one JPEG: a PNG of photographs takes five times the space.

    `titles` and their `colours` are one a photograph, or none.
    """
    rows = -(-len(images) // columns)
    titles = [_wrap(title, round(side_in * _CHARACTERS_PER_IN)) for title in titles]
    title_in = 0.2 * max((title.count("\n") + 1 for title in titles), default=0)
    size = (side_in * columns, (side_in + title_in) * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
        axis.set_anchor("N")  # photographs of different shapes hang in one line
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        axis.imshow(image)
        if titles:
            colour = colours[index] if colours else "black"
            axis.set_title(titles[index], fontsize=7, color=colour, loc="center")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="jpeg", dpi=1.3 * _DPI, pil_kwargs={"quality": _JPEG_QUALITY})
    plt.close(figure)
    display(Image(buffer.getvalue(), format="jpeg"))


def _wrap(title: str, width: int) -> str:
    return "\n".join(textwrap.fill(line, width) for line in title.split("\n"))
