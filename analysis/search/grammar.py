"""The language of searches: "two people, one falls", "jump over 60 %, model:pose"."""

import difflib
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError

EXAMPLES = (
    "jump over 60 %",
    "two people, one falls",
    "someone sits, someone stands",
    "everyone walks, longer than 2 s",
    "alone, nobody stands",
    "person 1, run over 30 %",
)
"""Searches to begin with, for the page and its test."""

DEFAULT = 0.5
"""The probability from which an action counts where none is said."""
ALL = -1
"""`Doing.count` of "everyone"."""

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_COUNTS = (
    {word: 1 for word in ("someone", "somebody", "anyone", "anybody", "another")}
    | {word: 0 for word in ("nobody", "noone", "none", "without", "not", "no")}
    | {word: ALL for word in ("everyone", "everybody", "all")}
    | {"both": 2}
    | _NUMBERS
)
_PEOPLE = r"(?:people|persons?|men|man|women|woman|of them)"
_OVER = re.compile(
    r"^(?P<rest>.*?)\s*(?:over|above|at least|more than|from|≥|>=|>)\s*"
    r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<percent>%|percent|per cent)?$"
)
_LONGER = re.compile(r"^longer than (?P<number>\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|seconds?)?$")
_FIELDS = re.compile(
    r"(?P<name>video|tag|note|model|person)\s*:\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>.*))",
    re.IGNORECASE | re.DOTALL,
)
_HELD = r":\s*\"[^\"]*\"|\([^)]*\)"
"""What is never split: a value in quotes, and parentheses, as in AVA's names."""
_BRACKETS = re.compile(r"\([^)]*\)")
_SPLIT = re.compile(rf"{_HELD}|(?P<cut>(?<!\d),|,(?!\d)|;|(?<![\w-])and(?![\w-])|&)", re.IGNORECASE)


@dataclass(frozen=True)
class Doing:
    """So many people do one of these actions.

    Attributes:
        actions: AVA ids, any of which counts. words: As AVA names them.
        count: At least so many people; 0 nobody, `ALL` everyone in sight.
        least: The probability from which it counts.
    """

    actions: tuple[int, ...]
    words: str
    count: int = 1
    least: float = DEFAULT


@dataclass(frozen=True)
class Query:
    """What is looked for; everything holds at the same time.

    Attributes:
        doing: What people do.
        people, exactly: How many are in sight: at least, or just so many; None: any number.
        longer: Seconds that it lasts at the least.
        person, model, video, tag, note: Filters, folded; "" or None for none. Of ``model`` and
            ``video`` a part of the name will do.
        only_model: The whole name of the one model that counts, or "".
    """

    doing: tuple[Doing, ...] = ()
    people: int | None = None
    exactly: bool = False
    longer: float = 0.0
    person: int | None = None
    model: str = ""
    video: str = ""
    tag: str = ""
    note: str = ""
    only_model: str = ""

    @property
    def about_time(self) -> bool:
        """Whether it looks for moments, not only for what was tagged or is called so."""
        return bool(self.doing) or self.people is not None or self.person is not None

    @property
    def of_models(self) -> bool:
        """Whether only some models count."""
        return bool(self.model or self.only_model)

    def heeds(self, model: str) -> bool:
        """Whether a model counts."""
        return self.model in folded(model) and self.only_model in ("", model)


def folded(text: str) -> str:
    """Text as searches compare it: capitals and the width of spaces make no difference."""
    return " ".join(text.casefold().split())


def parse(text: str) -> Query:
    """Understand a search.

    Raises:
        LartError: A part of it is neither an action nor a number of people nor a filter.

    Example:
        >>> parse("two people, one falls").people
        2
        >>> parse("jump over 60 %").doing[0].least
        0.6
    """
    query = Query()
    for before, part in pairwise(["", *_parts(text)]):
        try:
            query = _with(query, part)
        except LartError as error:
            field = _FIELDS.fullmatch(before)
            if not field or field["quoted"] or _FIELDS.fullmatch(part):
                raise
            name = field["name"].casefold()
            raise LartError(
                f'{error} If this belongs to {name}:, put all of that in quotes, as {name}:"…".'
            ) from None
    return query


def _parts(text: str) -> list[str]:
    """What commas, semicolons and "and" divide."""
    cuts = [found.span() for found in _SPLIT.finditer(text) if found["cut"]]
    ends = [*(first for first, _ in cuts), len(text)]
    starts = [0, *(last for _, last in cuts)]
    parts = (text[first:last].strip() for first, last in zip(starts, ends, strict=True))
    return [part for part in parts if part]


