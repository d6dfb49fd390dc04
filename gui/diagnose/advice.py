"""What to do about a diagnosis: the page of a class, or which photo to take next.

Runs on workers: the first page reads files for 8 ms or more.
"""

from gui.diagnose.answers import Advice, Diagnosis, Section
from gui.diagnose.words import LIKELY_PROBABILITY, SURE_PROBABILITY
from models.knowledge.library import DEFAULT_LANGUAGE, KnowledgeError, load_knowledge
from models.knowledge.page import Page
from models.knowledge.sections import say_cause, to_sections

_NEXT_PHOTO = "What to photograph next"
_MAKE_SURE = "Make sure first"
_COMPARE = (
    "Photograph two or three more leaves of this plant, also the underside, and compare them."
)
_STRANGER_LEAD = (
    "Take one leaf with a clear sign of the trouble, lay it flat, and fill the picture with it."
)
_LEADS = {
    "blurred": "Hold still, touch the leaf on the screen to focus, and take the photo again.",
    "too_dark": "Take the same leaf into daylight, out of the direct sun, and photograph it again.",
    "too_small": "Send the camera's own file, not a thumbnail or a picture from a chat.",
}
_HOW = (
    "The upper side first, then the underside of the same leaf: some signs show only there.",
    "A leaf where the trouble begins, not one that is quite dead, and a healthy one beside it.",
    "Daylight in the shade, a plain background, no other leaves in the picture.",
    "Then the whole plant and, if there are any, the fruit and stem: for a person whom you ask.",
)
_URGENT = (
    "Do not treat on a guess: send fresh leaves in a paper bag, with these photos, to your "
    "advisory service or plant clinic.",
    "If plants collapse within days, or nobody around has seen this before, call today and move "
    "no plants.",
)


def find_advice(diagnosis: Diagnosis, language: str = DEFAULT_LANGUAGE) -> Advice | None:
    """Return what to do; None for a class without a page.

    A leaf that is unknown, or whose best class is less likely than not, gets no page: it would be
    that of a wrong disease.
    """
    best = diagnosis.top[0]
    if not diagnosis.is_known or best.probability < LIKELY_PROBABILITY:
        return _advise_next_photo(diagnosis.refusal_code)
    try:
        knowledge = load_knowledge(language)
    except KnowledgeError as error:
        return Advice(heading="No disease pages", lead=f"They cannot be read: {error}")
    page = knowledge.pages.get(best.class_name)
    if page is None:
        return None
    sections = tuple(
        Section(heading=section.heading, lines=section.lines)
        for section in to_sections(page, knowledge.words)
    )
    return Advice(
        heading=knowledge.words.headings.first_step,
        lead=page.first_step,
        note=say_cause(page, knowledge.words),
        sections=(*_make_sure(diagnosis, page), *sections),
    )


def _advise_next_photo(refusal_code: str | None) -> Advice:
    return Advice(
        heading=_NEXT_PHOTO,
        lead=_LEADS.get(refusal_code or "", _STRANGER_LEAD),
        sections=(
            Section(heading="How to take it", lines=_HOW),
            Section(heading="If it cannot wait", lines=_URGENT),
        ),
    )


def _make_sure(diagnosis: Diagnosis, page: Page) -> tuple[Section, ...]:
    """Return what to compare when the answer is only probable, or others are plausible too."""
    others = [
        look_alike
        for look_alike in page.look_alikes
        if look_alike.class_name in diagnosis.plausible
    ]
    if not others and diagnosis.top[0].probability >= SURE_PROBABILITY:
        return ()
    lines = (f"{other.display_name}? {other.difference}" for other in others)
    return (Section(heading=_MAKE_SURE, lines=(_COMPARE, *lines)),)
