"""Which build of torch suits this machine: the small one for the CPU, or the registry's."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

CHOICES = ("auto", "cpu", "cuda")
_PAGE_TIMEOUT_S = 20
_MAX_PAGE_BYTES = 20_000_000
_WITHOUT_CUDA = (
    "No CPU build of torch was found, so the package registry's build for NVIDIA cards is\n"
    "installed: about 3 GB to download and 7 GB on disk. It runs without such a card too.\n"
    "For the small one (0.2 GB), stop here, put the wheel {wheel} into a\n"
    "folder, or find the address of PyTorch's page of CPU wheels on its site, then run:\n"
    "  PIP_FIND_LINKS=<folder or address> LEAFRAY_TORCH=cpu make setup"
)
_NO_CPU_WHEEL = (
    "LEAFRAY_TORCH=cpu was asked for, but no wheel {wheel} was found. Put it into a\n"
    "folder and set PIP_FIND_LINKS to that folder, or run without LEAFRAY_TORCH."
)


class TorchChoiceError(Exception):
    """The wish cannot be met; the message says what to do."""


class TorchChoice(NamedTuple):
    """``name`` is that of the requirements file; ``notice`` is for the person, or empty."""

    name: str
    notice: str = ""


def choose_torch(wish: str, find_links: Iterable[str], *, version: str) -> TorchChoice:
    """Choose between ``cpu`` and ``cuda`` for the torch ``version`` (as in ``2.13.0``).

    ``auto`` takes the CPU build if its wheel can be found and no NVIDIA driver is there.

    Raises:
        TorchChoiceError: an unknown wish, or a CPU build that cannot be found.
    """
    if wish not in CHOICES:
        message = f"LEAFRAY_TORCH is {wish!r}; set it to one of {', '.join(CHOICES)} or unset it."
        raise TorchChoiceError(message)
    if wish == "cuda" or (wish == "auto" and shutil.which("nvidia-smi")):
        return TorchChoice("cuda")
    wheel = f"torch-{version}+cpu-cp311-*_{platform.machine()}.whl"
    if any(has_cpu_wheel(place, version) for place in find_links):
        return TorchChoice("cpu")
    if wish == "cpu":
        raise TorchChoiceError(_NO_CPU_WHEEL.format(wheel=wheel))
    # Elsewhere the registry's build is one for the CPU anyway.
    has_cuda = sys.platform == "linux" and platform.machine() == "x86_64"
    return TorchChoice("cuda", _WITHOUT_CUDA.format(wheel=wheel) if has_cuda else "")


def has_cpu_wheel(place: str, version: str) -> bool:
    """Tell whether a folder or page of links holds torch's CPU wheel for this kind of machine.

    A place that cannot be read holds nothing.
    """
    pattern = re.compile(
        rf"torch-{re.escape(version)}\+cpu-cp311-cp311-\w*{re.escape(platform.machine())}\.whl"
    )
    address = urllib.parse.urlsplit(place)
    if address.scheme in {"http", "https"}:
        try:
            # The scheme was checked just above.
            with urllib.request.urlopen(place, timeout=_PAGE_TIMEOUT_S) as answer:  # noqa: S310
                page = answer.read(_MAX_PAGE_BYTES).decode("utf-8", "replace")
        except (urllib.error.URLError, TimeoutError):
            return False
        return pattern.search(urllib.parse.unquote(page)) is not None
    folder = Path(urllib.parse.unquote(address.path) if address.scheme == "file" else place)
    return folder.is_dir() and any(pattern.fullmatch(path.name) for path in folder.iterdir())
