"""Which font files the window uses: the system's if it has a good one, else one from Pillow."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

_SHARE = "/usr/share/fonts"
_MAC = "/System/Library/Fonts/Supplemental"
# In order of preference: wide coverage first, because people's paths are in every script.
_FAMILIES = (
    (f"{_SHARE}/truetype/noto/NotoSans-Regular.ttf", f"{_SHARE}/truetype/noto/NotoSans-Bold.ttf"),
    (f"{_SHARE}/google-noto/NotoSans-Regular.ttf", f"{_SHARE}/google-noto/NotoSans-Bold.ttf"),
    (f"{_SHARE}/noto/NotoSans-Regular.ttf", f"{_SHARE}/noto/NotoSans-Bold.ttf"),
    (f"{_SHARE}/truetype/dejavu/DejaVuSans.ttf", f"{_SHARE}/truetype/dejavu/DejaVuSans-Bold.ttf"),
    (f"{_SHARE}/TTF/DejaVuSans.ttf", f"{_SHARE}/TTF/DejaVuSans-Bold.ttf"),
    ("C:/Windows/Fonts/segoeui.ttf", "C:/Windows/Fonts/seguisb.ttf"),
    (f"{_MAC}/Arial.ttf", f"{_MAC}/Arial Bold.ttf"),
)
_BUNDLED_NAME = "Aileron-Regular.ttf"


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFiles:
    """A regular and a bold font; the same file twice where there is no bold."""

    regular: Path
    bold: Path


def find_font_files() -> FontFiles | None:
    """Return the fonts to use; None where there is none at all (Dear PyGui's own remains).

    Without a known system font this writes Pillow's own (Aileron, public domain) to the user's
    cache folder, because Dear PyGui takes fonts from files only.
    """
    for regular, bold in _FAMILIES:
        if Path(regular).is_file():
            return FontFiles(
                regular=Path(regular), bold=Path(bold if Path(bold).is_file() else regular)
            )
    font_bytes = _load_bundled_font()
    if font_bytes is None:
        return None
    for folder in (user_cache_path("leafray"), Path(tempfile.gettempdir())):
        path = folder / _BUNDLED_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.stat().st_size != len(font_bytes):
                path.write_bytes(font_bytes)
        except OSError:
            continue
        return FontFiles(regular=path, bold=path)
    return None


def _load_bundled_font() -> bytes | None:
    from PIL import ImageFont

    font = ImageFont.load_default(size=16)
    # A Pillow built without FreeType gives a bitmap font, which is no file.
    return font.font_bytes if isinstance(font, ImageFont.FreeTypeFont) else None
