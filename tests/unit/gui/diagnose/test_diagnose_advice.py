"""What to do about a diagnosis: the right page, or none of a wrong disease."""

from dataclasses import replace

import pytest

from gui.diagnose.advice import find_advice
from gui.diagnose.answers import Advice, Diagnosis, Origin, Score
from gui.diagnose.widgets.advice_part import MAX_LINES, MAX_SECTIONS
from models.knowledge.library import load_knowledge
from models.labels import CLASS_NAMES


def diagnose(
    class_name: str, probability: float = 0.97, *, plausible: tuple[str, ...] = ()
) -> Diagnosis:
    return Diagnosis(
        top=(Score(class_name=class_name, display_name=class_name, probability=probability),),
        plausible=plausible or (class_name,),
        is_known=True,
        refusal_code=None,
        refusal_reason=None,
        model_version="v1",
        latency_ms=1.0,
        origin=Origin.LAPTOP,
    )


def advise(diagnosis: Diagnosis) -> Advice:
    advice = find_advice(diagnosis)
    assert advice is not None
    return advice


def join(advice: Advice) -> str:
    lines = [line for section in advice.sections for line in section.lines]
    headings = [section.heading for section in advice.sections]
    return "\n".join([advice.heading, advice.lead, advice.note, *headings, *lines])


@pytest.mark.parametrize("class_name", CLASS_NAMES)
def test_every_class_has_its_page_and_it_fits_the_window(class_name: str) -> None:
    page = load_knowledge().pages[class_name]
    others = tuple(other.class_name for other in page.look_alikes)
    advice = advise(diagnose(class_name, 0.6, plausible=(class_name, *others)))
    assert advice.lead == page.first_step
    assert set(page.prevent) < set(join(advice).splitlines())
    assert len(advice.sections) == MAX_SECTIONS
    assert all(0 < len(section.lines) <= MAX_LINES for section in advice.sections)


def test_a_sure_answer_begins_with_what_to_do() -> None:
    advice = advise(diagnose("tomato__late_blight"))
    assert advice.heading == "First step"
    assert "PHYTIN" in advice.note
    headings = [section.heading for section in advice.sections]
    assert headings[0] == "What to do now"
    assert "Make sure first" not in headings


def test_a_probable_answer_says_to_make_sure_first() -> None:
    section = advise(diagnose("tomato__late_blight", 0.7)).sections[0]
    assert section.heading == "Make sure first"
    assert len(section.lines) == 1


def test_plausible_look_alikes_are_told_apart_first_and_others_are_not() -> None:
    plausible = ("tomato__late_blight", "tomato__early_blight", "grape__esca")
    section = advise(diagnose("tomato__late_blight", 0.95, plausible=plausible)).sections[0]
    assert section.heading == "Make sure first"
    assert [line for line in section.lines if line.startswith("Tomato: early blight? ")]
    assert "esca" not in " ".join(section.lines)
    assert "leaf mold" not in " ".join(section.lines)


@pytest.mark.parametrize("code", ["unknown_leaf", "blurred", "too_dark", "too_small", "new", None])
@pytest.mark.parametrize("class_name", ["tomato__late_blight", "orange__citrus_greening"])
def test_an_unknown_leaf_gets_no_page_of_a_disease(code: str | None, class_name: str) -> None:
    unknown = replace(diagnose(class_name), is_known=False, refusal_code=code)
    advice = advise(unknown)
    assert advice.heading == "What to photograph next"
    text = join(advice).lower()
    for word in ("blight", "greening", "psyllid", "product registered", "eppo"):
        assert word not in text


def test_a_leaf_that_is_less_likely_than_not_gets_no_page_either() -> None:
    assert advise(diagnose("tomato__late_blight", 0.49)).heading == "What to photograph next"
    assert advise(diagnose("tomato__late_blight", 0.5)).heading == "First step"


def test_spoilt_photos_are_told_what_was_wrong_with_them() -> None:
    leads = {
        code: advise(replace(diagnose("grape__esca"), is_known=False, refusal_code=code)).lead
        for code in ("blurred", "too_dark", "too_small", "unknown_leaf")
    }
    assert len(set(leads.values())) == 4
    assert "daylight" in leads["too_dark"]
    assert "focus" in leads["blurred"]


def test_a_class_without_a_page_gets_no_advice() -> None:
    assert find_advice(diagnose("rice__blast")) is None


def test_pages_that_cannot_be_had_are_said_and_the_diagnosis_stays() -> None:
    advice = find_advice(diagnose("grape__esca"), "xx")
    assert advice is not None
    assert "there are no pages in 'xx'; choose one of:" in advice.lead
    assert advice.sections == ()
