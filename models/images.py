"""From bytes to an RGB array, with limits: the only place that opens an image from outside.

The kind is told by the first bytes and Pillow's allow-list (JPEG, PNG, WebP), never by the file
name: the decoder holes of recent years lie in the rare formats.
"""

import io
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
MIN_SIDE_PX = 16
# A large JPEG is decoded at 1/2, 1/4 or 1/8, as long as its shorter side keeps so many pixels: more
# than twice what a network takes (192 to 224). `python -m loadtest.hot_path` on 250 photographs
# enlarged to 1600, 3000 and 4000 px: 2.4 to 6.2 times quicker; two of 750 near ties changed their
# class, and no probability moved by more than 0.06.
REDUCED_SIDE_PX = 512
_MAX_WORDS_IN_A_PATH = 12
# Pillow names a phone's JPEG with an embedded preview "MPO"; its first frame is the photo.
_FORMATS = ("JPEG", "PNG", "WEBP", "MPO")
_IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif", ".avif", ".gif"}
    | {".bmp", ".tif", ".tiff"}
)
_WHAT_WE_READ = "send a JPEG, PNG or WebP"


class ImageError(Exception):
    """An image that is refused: `code` for programs, `message` for people (says what to do)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


def read_image_bytes(path: Path) -> bytes:
    """Read a file of at most `MAX_IMAGE_BYTES`.

    Raises:
        ImageError: codes `missing`, `is_a_folder`, `unreadable`, `empty`, `too_many_bytes`.
    """
    try:
        if path.is_dir():
            raise ImageError("is_a_folder", f"{path} is a folder; name the photos inside it")
        with path.open("rb") as file:
            image_bytes = file.read(MAX_IMAGE_BYTES + 1)
    except FileNotFoundError:
        raise ImageError("missing", f"{path} does not exist; check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ImageError(
            "unreadable", f"{path} cannot be read ({reason}); check its permissions"
        ) from None
    _check_size(image_bytes)
    return image_bytes


def decode_image(image_bytes: bytes) -> NDArray[np.uint8]:
    """Decode one photograph to RGB, turned upright by its EXIF orientation.

    The whole photograph is there, a large JPEG at a fraction of its size: no caller looks at more
    pixels than that, and its decoder scales for less than it decodes.

    Returns:
        Array of shape (height, width, 3), uint8. Transparent pixels are laid on white. A JPEG whose
        shorter side has twice `REDUCED_SIDE_PX` or more comes at 1/2, 1/4 or 1/8.

    Raises:
        ImageError: codes `empty`, `too_many_bytes`, `not_an_image`, `unsupported_format`,
            `truncated`, `too_many_pixels`, `too_few_pixels`, `unsupported_colour`, `animated`.
    """
    _check_size(image_bytes)
    _check_signature(image_bytes)
    try:
        with warnings.catch_warnings():
            # Our own limit is stricter than Pillow's warning and is checked before decoding.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(image_bytes), formats=_FORMATS) as image:
                _check_header(image)
                image.draft(None, (REDUCED_SIDE_PX, REDUCED_SIDE_PX))
                image.load()
                upright = ImageOps.exif_transpose(image)
                return np.asarray(_to_rgb(upright))
    except ImageError:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise ImageError(
            "not_an_image", f"this is no image that can be read; {_WHAT_WE_READ}"
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        # Pillow's parsers let all of these escape on damaged files.
        raise ImageError(
            "truncated",
            f"the image is damaged or cut off ({str(error)[:80]}); copy the file again",
        ) from None


def list_images(paths: Iterable[Path]) -> list[Path]:
    """Expand folders into the image files below them, sorted; files stay as given.

    A file inside a folder counts as an image by its suffix: what it really holds is checked when
    it is decoded, so that a damaged photo is reported rather than passed over.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(
                sorted(
                    child
                    for child in path.rglob("*")
                    if child.suffix.lower() in _IMAGE_SUFFIXES
                    and not child.name.startswith(".")
                    and child.is_file()
                )
            )
        else:
            found.append(path)
    return found


def split_paths(text: str) -> list[str]:
    """Split paths at white space; a path that has spaces itself is joined again if it exists.

    A make variable such as IMAGES="a.jpg my photos/b.jpg" knows no quoting.
    """
    words = text.split()
    paths: list[str] = []
    start = 0
    while start < len(words):
        ends = range(min(len(words), start + _MAX_WORDS_IN_A_PATH), start + 1, -1)
        joined = (" ".join(words[start:end]) for end in ends)
        path = next((name for name in joined if Path(name).exists()), words[start])
        paths.append(path)
        start += len(path.split(" "))
    return paths


def _check_size(image_bytes: bytes) -> None:
    if not image_bytes:
        raise ImageError("empty", "the file is empty; copy it again from the camera")
    if len(image_bytes) > MAX_IMAGE_BYTES:
        raise ImageError(
            "too_many_bytes",
            f"the file is larger than {MAX_IMAGE_BYTES // 2**20} MiB; send a smaller copy",
        )


def _check_signature(image_bytes: bytes) -> None:
    head = image_bytes[:16]
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return
    other = _other_format(head)
    if other is None:
        raise ImageError("not_an_image", f"this is not an image; {_WHAT_WE_READ}")
    raise ImageError("unsupported_format", f"{other} images are not read; {_WHAT_WE_READ} instead")


def _other_format(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in {b"avif", b"avis"}:
            return "AVIF"
        if brand in {b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"}:
            return "HEIC"
    known = {b"GIF8": "GIF", b"BM": "BMP", b"II*\x00": "TIFF", b"MM\x00*": "TIFF", b"%PDF": "PDF"}
    return next((name for magic, name in known.items() if head.startswith(magic)), None)


def _check_header(image: Image.Image) -> None:
    """Refuse by the header alone, before a pixel is decoded."""
    width_px, height_px = image.size
    if width_px * height_px > MAX_PIXELS:
        raise _too_many_pixels()
    if min(width_px, height_px) < MIN_SIDE_PX:
        raise ImageError(
            "too_few_pixels",
            f"the image is only {width_px} x {height_px} pixels; "
            f"send one of at least {MIN_SIDE_PX} pixels a side",
        )
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise ImageError("animated", "animated images are not read; save one frame as JPEG")
    if image.mode in {"CMYK", "YCCK", "LAB", "HSV"}:
        raise ImageError(
            "unsupported_colour", f"{image.mode} colours are not read; save the photo as RGB JPEG"
        )
    if image.mode.startswith("I") or image.mode == "F" or _is_16_bit_png(image):
        raise ImageError(
            "unsupported_colour", "16-bit images are not read; save the photo with 8 bits a colour"
        )


def _is_16_bit_png(image: Image.Image) -> bool:
    # Pillow reads 16-bit RGB as 8-bit RGB and says so in the tile's raw mode only.
    return image.format == "PNG" and any(
        "16" in str(tile[-1]) for tile in getattr(image, "tile", ())
    )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    return image.convert("RGB")


def _too_many_pixels() -> ImageError:
    return ImageError(
        "too_many_pixels",
        f"the image has more than {MAX_PIXELS // 10**6} million pixels; send a smaller copy",
    )