def _with(query: Query, part: str) -> Query:
    if found := _FIELDS.fullmatch(part):
        name, quoted = found["name"].casefold(), found["quoted"]
        return _filtered(query, name, quoted or found["bare"] or "", quoted is not None)
    whole = folded(part)
    part = folded(_BRACKETS.sub(" ", part))
    if found := _LONGER.match(part):
        return _told(query, "duration", longer=_number(found["number"]))
    if found := re.fullmatch(r"person (\d{1,6})", part):
        return _told(query, "person", person=int(found[1]))
    if part in ("alone", "one alone"):
        return _told(query, "number of people in sight", people=1, exactly=True)
    exactly = re.sub(r"^(?:exactly|just|only)\s+", "", part)
    counted = re.fullmatch(rf"(?:at least\s+)?(\w+)(?:\s+or more)?\s+{_PEOPLE}", exactly)
    if counted and (count := _count(counted[1])) is not None and count > 0:
        what = "number of people in sight"
        return _told(query, what, people=count, exactly=exactly != part)
    return replace(query, doing=(*query.doing, _doing(part, whole)))


def _filtered(query: Query, name: str, text: str, quoted: bool) -> Query:
    value = folded(text)
    if not value:
        raise LartError(f"Expected a word after {name}:, but got none.")
    if name == "model" and quoted:
        return _told(query, name, only_model=text)
    if name != "person":
        return _told(query, name, **{name: value})
    if not re.fullmatch(r"\d{1,6}", value):
        raise LartError(f"Expected the number of a person after person:, but got {value[:40]!r}.")
    return _told(query, name, person=int(value))


def _told(query: Query, what: str, **values: Any) -> Query:
    """The query with what may be said but once.

    Raises:
        LartError: Something else was said before.
    """
    known = {key: getattr(query, key) for key in values}
    if known != values and known != {key: getattr(Query(), key) for key in values}:
        raise LartError(f"Expected one {what} in a search, but got two; leave one of them out.")
    return replace(query, **values)


def _doing(part: str, whole: str) -> Doing:
    """What a part means without its brackets; these tell actions of one name apart."""
    least, count, rest = DEFAULT, 1, part
    if found := _OVER.match(rest):
        least = _number(found["number"])
        least = least / 100 if found["percent"] or least > 1 else least
        if not 0.1 <= least <= 1:
            raise LartError(
                f"Expected a probability from 10 to 100 %, but got {100 * least:g} % in {part!r}."
            )
        rest = found["rest"]
    first, _, others = rest.partition(" ")
    if first == "a" and others.startswith("person "):
        first, others = "someone", others.removeprefix("person ")
    if first == "no" and others.startswith("one "):
        others = others.removeprefix("one ")
    number = _count(first)
    if number is not None and others:
        count = number
        rest = re.sub(rf"^{_PEOPLE}\s+", "", others)
    rest = re.sub(r"^(?:is|are)\s+", "", rest)
    actions = _actions(rest)
    said = _BRACKETS.findall(whole)
    same = tuple(i for i in actions if _BRACKETS.findall(folded(ava_actions()[i].name)) == said)
    actions = same if said and same else actions
    if not actions:
        raise LartError(_unknown(part, rest))
    return Doing(actions, " or ".join(ava_actions()[i].name for i in actions), count, least)


def _unknown(part: str, words: str) -> str:
    if re.search(r"\bor\b", part):
        return f"Expected one thing after the other, but got “{part[:60]}”: there is no “or” here."
    near = difflib.get_close_matches(words, list(_names()), n=1, cutoff=0.6)
    hint = f"; did you mean “{near[0]}”?" if near else "; “What can be written” names every action."
    return f"Expected an action, a number of people or a filter, but got “{part[:60]}”{hint}"


def _count(word: str) -> int | None:
    return int(word) if re.fullmatch(r"[0-9]{1,3}", word) else _COUNTS.get(word)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


@lru_cache(1)
def _names() -> dict[str, tuple[int, ...]]:
    """Everything that an action may be called -> AVA ids."""
    found: dict[str, list[int]] = {}
    for ava_id, action in ava_actions().items():
        name = re.sub(r"\([^)]*\)?", " ", action.name.casefold())
        for alias in {name, *name.split("/")}:
            found.setdefault(" ".join(alias.replace("/", " ").split()), []).append(ava_id)
    return {name: tuple(ids) for name, ids in found.items() if name}


@lru_cache(1)
def _stems() -> dict[tuple[str, ...], tuple[int, ...]]:
    return {_stemmed(name): ids for name, ids in _names().items()}


def _actions(words: str) -> tuple[int, ...]:
    """The actions that words may mean: by their whole name, else by its first word."""
    wanted = _stemmed(words.replace("/", " "))
    if not wanted:
        return ()
    exact = _stems().get(wanted)
    if exact:
        return exact
    turned = {i for stem, ids in _stems().items() if sorted(stem) == sorted(wanted) for i in ids}
    if turned:  # "shaking hands" for "hand shake"
        return tuple(sorted(turned))
    starts = {i for stem, ids in _stems().items() if stem[: len(wanted)] == wanted for i in ids}
    return tuple(sorted(starts))


def _stemmed(words: str) -> tuple[str, ...]:
    """Words without their endings: "falling" and "falls" are "fal", as "fall" is."""
    return tuple(_stem(word) for word in re.findall(r"\w+", words))


def _stem(word: str) -> str:
    for ending in ("ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            word = word.removesuffix(ending)
            break
    word = word.removesuffix("e")
    return word[:-1] if len(word) > 2 and word[-1] == word[-2] else word
