"""The check of one file: may it be learned from, and what does the model say of its label?"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cluster.uploads.values import CORRECTABLE, DUPLICATE, UploadItem, reject
from models.images import ImageError, decode_image
from models.labels import get_label
from models.near_duplicates import hash_picture
from models.predictor import Predictor
from models.refusal import UNKNOWN_LEAF
from serve_app.uploads.candidates import Candidate
from serve_app.uploads.labels import LabelFile, find_class_name
from serve_app.uploads.names import check_name
from serve_app.uploads.stored_photographs import StoredPhotographs

# A model that is so sure of another class is worth a person's look, and so is a stranger to it that
# it would have called otherwise. Random wrong labels, finetune-20261125-024942: marked were 98 % of
# the wrong and 1 % of the right ones on 250 validation leaves, 90 % and 9 % on field photographs
# (half of which it was trained on), and 75 to 100 % of strangers, by kind. Without the second rule
# no photograph of an object or a scene would be.
MIN_SURE_PROBABILITY = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One item, and the bytes of a photograph that is to be kept."""

    item: UploadItem
    image_bytes: bytes | None


class ImageCheck:
    """Checks the files of one upload one after the other; remembers the hashes it has seen."""

    def __init__(
        self,
        predictor: Predictor,
        stored: StoredPhotographs,
        label_file: LabelFile | None,
        found: Iterable[UploadItem],
    ) -> None:
        """Go on after what was found before."""
        self._predictor = predictor
        self._stored = stored
        self._label_file = label_file
        self._seen = {item.sha256 for item in found if item.sha256}

    def check(self, candidate: Candidate) -> Checked:
        """Return what there is to say of a file."""
        item = UploadItem(name=candidate.name, sha256="", class_name=None, is_accepted=False)
        problem: ImageError | None = None
        try:
            item = replace(item, class_name=find_class_name(candidate.name, self._label_file))
        except ImageError as error:
            problem = error
        try:
            check_name(candidate.name)
            image_bytes = candidate.read()
            item = replace(item, sha256=hashlib.sha256(image_bytes).hexdigest())
            self._check_hash(item.sha256)
            image = decode_image(image_bytes)
            self._check_side(image)
            picture = hash_picture(Image.fromarray(image))
            if picture is not None:
                self._stored.check_picture(picture)
        except ImageError as error:
            return Checked(item=reject(item, error.code, error.message), image_bytes=None)
        item = replace(item, difference_hash=_to_hex(picture))
        item = self._describe(item, image)
        # Last, for another label mends it: such a photograph is kept.
        if problem is not None:
            item = reject(item, problem.code, problem.message)
        return Checked(item=item, image_bytes=image_bytes)

    def _check_hash(self, sha256: str) -> None:
        if sha256 in self._seen:
            raise ImageError(DUPLICATE, "the same photograph comes twice in this upload")
        self._seen.add(sha256)
        self._stored.check_new(sha256)

    def _check_side(self, image: NDArray[np.uint8]) -> None:
        min_side_px, side_px = self._predictor.card.quality.min_side_px, min(image.shape[:2])
        if side_px < min_side_px:
            raise ImageError(
                "too_small",
                f"only {side_px} pixels on its shorter side; send the camera's own file, of at "
                f"least {min_side_px} pixels",
            )

    def _describe(self, item: UploadItem, image: NDArray[np.uint8]) -> UploadItem:
        prediction = self._predictor.predict_image(image, top_k=1)
        best = prediction.top[0]
        item = replace(
            item,
            is_accepted=True,
            predicted_class_name=best.class_name,
            predicted_probability=round(best.probability, 4),
        )
        if item.class_name in (None, best.class_name):
            return item
        if prediction.refusal is not None and prediction.refusal.code == UNKNOWN_LEAF:
            reason = "the model knows no such leaf, and would not have said this label; look at it"
            return replace(item, is_suspicious=True, reason=reason)
        if best.probability >= MIN_SURE_PROBABILITY:
            name = get_label(best.class_name).display_name
            reason = f"the model takes it for {name} ({best.probability:.0%}); look at it"
            return replace(item, is_suspicious=True, reason=reason)
        return item


def is_kept(item: UploadItem) -> bool:
    """Tell whether the photograph of an item stays in the quarantine."""
    return item.is_accepted or item.code in CORRECTABLE


def _to_hex(packed: bytes | None) -> str | None:
    return None if packed is None else packed.hex()
