"""The look at a source before anything is sent: what is a photograph, and what its label is.

Runs on a worker. The rules are the server's own, so that what is ready here is rarely refused
there: only the server knows what is in its data already.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gui.contribute.sources import Source, SourceError, SourceFile, open_source
from gui.contribute.values import LABEL_FAULTS, LocalPhoto
from models.artifact import CHAMPION_DIR, ArtifactError, load_card
from models.images import ImageError, decode_image
from serve_app.uploads.labels import LabelFile, LabelFileError, find_class_name, parse_label_file
from serve_app.uploads.names import check_name

DUPLICATE = "duplicate"
_TELL_EVERY_S = 0.2
# Of a champion whose card says nothing of quality.
_MIN_SIDE_PX = 16


def look(
    path: Path,
    labels_path: Path | None,
    *,
    tell: Callable[[int, int], None],
    is_wanted: Callable[[], bool],
) -> tuple[tuple[LocalPhoto, ...], str | None]:
    """Return what lies in a folder or zip, and in words what could not be used at all.

    ``tell`` takes how many files were looked at, of how many; once ``is_wanted`` says no, the look
    ends early and its answer is for nobody.
    """
    try:
        with open_source(path, labels_path) as source:
            label_file = _parse_labels(source)
            found = _look_at_all(source.files, label_file, tell=tell, is_wanted=is_wanted)
            others = [
                LocalPhoto(name=name, fault="not_an_image", reason="this is no photograph")
                for name in source.others
            ]
    except (SourceError, ImageError) as error:
        return (), str(error)
    if not found:
        return (), f"There are no photographs in {path}. Name a folder or a zip that holds some."
    return (*_judge_repeats(found), *others), None


def _look_at_all(
    files: Sequence[SourceFile],
    label_file: LabelFile | None,
    *,
    tell: Callable[[int, int], None],
    is_wanted: Callable[[], bool],
) -> list[LocalPhoto]:
    min_side_px = _find_min_side_px()
    found: list[LocalPhoto] = []
    told_s = time.monotonic()
    for file in files:
        if not is_wanted():
            break
        found.append(_look_at(file, label_file, min_side_px))
        if time.monotonic() - told_s > _TELL_EVERY_S:
            told_s = time.monotonic()
            tell(len(found), len(files))
    return found


def _look_at(file: SourceFile, label_file: LabelFile | None, min_side_px: int) -> LocalPhoto:
    photo = LocalPhoto(name=file.name)
    try:
        check_name(file.name)
        image_bytes = file.read()
        sha256 = hashlib.sha256(image_bytes).hexdigest()
        photo = replace(photo, sha256=sha256, num_bytes=len(image_bytes))
        _check_side(image_bytes, min_side_px)
    except ImageError as error:
        return replace(photo, fault=error.code, reason=error.message)
    try:
        return replace(photo, class_name=find_class_name(file.name, label_file))
    except ImageError as error:
        return replace(photo, fault=error.code, reason=error.message)


def _check_side(image_bytes: bytes, min_side_px: int) -> None:
    side_px = min(decode_image(image_bytes).shape[:2])
    if side_px < min_side_px:
        raise ImageError(
            "too_small", f"only {side_px} pixels on its shorter side, {min_side_px} are needed"
        )


def _judge_repeats(found: Sequence[LocalPhoto]) -> list[LocalPhoto]:
    """Return the photographs, each content once; one under two labels needs a person's word."""
    classes: dict[str, set[str]] = {}
    for photo in found:
        if photo.class_name is not None:
            classes.setdefault(photo.sha256, set()).add(photo.class_name)
    first: dict[str, LocalPhoto] = {}
    judged = []
    for photo in found:
        if not photo.is_picture:
            judged.append(photo)
        elif photo.sha256 in first:
            reason = f"the same photograph as {first[photo.sha256].name}"
            judged.append(replace(photo, class_name=None, fault=DUPLICATE, reason=reason))
        else:
            first[photo.sha256] = photo
            judged.append(_judge_conflict(photo, classes.get(photo.sha256, set())))
    return judged


def _judge_conflict(photo: LocalPhoto, class_names: set[str]) -> LocalPhoto:
    if len(class_names) < 2 or photo.fault in LABEL_FAULTS:
        return photo
    reason = f"the same photograph is labelled {' and '.join(sorted(class_names))}"
    return replace(photo, class_name=None, fault="conflicting_labels", reason=reason)


def _parse_labels(source: Source) -> LabelFile | None:
    if source.labels is None:
        return None
    try:
        return parse_label_file(source.labels, source.labels_name)
    except LabelFileError as error:
        raise SourceError(f"{error}.") from None


def _find_min_side_px() -> int:
    try:
        return load_card(CHAMPION_DIR).quality.min_side_px
    except ArtifactError:
        return _MIN_SIDE_PX
