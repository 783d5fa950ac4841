"""Who is held out. Splits are by person (or group of recordings), never by clip."""

from typing import Literal
from zlib import crc32

from analysis.study.data.clips import ELSEWHERE, HMDB51, UCF101, UCF101_LABELS

Role = Literal["train", "validate", "test", "unused"]

TEST: dict[str, frozenset[str]] = {
    "nw_ucla": frozenset({"s08", "s09", "s10"}),
    "utd_mhad": frozenset({"s7", "s8"}),
    "utkinect": frozenset({"s08", "s09", "s10"}),
    "sbu_interaction": frozenset({"s04s06", "s06s04"}),
    "citi": frozenset({"s08", "s09", "s10"}),
    "msr_daily": frozenset({"s08", "s09", "s10"}),
    "msr_action": frozenset({"s08", "s09", "s10"}),
    "cad60": frozenset({"p4"}),
    "kard": frozenset({"s08", "s09", "s10"}),
    "cdta": frozenset({"sara", "zaki"}),
    "kinder_gator": frozenset({"p644", "p723", "p921", "p934", "p970", "p976"}),
    "precog": frozenset({"10", "11", "12"}),
    "cmu_expmap": frozenset({"test"}),
    "arid6": frozenset({"Jump_8", "Run_1", "Sit_4", "Stand_3", "Stand_5", "Turn_7", "Walk_14"}),
    "yoga6": frozenset({"S04", "S08", "S12"}),
    "gmdcsa24": frozenset({"S3"}),
    "ut_interaction": frozenset(
        {"set1_seq1", "set1_seq2", "set1_seq3", *(f"set2_seq{n}" for n in range(11, 21))}
    ),
    UCF101: frozenset(f"{label}_g{n:02}" for label in UCF101_LABELS for n in range(1, 8)),
}
"""Groups that no stage of a shipped model sees. nw_ucla, utd_mhad and utkinect: the study's
cross-subject protocol. cmu_expmap names no subjects: its own test files. UCF101: the groups of its
first test list. HMDB51's own lists do not split by film: see `_by_name`."""

VALIDATE: dict[str, frozenset[str]] = {
    "nw_ucla": frozenset({"s07"}),
    "utd_mhad": frozenset({"s6"}),
    "utkinect": frozenset({"s07"}),
}
"""Groups that choose and calibrate, and teach nothing."""

_MIXED = {"sbu_interaction": ("s04", "s06")}
"""People of test pairs: other pairs with one of them are left out altogether."""

_SERIES = {
    "GOAL_2_living_the_dream_movie_part": "Goal",
    "Goal_1_&": "Goal",
    "goal_2_part": "Goal",
    "The_Matrix": "Matrix",
    "The_Matrix_Revolutions": "Matrix",
    "Fellowship": "Lord of the Rings",
    "Two_Towers": "Lord of the Rings",
    "RETURN_OF_THE_KING": "Lord of the Rings",
    "Return_of_the_King": "Lord of the Rings",
    "TheBigBangS01E01Pilot": "Big Bang Theory",
    "TheBigBangS01E02TheBigBranHypothesis": "Big Bang Theory",
    "ImprovingBasketballSkills-BasketballCrossover": "Basketball Skills",
    "ImprovingBasketballSkills-BasketballNBA3-PointShots": "Basketball Skills",
    "ImprovingBasketballSkills-BasketballTeardropJumpShot": "Basketball Skills",
    "ImprovingBasketballSkills-BasketballTurnaroundFadeAway": "Basketball Skills",
    "Learn_Freerunning_and_Parkour_-_Diving_Roll": "Learn Freerunning",
    "Learn_Freerunning_and_Parkour__-_Diving_Kong": "Learn Freerunning",
    "Parkour-_Diving_Kong": "Learn Freerunning",
}
"""Films of HMDB51 with the same people, and what they belong to."""

FOLDS = 3
"""Parts of the videos; each is judged by models that learnt from the others."""

PLACE_TELLS = frozenset({"arid6"})
"""Sets whose groups show one label in one place each: by group, the place is judged with the label.
"""
TEACHES_ONLY = -1
"""The fold of what every model learns from and none is judged on."""

_SECOND = {
    "yoga6": frozenset({"S01", "S03", "S05", "S07"}),
    "gmdcsa24": frozenset({"S1"}),
    "ut_interaction": frozenset({"set1_seq4", "set1_seq5", "set1_seq6"}),
}


def fold(source: str, group: str) -> int:
    """The part, 0..2, that a group of videos is in; the first are those that are tested on.

    `TEACHES_ONLY` for sets in which a place tells the label.
    """
    if source in PLACE_TELLS:
        return TEACHES_ONLY
    if source == HMDB51:
        return _by_name(_SERIES.get(group, group))
    if group in TEST[source]:
        return 0
    return 1 if group in _SECOND[source] else 2


def role(source: str, group: str) -> Role:
    """What a person's recordings are for."""
    if group in TEST.get(source, ()) or source in ELSEWHERE:
        return "test"
    if source == HMDB51 and _by_name(group) == 0:  # The rest of a series teaches.
        return "unused" if group in _SERIES else "test"
    if group in VALIDATE.get(source, ()):
        return "validate"
    if any(person in group for person in _MIXED.get(source, ())):
        return "unused"
    return "train"


def _by_name(film: str) -> int:
    """The part, 0..2, that the checksum of a film's name gives: 0 is tested on."""
    return crc32(film.encode()) % FOLDS
