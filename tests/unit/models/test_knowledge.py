"""The pages of the classes: complete, in plain words, and the same in every language."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.knowledge.library import (
    KNOWLEDGE_DIR,
    KnowledgeError,
    UnknownLanguageError,
    get_page,
    list_languages,
    load_knowledge,
)
from models.knowledge.page import Kind, Page, Reporting
from models.knowledge.sections import say_cause, to_sections
from models.labels import CLASS_NAMES, LABELS, UnknownLabelError, get_label

LANGUAGES = list_languages()
NUM_SECTIONS = 7
# Product names that are often said for the active substance.
BRANDS = re.compile(
    r"\b(roundup|bravo|captan|dithane|ridomil|quadris|kocide|daconil|amistar|revus|movento|"
    r"oberon|serenade|cuprofix|topsin|rally|merivon|luna|switch|pristine|champ)\b",
    re.IGNORECASE,
)
DOSES = re.compile(
    r"\d\s*(?:g|kg|mg|ml|l|litres?|liters?|oz|fl oz|lb|lbs|teaspoons?|tablespoons?|gallons?|%)"
    r"(?:\s*/|\s+per\b|\b)",
    re.IGNORECASE,
)


def join_text(page: Page) -> str:
    """Return all that a reader sees, without the addresses of the sources."""
    lines = (
        page.first_step,
        *page.symptoms,
        *page.spread,
        *page.act_now,
        *page.prevent,
        *page.also_consider,
        page.ask_expert,
        *(look_alike.difference for look_alike in page.look_alikes),
    )
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_a_page_in_every_language(language: str) -> None:
    knowledge = load_knowledge(language)
    assert tuple(knowledge.pages) == CLASS_NAMES
    for class_name, page in knowledge.pages.items():
        assert page.class_name == class_name
        # A shipped language is finished: nothing of it falls back to English.
        assert page.language == language
        assert (page.kind is Kind.HEALTHY) is get_label(class_name).is_healthy
        assert bool(page.pathogens) is not get_label(class_name).is_healthy


def test_english_is_there_and_names_the_classes_as_the_labels_do() -> None:
    assert "en" in LANGUAGES
    pages = load_knowledge("en").pages
    names = {label.class_name: (label.display_name, label.crop) for label in LABELS}
    assert {name: (page.display_name, page.crop) for name, page in pages.items()} == names


@pytest.mark.parametrize("class_name", CLASS_NAMES)
def test_a_page_is_whole_and_in_the_words_of_the_house(class_name: str) -> None:
    knowledge = load_knowledge("en")
    page = knowledge.pages[class_name]
    sections = to_sections(page, knowledge.words)
    assert len(sections) == NUM_SECTIONS
    assert all(section.lines for section in sections)
    text = join_text(page)
    assert all(line.endswith(".") for line in text.splitlines()), text
    assert "!" not in text
    assert BRANDS.findall(text) == []
    assert DOSES.findall(text) == []


@pytest.mark.parametrize("class_name", CLASS_NAMES)
def test_a_product_is_only_named_with_the_register_and_its_label(class_name: str) -> None:
    for line in load_knowledge("en").pages[class_name].act_now:
        if "product registered" in line:
            assert "in your country" in line
            assert "label" in line


def test_the_patterns_of_the_house_words_find_what_they_should() -> None:
    assert DOSES.search("spray 2 g/l every week")
    assert DOSES.search("use 10 ml per tree")
    assert not DOSES.search("spots of 3 to 15 cm at 18 to 27 degrees Celsius, 50 mesh")
    assert BRANDS.search("spray Dithane")


def test_look_alikes_point_at_each_other_and_stay_within_a_crop() -> None:
    pages = load_knowledge("en").pages
    pairs = {
        (page.class_name, look_alike.class_name, look_alike.difference)
        for page in pages.values()
        for look_alike in page.look_alikes
    }
    assert len(pairs) >= 50
    assert {(other, this, difference) for this, other, difference in pairs} == pairs
    for this, other, _ in pairs:
        assert this != other
        assert pages[this].crop == pages[other].crop


def test_diseases_that_have_company_in_their_crop_have_a_look_alike() -> None:
    alone = {"orange__citrus_greening", "squash__powdery_mildew"}
    pages = load_knowledge("en").pages
    without = {
        name
        for name, page in pages.items()
        if page.kind is not Kind.HEALTHY and not page.look_alikes
    }
    assert without == alone


def test_eppo_codes_are_one_for_each_name() -> None:
    codes: dict[str, set[str]] = {}
    for page in load_knowledge("en").pages.values():
        for pathogen in page.pathogens:
            if pathogen.eppo_code is not None:
                assert re.fullmatch(r"[A-Z]{5}[A-Z0]", pathogen.eppo_code)
                codes.setdefault(pathogen.eppo_code, set()).add(pathogen.scientific_name)
    assert len(codes) >= 15
    assert [names for names in codes.values() if len(names) > 1] == []


def test_what_must_be_reported_says_so() -> None:
    knowledge = load_knowledge("en")
    reported = {n for n, page in knowledge.pages.items() if page.reporting is Reporting.REPORT}
    assert reported == {"orange__citrus_greening"}
    page = knowledge.pages["orange__citrus_greening"]
    assert "plant health service" in page.first_step
    last_words = to_sections(page, knowledge.words)[5].lines
    assert any("report every suspicion" in line for line in last_words)


def test_a_healthy_leaf_has_headings_of_its_own_and_no_rules_to_report() -> None:
    knowledge = load_knowledge("en")
    sections = to_sections(knowledge.pages["blueberry__healthy"], knowledge.words)
    headings = [section.heading for section in sections]
    assert "How to keep it healthy" in headings
    assert "How to prevent it" not in headings
    assert "report" not in " ".join(sections[5].lines)


def test_the_cause_names_code_and_kind() -> None:
    knowledge = load_knowledge("en")
    cause = say_cause(knowledge.pages["potato__late_blight"], knowledge.words)
    assert cause == "Caused by (water mould): Phytophthora infestans (EPPO code PHYTIN)"
    healthy = say_cause(knowledge.pages["potato__healthy"], knowledge.words)
    assert healthy == "No disease or pest seen on this leaf"


def test_an_unknown_class_or_language_is_told_what_there_is() -> None:
    with pytest.raises(UnknownLabelError, match="Tomato___Late_blight"):
        get_page("tomato__late_blihgt")
    with pytest.raises(UnknownLanguageError, match=f"'xx'; choose one of: {', '.join(LANGUAGES)}"):
        get_page("tomato__late_blight", "xx")


def test_a_region_of_a_language_is_read_as_the_language() -> None:
    assert get_page("tomato__late_blight", "en-GB") == get_page("tomato__late_blight", "en")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the files that may be spoilt."""
    shutil.copytree(KNOWLEDGE_DIR, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py*"))
    return tmp_path / "knowledge"


def translate(copy: Path) -> Path:
    """Begin a German translation: one crop and one pair; return its folder."""
    folder = copy / "de"
    folder.mkdir()
    words = (copy / "en/words.toml").read_text(encoding="utf-8")
    (folder / "words.toml").write_text(words.replace("First step", "Zuerst"), encoding="utf-8")
    squash = (copy / "en/squash.toml").read_text(encoding="utf-8")
    (folder / "squash.toml").write_text(
        squash.replace("Squash: powdery mildew", "Kürbis: Echter Mehltau"), encoding="utf-8"
    )
    (folder / "look_alikes.toml").write_text(
        '[[pairs]]\nclasses = ["potato__early_blight", "potato__late_blight"]\n'
        'difference = "Ringe oder weißer Rasen."\n',
        encoding="utf-8",
    )
    return folder


def test_a_begun_translation_falls_back_to_english_page_by_page(copy: Path) -> None:
    translate(copy)
    assert list_languages(copy) == ("de", "en")
    knowledge = load_knowledge("de-AT", root=copy)
    assert knowledge.words.headings.first_step == "Zuerst"
    squash = knowledge.pages["squash__powdery_mildew"]
    assert (squash.language, squash.display_name) == ("de", "Kürbis: Echter Mehltau")
    potato = knowledge.pages["potato__late_blight"]
    assert potato.language == "en"
    assert [other.difference for other in potato.look_alikes] == ["Ringe oder weißer Rasen."]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("facts.toml", 'kind = "mite"', 'kind = "spider"', "classes.tomato__spider_mites.kind"),
        ("facts.toml", '"PHYTIN"', '"phytin"', "eppo_code"),
        ("facts.toml", '["aps_pepper"]', '["aps_peper"]', "names no source 'aps_peper'"),
        ("facts.toml", "[classes.tomato__healthy]", "[classes.tomato__fine]", "tomato__fine"),
        ("en/orange.toml", "ask_expert =", "ask_experts =", "orange__citrus_greening.ask_expert"),
        ("en/orange.toml", "first_step =", "first_step = 1 #", "first_step: Input should be"),
        ("en/squash.toml", "[squash__powdery_mildew]", "[squash__rust]", "is no class"),
        ("en/squash.toml", "[squash__powdery_mildew]", "[tomato__healthy]", "stands there twice"),
        ("en/look_alikes.toml", '"apple__black_rot"]', '"apple__rot"]', "are no two classes"),
        ("en/words.toml", "prevent =", "avoid =", "headings.prevent"),
        ("en/words.toml", "[kinds]", "[kinds", "cannot be read"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(
    copy: Path, name: str, old: str, new: str, message: str
) -> None:
    path = copy / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge("en", root=copy)
    assert message in str(caught.value)
    assert "knowledge" in str(caught.value)


def test_a_missing_crop_is_named(copy: Path) -> None:
    (copy / "en/squash.toml").unlink()
    with pytest.raises(KnowledgeError, match="squash__powdery_mildew"):
        load_knowledge("en", root=copy)


def test_a_huge_file_is_not_read(copy: Path) -> None:
    (copy / "en/orange.toml").write_text("#" * (1024 * 1024 + 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"orange\.toml is larger than"):
        load_knowledge("en", root=copy)


def test_the_predictor_does_not_load_the_pages() -> None:
    probe = "import sys, models.predictor; print('models.knowledge' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
