"""A page as headed lists of lines, in the order in which an adviser needs them."""

from dataclasses import dataclass

from models.knowledge.page import Kind, Page, Source, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some lines under a heading; never empty."""

    heading: str
    lines: tuple[str, ...]


def say_cause(page: Page, words: Words) -> str:
    """Return who does the damage in one line; for healthy leaves that they are."""
    kind = words.kinds[page.kind]
    if page.kind is Kind.HEALTHY:
        return kind
    names = [
        f"{pathogen.scientific_name} ({words.eppo_code} {pathogen.eppo_code})"
        if pathogen.eppo_code
        else pathogen.scientific_name
        for pathogen in page.pathogens
    ]
    return f"{words.caused_by} ({kind}): {', '.join(names)}"


def to_sections(page: Page, words: Words) -> tuple[Section, ...]:
    """Return the seven sections of a page: what to do first, what to read last."""
    names = words.headings
    is_healthy = page.kind is Kind.HEALTHY
    look_alikes = tuple(f"{other.display_name}? {other.difference}" for other in page.look_alikes)
    rules = () if is_healthy else (words.reporting[page.reporting],)
    sections = (
        (names.act_now, page.act_now),
        (names.symptoms_healthy if is_healthy else names.symptoms, page.symptoms),
        (
            names.look_alikes_healthy if is_healthy else names.look_alikes,
            (*look_alikes, *page.also_consider),
        ),
        (names.spread_healthy if is_healthy else names.spread, page.spread),
        (names.prevent_healthy if is_healthy else names.prevent, page.prevent),
        (names.ask_expert, (page.ask_expert, *rules)),
        (names.sources, tuple(_say_source(source) for source in page.sources)),
    )
    return tuple(Section(heading=heading, lines=lines) for heading, lines in sections)


def _say_source(source: Source) -> str:
    where = f", {source.address}" if source.address else ""
    return f"{source.title}. {source.publisher}{where}"
