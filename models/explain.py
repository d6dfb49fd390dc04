"""Where on the leaf the evidence is: the class activation map, without torch (Zhou et al. 2016).

The network ends in an average over the feature map and one linear layer, so the map of a class is
the feature map weighted by that class's row of the linear layer: exact, not an approximation.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file

from models.artifact import WEIGHTS_FILE

_CLASSIFIER = "classifier.weight"


def load_classifier_weights(artifact_dir: Path) -> NDArray[np.float32]:
    """Load the last layer's weights (classes, channels) of an artifact."""
    weights: NDArray[np.float32] = load_file(artifact_dir / WEIGHTS_FILE)[_CLASSIFIER]
    return weights


def to_activation_map(
    feature_map_chw: NDArray[np.float32], class_weights_c: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the evidence for one class (height, width), scaled to [0, 1]; 0 is none."""
    evidence = np.einsum("chw,c->hw", feature_map_chw, class_weights_c)
    evidence = np.clip(evidence, 0, None)
    peak = float(evidence.max())
    return np.asarray(evidence / peak if peak > 0 else evidence, dtype=np.float32)


def overlay(image: NDArray[np.uint8], activation_hw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Lay the map over the photograph: yellow to red where the evidence is."""
    height_px, width_px = image.shape[:2]
    grey = Image.fromarray((activation_hw * 255).astype(np.uint8))
    heat = np.asarray(grey.resize((width_px, height_px), Image.Resampling.BICUBIC)) / 255.0
    colour = np.stack([np.full_like(heat, 255), 220 * (1 - heat), np.zeros_like(heat)], axis=2)
    alpha = (0.65 * heat)[..., None]
    return np.asarray((image * (1 - alpha) + colour * alpha).astype(np.uint8))


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Encode an RGB or grey array as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
