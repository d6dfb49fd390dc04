"""Decoding: what is read, what is refused, and with which code."""

import contextlib
import io
import pickle  # noqa: TID251  (Ray pickles exceptions between processes)
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from models.images import (
    MAX_IMAGE_BYTES,
    REDUCED_SIDE_PX,
    ImageError,
    decode_image,
    list_images,
    read_image_bytes,
    split_paths,
)
from models.leaf_drawing import draw_leaf
from train_jobs.config import CONFIGS


def encode(image: Image.Image, image_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def code_of(image_bytes: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        decode_image(image_bytes)
    assert len(str(caught.value)) > 20
    return caught.value.code


RED = Image.new("RGB", (40, 30), (200, 10, 20))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_reads_the_three_kinds(image_format: str) -> None:
    image = decode_image(encode(RED, image_format))
    assert image.shape == (30, 40, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.reshape(-1, 3).mean(axis=0) - [200, 10, 20]).max() < 5


def test_turns_upright_by_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_image(encode(RED, "JPEG", exif=exif)).shape == (40, 30, 3)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1023, 1300), (1023, 1300)),
        ((1024, 1300), (512, 650)),
        ((4000, 3000), (1000, 750)),
        ((4200, 5000), (525, 625)),
        ((9000, 500), (9000, 500)),
    ],
)
def test_a_large_jpeg_comes_at_a_fraction_of_its_size(size, expected) -> None:
    assert decode_image(encode(RED.resize(size), "JPEG")).shape == (*expected[::-1], 3)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_other_kinds_keep_their_size(image_format: str) -> None:
    large = RED.resize((1400, 1100))
    assert decode_image(encode(large, image_format)).shape == (1100, 1400, 3)


def test_a_large_jpeg_is_turned_upright_and_keeps_its_colours() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.fromarray(draw_leaf(3, size_px=1600)[:1200])
    whole = np.asarray(large.resize((800, 600), Image.Resampling.BOX).rotate(-90, expand=True))
    reduced = decode_image(encode(large, "JPEG", quality=95, exif=exif))
    assert reduced.shape == (800, 600, 3)
    assert np.abs(reduced.astype(float) - whole).mean() < 2


def test_a_large_jpeg_that_is_cut_off_is_still_refused() -> None:
    whole = encode(Image.fromarray(draw_leaf(3, size_px=1600)), "JPEG")
    assert code_of(whole[: len(whole) // 2]) == "truncated"


def test_every_network_takes_less_than_half_of_what_is_decoded() -> None:
    assert max(config.serve_size_px for config in CONFIGS.values()) * 2 <= REDUCED_SIDE_PX


def test_grey_palette_and_transparency_become_rgb() -> None:
    assert decode_image(encode(RED.convert("L"))).shape == (30, 40, 3)
    assert decode_image(encode(RED.convert("P"))).shape == (30, 40, 3)
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert decode_image(encode(clear)).min() == 255


def test_refuses_by_content_not_by_name(tmp_path: Path) -> None:
    assert code_of(b"") == "empty"
    assert code_of(b"this is a text that was named leaf.jpg") == "not_an_image"
    assert code_of(encode(RED, "GIF")) == "unsupported_format"
    assert code_of(encode(RED, "TIFF")) == "unsupported_format"
    assert code_of(b"\0\0\0\x18ftypheic" + b"\0" * 40) == "unsupported_format"
    assert code_of(encode(RED, "JPEG")[:-200]) == "truncated"
    assert code_of(b"\xff\xd8\xff" + b"\0" * 100) in {"not_an_image", "truncated"}
    assert code_of(b"\xff" * (MAX_IMAGE_BYTES + 1)) == "too_many_bytes"


def test_refuses_sizes_and_colours() -> None:
    assert code_of(encode(Image.new("L", (10_000, 5_000)))) == "too_many_pixels"
    assert code_of(encode(Image.new("RGB", (15, 400)))) == "too_few_pixels"
    assert code_of(encode(RED.convert("CMYK"), "JPEG")) == "unsupported_colour"
    assert code_of(encode(Image.new("I;16", (40, 40)))) == "unsupported_colour"
    frames = [Image.new("RGB", (20, 20), (i, 0, 0)) for i in (0, 90, 200)]
    animated = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert code_of(animated) == "animated"


def test_reading_names_what_is_wrong(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "no.jpg", "missing"), (tmp_path, "is_a_folder")):
        with pytest.raises(ImageError) as caught:
            read_image_bytes(path)
        assert caught.value.code == code
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match="empty"):
        read_image_bytes(tmp_path / "empty.jpg")


def test_errors_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(ImageError("empty", "the file is empty")))
    assert (error.code, error.message, str(error)) == ("empty", "the file is empty", error.message)


def test_lists_images_of_folders_sorted(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in list_images([tmp_path])] == ["a.png", "b.JPG"]
    assert list_images([tmp_path / "notes.txt"]) == [tmp_path / "notes.txt"]


@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_never_raises_anything_else(tail: bytes, head: bytes) -> None:
    with contextlib.suppress(ImageError):
        decode_image(head + tail)


def test_paths_with_spaces_are_joined_if_they_exist(tmp_path: Path) -> None:
    spaced = tmp_path / "leaf spot (1).jpg"
    spaced.touch()
    assert split_paths(f"a.jpg  {spaced} b.jpg") == ["a.jpg", str(spaced), "b.jpg"]
    assert split_paths("") == []
