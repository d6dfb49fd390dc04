"""Heat maps: where on the leaf the evidence for the first class lies."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.explain import encode_png, load_classifier_weights, overlay, to_activation_map

# Large enough to see a lesion, small enough for a poor connection (about 300 KiB as PNG).
_MAX_SIDE_PX = 384


class HeatmapPainter:
    """Paints with the last layer of one artifact."""

    def __init__(self, artifact_dir: Path, class_names: tuple[str, ...]) -> None:
        """Load the last layer's weights of the artifact; it must have been verified."""
        self._weights = load_classifier_weights(artifact_dir).copy()
        self._class_idx = {name: idx for idx, name in enumerate(class_names)}

    def paint(
        self, image: NDArray[np.uint8], feature_map_chw: NDArray[np.float32], class_name: str
    ) -> bytes:
        """Return a PNG of the photo, scaled down, with the evidence for a class laid over it."""
        small = Image.fromarray(image)
        small.thumbnail((_MAX_SIDE_PX, _MAX_SIDE_PX))
        weights_c = self._weights[self._class_idx[class_name]]
        return encode_png(overlay(np.asarray(small), to_activation_map(feature_map_chw, weights_c)))
