"""Real photographs at a phone's size: decoding them reduced changes no diagnosis."""

import io

import numpy as np
import pytest
from PIL import Image

from models.evaluation import list_labelled
from models.images import decode_image, read_image_bytes
from models.predictor import Predictor

SIDE_PX = 2000
EVERY = 60


@pytest.fixture(scope="module")
def predictor(champion_dir):
    return Predictor.load(champion_dir)


def enlarge(image_bytes) -> bytes:
    with Image.open(io.BytesIO(image_bytes), formats=["JPEG"]) as image:
        scale = SIDE_PX / max(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        buffer = io.BytesIO()
        image.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.mark.parametrize("part", ["val", "field", "domain"])
def test_class_and_refusal_stay(predictor, data_dir, part: str) -> None:
    for path, _ in list_labelled(data_dir / part)[::EVERY]:
        image_bytes = enlarge(read_image_bytes(path))
        with Image.open(io.BytesIO(image_bytes), formats=["JPEG"]) as image:
            whole = predictor.predict_image(np.asarray(image.convert("RGB")))
        assert decode_image(image_bytes).shape[0] <= SIDE_PX // 2
        reduced = predictor.predict_bytes(image_bytes)
        assert reduced.top[0].class_name == whole.top[0].class_name
        assert reduced.top[0].probability == pytest.approx(whole.top[0].probability, abs=0.1)
        assert (reduced.refusal is None) == (whole.refusal is None)
