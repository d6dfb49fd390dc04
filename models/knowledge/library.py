"""Loads the pages from the files beside this module: facts once, texts in each language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from models.knowledge.page import Facts, LookAlike, Page, Pair, Source, Text, Words
from models.labels import CLASS_NAMES, get_label

KNOWLEDGE_DIR = Path(__file__).parent
DEFAULT_LANGUAGE = "en"

_FACTS_FILE = "facts.toml"
_PAIRS_FILE = "look_alikes.toml"
_WORDS_FILE = "words.toml"
_MAX_FILE_BYTES = 1024 * 1024
_MAX_LANGUAGES = 8

_Form = TypeVar("_Form", bound=BaseModel)


class KnowledgeError(Exception):
    """The pages cannot be used; the message names the file and what to do."""


class UnknownLanguageError(KnowledgeError):
    """There are no pages in this language; the message lists those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """The pages of all classes in one language, and the words around them."""

    language: str
    words: Words
    pages: Mapping[str, Page]


class _FactsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: dict[str, Source]
    classes: dict[str, Facts]


class _PairsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: tuple[Pair, ...]


def list_languages(root: Path = KNOWLEDGE_DIR) -> tuple[str, ...]:
    """Return the codes of the languages that have pages, sorted."""
    return tuple(sorted(path.parent.name for path in root.glob(f"*/{_WORDS_FILE}")))


def get_page(
    class_name: str, language: str = DEFAULT_LANGUAGE, *, root: Path = KNOWLEDGE_DIR
) -> Page:
    """Return the page of a class; in English where the language has none of it yet.

    Raises:
        UnknownLabelError: no class has that slug.
        UnknownLanguageError: there is no such language.
        KnowledgeError: a file is damaged.
    """
    return load_knowledge(language, root=root).pages[get_label(class_name).class_name]


@lru_cache(maxsize=_MAX_LANGUAGES)
def load_knowledge(language: str = DEFAULT_LANGUAGE, *, root: Path = KNOWLEDGE_DIR) -> Knowledge:
    """Load all pages of a language (`pt-BR` is read as `pt`); later calls get the same value.

    Raises:
        UnknownLanguageError: there is no such language.
        KnowledgeError: a file is missing or not of the form.
    """
    code = language.strip().replace("_", "-").partition("-")[0].lower()
    known = list_languages(root)
    if code not in known:
        raise UnknownLanguageError(
            f"there are no pages in {language[:20]!r}; choose one of: {', '.join(known) or 'none'}"
        )
    facts = _read(root / _FACTS_FILE, _FactsFile)
    texts, pairs = _read_texts(root / DEFAULT_LANGUAGE), _read_pairs(root / DEFAULT_LANGUAGE)
    languages = dict.fromkeys(texts, DEFAULT_LANGUAGE)
    if code != DEFAULT_LANGUAGE:
        translated = _read_texts(root / code)
        texts |= translated
        languages |= dict.fromkeys(translated, code)
        pairs |= _read_pairs(root / code)
    _demand_all(root / _FACTS_FILE, facts.classes)
    _demand_all(root / DEFAULT_LANGUAGE, texts)
    pages = {
        class_name: _make_page(
            class_name,
            languages[class_name],
            facts=facts.classes[class_name],
            sources=_find_sources(root / _FACTS_FILE, facts, class_name),
            texts=texts,
            pairs=pairs,
        )
        for class_name in CLASS_NAMES
    }
    return Knowledge(
        language=code,
        words=_read(root / code / _WORDS_FILE, Words),
        pages=MappingProxyType(pages),
    )


def _make_page(
    class_name: str,
    language: str,
    *,
    facts: Facts,
    sources: tuple[Source, ...],
    texts: Mapping[str, Text],
    pairs: Mapping[frozenset[str], str],
) -> Page:
    text = texts[class_name]
    look_alikes = tuple(
        LookAlike(class_name=other, display_name=texts[other].display_name, difference=difference)
        for classes, difference in pairs.items()
        if class_name in classes
        for other in classes - {class_name}
    )
    return Page(
        class_name=class_name,
        language=language,
        kind=facts.kind,
        reporting=facts.reporting,
        pathogens=facts.pathogens,
        look_alikes=look_alikes,
        sources=sources,
        **text.model_dump(),
    )


def _find_sources(path: Path, facts: _FactsFile, class_name: str) -> tuple[Source, ...]:
    keys = facts.classes[class_name].sources
    unknown = [key for key in keys if key not in facts.sources]
    if unknown:
        raise KnowledgeError(f"{path}: {class_name} names no source {unknown[0]!r}; add it there")
    return tuple(facts.sources[key] for key in keys)


def _read_texts(folder: Path) -> dict[str, Text]:
    """Read the files of a language, one a crop; a class may stand in one of them only."""
    texts: dict[str, Text] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in (_PAIRS_FILE, _WORDS_FILE):
            continue
        for class_name, fields in _parse(path).items():
            if class_name not in CLASS_NAMES or class_name in texts:
                raise KnowledgeError(f"{path}: {class_name} is no class, or stands there twice")
            texts[class_name] = _validate(path, Text, fields, where=class_name)
    return texts


def _read_pairs(folder: Path) -> dict[frozenset[str], str]:
    path = folder / _PAIRS_FILE
    if not path.is_file():
        return {}
    pairs: dict[frozenset[str], str] = {}
    for pair in _read(path, _PairsFile).pairs:
        classes = frozenset(pair.classes)
        if len(classes) != 2 or not classes <= set(CLASS_NAMES) or classes in pairs:
            raise KnowledgeError(f"{path}: {pair.classes} are no two classes, or stand there twice")
        pairs[classes] = pair.difference
    return pairs


def _demand_all(path: Path, found: Mapping[str, object]) -> None:
    odd = set(CLASS_NAMES) ^ set(found)
    if odd:
        raise KnowledgeError(f"{path}: missing or unknown: {', '.join(sorted(odd))}")


def _read(path: Path, form: type[_Form]) -> _Form:
    return _validate(path, form, _parse(path), where="")


def _parse(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise KnowledgeError(f"{path} is larger than {_MAX_FILE_BYTES} bytes; install it again")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(f"{path} cannot be read ({error}); install it again") from error


def _validate(path: Path, form: type[_Form], fields: Any, *, where: str) -> _Form:
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in (where, *first["loc"]) if step != "")
        raise KnowledgeError(f"{path}: {place}: {first['msg']}") from error
