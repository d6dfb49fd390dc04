"""The pictures behind the tab, bounded: arrays are no part of the state."""

from collections import OrderedDict
from typing import TYPE_CHECKING

from gui.diagnose.answers import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.diagnose.explanation import Explanation
    from gui.diagnose.previews import Preview

_MAX_PREVIEWS = 8
# Of 2.4 MB each.
_MAX_EXPLANATIONS = 8
_MAX_REFERENCES = 64


class Pictures:
    """Thumbnails of one set of photos, and the large previews and heat maps that came last.

    Used by the window's thread alone.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._thumbnails: dict[int, NDArray[np.uint8]] = {}
        self._large: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self.compared: NDArray[np.uint8] | None = None
        """The photo beside the one on show, (H, W, 3) uint8."""
        self.exhibit: NDArray[np.uint8] | None = None
        """The exhibit's photo for the screen, (H, W, 3) uint8."""
        self.history_thumbnails: dict[int, NDArray[np.uint8]] = {}
        """Of the page of the history that is on show, by the entry's id."""
        self._explanations: OrderedDict[Subject, Explanation] = OrderedDict()
        self._references: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()

    def put(self, photo_idx: int, preview: "Preview", *, shown_idx: int | None) -> None:
        """Remember a preview; the oldest large one may go, but not the one on show."""
        self._thumbnails[photo_idx] = preview.thumbnail
        self._large[photo_idx] = preview.large
        self._large.move_to_end(photo_idx)
        if shown_idx is not None and shown_idx in self._large:
            self._large.move_to_end(shown_idx)
        while len(self._large) > _MAX_PREVIEWS:
            self._large.popitem(last=False)

    def get_large(self, photo_idx: int) -> "NDArray[np.uint8] | None":
        """Return the photo for the screen, (H, W, 3) uint8, if it is at hand."""
        return self._large.get(photo_idx)

    def get_thumbnail(self, photo_idx: int) -> "NDArray[np.uint8] | None":
        """Return the photo's thumbnail, (H, W, 3) uint8, if it was decoded."""
        return self._thumbnails.get(photo_idx)

    def clear(self) -> None:
        """Forget the set: another one comes."""
        self._thumbnails.clear()
        self._large.clear()
        self.compared = None

    def put_explanation(self, subject: Subject, explanation: "Explanation") -> None:
        """Remember what explains an answer; the oldest may go."""
        self._explanations[subject] = explanation
        self._explanations.move_to_end(subject)
        while len(self._explanations) > _MAX_EXPLANATIONS:
            self._explanations.popitem(last=False)

    def get_explanation(self, subject: Subject) -> "Explanation | None":
        """Return what explains an answer, if it is at hand."""
        return self._explanations.get(subject)

    def get_heat(self, subject: Subject | None) -> "NDArray[np.uint8] | None":
        """Return the photo with the evidence, (H, W, 3) uint8, if it is at hand."""
        explanation = self._explanations.get(subject) if subject else None
        return explanation.heat if explanation else None

    def put_reference(self, sha256: str, thumbnail: "NDArray[np.uint8]") -> None:
        """Remember a training photo's thumbnail; the oldest may go."""
        self._references[sha256] = thumbnail
        self._references.move_to_end(sha256)
        while len(self._references) > _MAX_REFERENCES:
            self._references.popitem(last=False)

    def get_reference(self, sha256: str) -> "NDArray[np.uint8] | None":
        """Return a training photo's thumbnail, (H, W, 3) uint8, if it is at hand."""
        return self._references.get(sha256)
