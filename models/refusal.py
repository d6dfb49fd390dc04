"""Why a photograph is not diagnosed: in a code for programs and in words for people."""

from dataclasses import dataclass

from models.artifact import QualityCard
from models.photo_quality import PhotoQuality

UNKNOWN_LEAF = "unknown_leaf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the photograph is not diagnosed, and the threshold that decided."""

    code: str
    reason: str
    threshold: float


def find_fault(quality: PhotoQuality, limits: QualityCard) -> Refusal | None:
    """Return why nobody could diagnose this photograph; None for one that can be used."""
    if quality.side_px < limits.min_side_px:
        return Refusal(
            code="too_small",
            reason=(
                f"The photo is only {quality.side_px} pixels on its shorter side. Send the "
                f"camera's own file, of at least {limits.min_side_px} pixels."
            ),
            threshold=limits.min_side_px,
        )
    if quality.brightness < limits.min_brightness:
        return Refusal(
            code="too_dark",
            reason="The photo is too dark to see lesions. Photograph the leaf in daylight.",
            threshold=limits.min_brightness,
        )
    if quality.sharpness < limits.min_sharpness:
        return Refusal(
            code="blurred",
            reason=(
                "The photo is too blurred to see lesions. Hold still, touch the leaf on the screen "
                "to focus, and photograph it again."
            ),
            threshold=limits.min_sharpness,
        )
    return None


def refuse_stranger(threshold: float) -> Refusal:
    """Return the refusal of a photograph whose unknown score is above the threshold."""
    return Refusal(
        code=UNKNOWN_LEAF,
        reason=(
            "This does not look like a leaf that the model knows. Photograph one leaf from close "
            "by, sharp and in daylight; if it is one, ask a specialist."
        ),
        threshold=threshold,
    )
