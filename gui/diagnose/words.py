"""What the window says: every sentence about a diagnosis, as pure functions."""

from gui.diagnose.answers import Diagnosis, Origin
from gui.diagnose.export import Export
from gui.diagnose.heat import Heat, HeatStatus
from gui.diagnose.photos import Photo, PhotoStatus
from gui.diagnose.state import DiagnoseState
from gui.kit.tones import Tone
from gui.kit.words import as_sentence

UNKNOWN_HEADLINE = "This does not look like a leaf I know"
_REFUSAL_HEADLINES = {
    "not_a_leaf": "This does not look like a leaf",
    "unknown_leaf": UNKNOWN_HEADLINE,
    "blurred": "This photo is too blurred",
    "too_small": "This photo is too small",
    "too_dark": "This photo is too dark",
}
_UNKNOWN_CODES = frozenset({None, "unknown_leaf"})
UNKNOWN_ADVICE = (
    "I would only be guessing, so I name no disease. Try one leaf, close up, in daylight and in "
    "focus; for a crop that I have not learned, ask an expert."
)
# Below these the headline says how sure it is; the bars carry the numbers.
SURE_PROBABILITY = 0.90
LIKELY_PROBABILITY = 0.50
_MAX_ALTERNATIVES = 3


def say_headline(diagnosis: Diagnosis) -> str:
    """Return the answer in one line."""
    if not diagnosis.is_known:
        return _REFUSAL_HEADLINES.get(diagnosis.refusal_code or "unknown_leaf", UNKNOWN_HEADLINE)
    best = diagnosis.top[0]
    if best.probability >= SURE_PROBABILITY:
        return best.display_name
    if best.probability >= LIKELY_PROBABILITY:
        return f"Probably {best.display_name}"
    return f"Perhaps {best.display_name}"


def say_detail(diagnosis: Diagnosis) -> str:
    """Return the sentence below the headline."""
    if not diagnosis.is_known:
        # The headline has said the rest of this reason already.
        if diagnosis.refusal_code in _UNKNOWN_CODES or not diagnosis.refusal_reason:
            return UNKNOWN_ADVICE
        return as_sentence(diagnosis.refusal_reason)
    best = diagnosis.top[0]
    names = {score.class_name: score.display_name for score in diagnosis.top}
    others = [
        names[class_name]
        for class_name in diagnosis.plausible
        if class_name in names and class_name != best.class_name
    ]
    sure = f"{say_percent(best.probability)} sure."
    if not others:
        return sure
    return f"{sure} It could also be {'; or '.join(others[:_MAX_ALTERNATIVES])}."


def say_percent(probability: float) -> str:
    """Return a probability as people read it; never a false 100 or 0."""
    percent = 100 * probability
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def say_facts(diagnosis: Diagnosis) -> str:
    """Return the small print: where, how fast, by which model."""
    place = "by the server" if diagnosis.origin is Origin.SERVER else "on this laptop"
    return f"Diagnosed {place} in {diagnosis.latency_ms:.0f} ms  ·  model {diagnosis.model_version}"


def say_progress(state: DiagnoseState) -> str:
    """Return how far a set of several photos is."""
    num_photos = len(state.photos)
    where = f"Photo {(state.selected_idx or 0) + 1} of {num_photos}"
    if state.num_done < num_photos:
        return f"{where}  ·  {state.num_done} diagnosed"
    unknown = sum(
        photo.diagnosis is not None and not photo.diagnosis.is_known for photo in state.photos
    )
    failed = sum(photo.status is PhotoStatus.FAILED for photo in state.photos)
    parts = [where, f"{num_photos - unknown - failed} known"]
    parts += [f"{unknown} unknown"] if unknown else []
    parts += [f"{failed} not readable"] if failed else []
    return "  ·  ".join(parts)


def say_set(state: DiagnoseState) -> tuple[str, str]:
    """Return a headline on the whole set, and what is left to do or to know."""
    num_photos, num_done = len(state.photos), state.num_done
    if not num_photos:
        return "No photos yet", (
            "Open a folder above: each of its photos gets a row in the table, and what was found "
            "is counted here."
        )
    headline = f"{num_photos} photo{'' if num_photos == 1 else 's'}"
    if num_done < num_photos:
        return headline, f"{num_done} diagnosed, {num_photos - num_done} to go."
    known = sum(photo.tone is Tone.KNOWN for photo in state.photos)
    if known == num_photos:
        return headline, "All of them show a leaf that I know."
    return (
        headline,
        f"{known} with a diagnosis, {num_photos - known} without: see why in the table.",
    )


def say_export(export: Export, num_photos: int) -> str:
    """Return where the saving of a set stands; empty before the first."""
    if export.is_running:
        return f"Saving ... {export.num_written} of {num_photos} photos"
    if export.saved_path is not None:
        return f"Saved as {export.saved_path}"
    return export.problem or ""


def say_heat(heat: Heat) -> str:
    """Return what the heat map on show tells; empty without one."""
    if not heat.is_on or heat.subject is None:
        return ""
    match heat.status:
        case HeatStatus.ASKED:
            return "Looking for the evidence ..."
        case HeatStatus.FAILED:
            return f"No evidence to show: {heat.problem}"
        case _:
            best = heat.subject.diagnosis.top[0].display_name
            return f"In red: what speaks for {best}"


def say_waiting(photo: Photo) -> str:
    """Return what happens to a photo without an answer."""
    return "Diagnosing ..." if photo.status is PhotoStatus.DIAGNOSING else "Waiting its turn ..."
