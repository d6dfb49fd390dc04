"""What the window says of one photo: every sentence about a diagnosis, as pure functions."""

from gui.diagnose.answers import Diagnosis, Origin
from gui.diagnose.feedback import Feedback, FeedbackStatus
from gui.diagnose.heat import Heat, HeatStatus
from gui.diagnose.history_words import say_time
from gui.diagnose.photos import Photo, PhotoStatus
from gui.diagnose.state import DiagnoseState
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


def say_feedback(feedback: Feedback | None) -> str:
    """Return what became of what the user said of an answer; empty if nothing was said."""
    match feedback and feedback.status:
        case FeedbackStatus.SENDING:
            return "Sending ..."
        case FeedbackStatus.SENT:
            return "Thank you. A person looks at it before the model learns from it."
        case FeedbackStatus.FAILED:
            return feedback.problem or "" if feedback else ""
        case _:
            return ""


def say_caption(state: DiagnoseState) -> str:
    """Return what stands below the photo: what is laid over it, else its name."""
    exhibit = state.exhibit
    if exhibit is not None and exhibit.problem is not None:
        return exhibit.problem
    heat = say_heat(state.heat)
    if heat:
        return heat
    if exhibit is not None and exhibit.entry is not None:
        return f"{exhibit.photo.path.name}  ·  {say_time(exhibit.entry.at)}"
    if exhibit is not None:
        return f"{len(exhibit.paths)} photos of one plant, the first of them shown"
    return state.selected.path.name if state.selected else ""


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


def say_references(heat: Heat) -> str:
    """Return which photos of the training are most alike; empty where that is not known."""
    if not heat.is_on or heat.status is not HeatStatus.READY or not heat.references:
        return ""
    best: dict[str, float] = {}
    for reference in heat.references:
        best.setdefault(reference.display_name, reference.similarity)
    alike = "; ".join(f"{name} ({100 * alike:.0f} % alike)" for name, alike in best.items())
    return f"Nearest photos that I learned from: {alike}."


def say_waiting(photo: Photo) -> str:
    """Return what happens to a photo without an answer."""
    return "Diagnosing ..." if photo.status is PhotoStatus.DIAGNOSING else "Waiting its turn ..."


def say_entry(photo: Photo) -> str:
    """Return what an entry of the history can be found by: its name and its answer."""
    if photo.diagnosis is None:
        return photo.path.name
    best = photo.diagnosis.top[0]
    answer = f"{say_headline(photo.diagnosis)} {say_percent(best.probability)}"
    return f"{photo.path.name} {answer}"
