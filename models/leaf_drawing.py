"""Drawn leaves: a small seeded generator for self-checks and tests, where no photographs lie.

A drawing is no photograph: the champion is expected to answer "unknown" to it.
"""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

_NUM_PATTERNS = 38


def draw_leaf(seed: int, *, size_px: int = 256, class_idx: int | None = None) -> NDArray[np.uint8]:
    """Draw one leaf with veins and spots on a mottled ground.

    Args:
        seed: same seed, same drawing.
        size_px: height and width.
        class_idx: gives all drawings of one class the same leaf colour and spots, so that a
            network can learn to tell the classes apart; None draws any.

    Returns:
        Array of shape (size_px, size_px, 3), uint8.
    """
    rng = np.random.default_rng(seed)
    pattern = int(rng.integers(_NUM_PATTERNS)) if class_idx is None else class_idx
    look = np.random.default_rng(1000 + pattern)
    leaf_colour = tuple(int(v) for v in look.integers((30, 80, 10), (140, 190, 90)))
    spot_colour = tuple(int(v) for v in look.integers((60, 20, 0), (240, 200, 160)))
    num_spots = int(look.integers(0, 30))
    spot_share = float(look.uniform(0.01, 0.05))

    ground = rng.normal(rng.uniform(90, 200), 12, (size_px, size_px, 1)) + rng.normal(0, 4, 3)
    image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8).repeat(1, axis=2))
    draw = ImageDraw.Draw(image)
    centre = size_px / 2 + rng.uniform(-0.05, 0.05, 2) * size_px
    length, width = rng.uniform(0.36, 0.46) * size_px, rng.uniform(0.2, 0.3) * size_px
    angle = rng.uniform(0, 2 * math.pi)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])

    def place(along: float, across: float) -> tuple[float, float]:
        x, y = turn @ np.array([along, across]) + centre
        return float(x), float(y)

    def half_width(share: float) -> float:
        return float(width * math.sin(math.pi * (share + 1) / 2) ** 0.8)

    shares = np.linspace(-1, 1, 40)
    outline = [place(s * length, half_width(s)) for s in shares]
    outline += [place(s * length, -half_width(s)) for s in shares[::-1]]
    draw.polygon(outline, fill=leaf_colour)
    vein = tuple(min(255, v + 40) for v in leaf_colour)
    draw.line([place(-length, 0), place(length, 0)], fill=vein, width=max(1, size_px // 80))
    for share in np.linspace(-0.7, 0.7, 6):
        for side in (-1, 1):
            tip = place((share + 0.2) * length, side * half_width(share + 0.2) * 0.9)
            draw.line([place(share * length, 0), tip], fill=vein, width=1)
    for _ in range(num_spots):
        share = rng.uniform(-0.85, 0.85)
        x, y = place(share * length, rng.uniform(-0.8, 0.8) * half_width(share))
        radius = spot_share * size_px * rng.uniform(0.5, 1.3)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=spot_colour)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(size_px / 300)))


def encode_jpeg(image: NDArray[np.uint8], quality: int = 90) -> bytes:
    """Encode an RGB array (height, width, 3) as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()
