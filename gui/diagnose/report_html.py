"""A set as one page for the printer: nothing is loaded from elsewhere, every text is escaped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from gui.diagnose.answers import Advice, Origin
from gui.diagnose.photos import Photo
from gui.diagnose.table import Tally, count_conditions, say_outcome
from gui.diagnose.words import say_detail, say_headline

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2820; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { margin-bottom: .2rem; } h2 { margin-top: 2.2rem; } h3 { margin-bottom: .2rem; }
.small { color: #627066; font-size: .87em; }
.count { display: grid; grid-template-columns: 15rem 1fr 3rem; gap: .8rem; align-items: center; }
.count div { height: .7rem; border-radius: .35rem; background: #2e7648;
  print-color-adjust: exact; }
.count .unknown { background: #b87414; } .count .failed { background: #b03024; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #dce2d8; padding: .6rem .8rem .6rem 0; vertical-align: top; }
td.photo { width: 9.5rem; } img { width: 9rem; border-radius: .4rem; display: block; }
tr, .advice { break-inside: avoid; } ul { margin-top: .2rem; }
@page { margin: 15mm; } @media print { body { margin: 0; max-width: none; } }
""".strip()
_CAUTION = (
    "An answer from a photo is a hint, not a laboratory result. Before you treat a field, compare "
    "the signs on the plant, and ask your advisory service where much depends on it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What to do about one condition of the set."""

    condition: str
    advice: Advice


def render_head(photos: Sequence[Photo], made_at: datetime) -> str:
    """Return the page's beginning: when, by which model, how many of what."""
    versions = sorted({p.diagnosis.model_version for p in photos if p.diagnosis})
    origins = {p.diagnosis.origin for p in photos if p.diagnosis}
    places = [
        words
        for origin, words in ((Origin.SERVER, "the server"), (Origin.LAPTOP, "this laptop"))
        if origin in origins
    ]
    by = f" by {' and '.join(places)}, model {', '.join(versions)}" if versions else ""
    title = f"Diagnosis of {len(photos)} photo{'' if len(photos) == 1 else 's'}"
    tallies = count_conditions(photos)
    most = max((tally.count for tally in tallies), default=1)
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{_put(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{_put(title)}</h1>",
            f'<p class="small">Leafray, {made_at:%d %B %Y, %H:%M}{_put(by)}</p>',
            "<h2>What was found</h2>",
            *(_render_tally(tally, most) for tally in tallies),
            "<h2>Photo by photo</h2><table>",
        )
    )


def render_photo(photo: Photo, image_uri: str | None) -> str:
    """Return one photo's line; ``image_uri`` holds the picture itself."""
    image = f'<img src="{_put(image_uri)}" alt="">' if image_uri else ""
    if photo.diagnosis is None:
        answer = f"<b>{_put(say_outcome(photo).capitalize())}</b><br>{_put(photo.problem or '')}"
    else:
        answer = f"<b>{_put(say_headline(photo.diagnosis))}</b><br>"
        answer += _put(say_detail(photo.diagnosis))
    return (
        f'<tr><td class="photo">{image}</td>'
        f'<td>{answer}<br><span class="small">{_put(str(photo.path))}</span></td></tr>'
    )


def render_tail(guidances: Sequence[Guidance]) -> Iterator[str]:
    """Return the end: what to do about each condition, and what a photo cannot tell."""
    yield "</table><h2>What to do</h2>" if guidances else "</table>"
    for guidance in guidances:
        yield from _render_guidance(guidance)
    yield f'<p class="small">{_put(_CAUTION)}</p></body></html>'


def _render_tally(tally: Tally, most: int) -> str:
    width = 100 * tally.count / most
    return (
        f'<div class="count"><span>{_put(tally.label)}</span>'
        f'<div class="{tally.tone.name.lower()}" style="width:{width:.1f}%"></div>'
        f"<span>{tally.count}</span></div>"
    )


def _render_guidance(guidance: Guidance) -> Iterator[str]:
    advice = guidance.advice
    yield f'<div class="advice"><h3>{_put(guidance.condition)}</h3>'
    yield f"<p><b>{_put(advice.heading)}.</b> {_put(advice.lead)}</p>"
    if advice.note:
        yield f'<p class="small">{_put(advice.note)}</p>'
    yield "</div>"
    for section in advice.sections:
        lines = "".join(f"<li>{_put(line)}</li>" for line in section.lines)
        yield f'<div class="advice"><b>{_put(section.heading)}</b><ul>{lines}</ul></div>'


def _put(text: str) -> str:
    """Return text as HTML; file names that are no Unicode lose those letters."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))
