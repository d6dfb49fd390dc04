"""Photos made small."""

import numpy as np
import pytest

from gui.diagnose.previews import (
    PREVIEW_SIDE_PX,
    THUMBNAIL_HEIGHT_PX,
    THUMBNAIL_WIDTH_PX,
    create_preview,
)


@pytest.mark.parametrize(
    ("height_px", "width_px", "large"),
    [
        (3000, 4000, (PREVIEW_SIDE_PX * 3 // 4, PREVIEW_SIDE_PX)),
        (64, 48, (64, 48)),
        (4000, 20, (PREVIEW_SIDE_PX, 4)),
        (60, 120, (60, 120)),
        (16, 40_000, (1, PREVIEW_SIDE_PX)),
    ],
)
def test_a_preview_fits_its_texture(height_px: int, width_px: int, large: tuple[int, int]) -> None:
    preview = create_preview(np.full((height_px, width_px, 3), 200, dtype=np.uint8))
    assert preview.large.shape == (*large, 3)
    assert preview.thumbnail.shape == (THUMBNAIL_HEIGHT_PX, THUMBNAIL_WIDTH_PX, 3)
    assert preview.large.mean() == 200
