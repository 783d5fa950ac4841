"""The language of searches."""

import pytest

from analysis.search import EXAMPLES, Query, parse
from analysis.search.grammar import ALL, Doing
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError


@pytest.mark.parametrize("words", EXAMPLES)
def test_the_examples_of_the_page_are_understood(words: str) -> None:
    assert parse(words).about_time


@pytest.mark.parametrize("name", [action.name for action in ava_actions().values()])
def test_every_action_is_found_by_its_own_name(name: str) -> None:
    (doing,) = parse(name).doing
    assert doing.words == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("someone falls", "fall down"),
        ("jumping", "jump/leap"),
        ("a person is sitting", "sit"),
        ("running", "run/jog"),
        ("DANCES", "dance"),
        ("leap", "jump/leap"),
        ("shaking hands", "hand shake"),
    ],
)
def test_actions_may_be_bent(words: str, name: str) -> None:
    assert parse(words).doing[0].words.startswith(name)


def test_numbers_of_people_and_thresholds() -> None:
    query = parse("two people, one falls over 35 %")
    assert (query.people, query.exactly) == (2, False)
    assert query.doing == (Doing((5,), "fall down", 1, 0.35),)
    assert parse("exactly 3 people").exactly
    assert parse("alone") == Query(people=1, exactly=True)
    assert parse("two people sit").doing[0].count == 2
    assert parse("everybody walks").doing[0].count == ALL
    assert parse("nobody stands").doing[0].count == 0
    assert parse("jump over 0.6").doing[0].least == 0.6
    assert parse("jump above 62,5 %").doing[0].least == 0.625


def test_filters() -> None:
    query = parse("walk and person 3; model:Pose, video:My Film, tag:good one, note:x")
    assert (query.person, query.model, query.video) == (3, "pose", "my film")
    assert (query.tag, query.note) == ("good one", "x")
    assert parse("walk, longer than 2.5 s").longer == 2.5
    assert not parse("tag:x").about_time


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ('video:"Tom and  Jerry", two people', Query(people=2, video="tom and jerry")),
        ('two people & tag:"a, b; c & d"', Query(people=2, tag="a, b; c & d")),
        ("note:not now;alone", Query(people=1, exactly=True, note="not now")),
        ("video:holiday (1), alone", Query(people=1, exactly=True, video="holiday (1)")),
        ("model:look-and-pose AND alone", Query(people=1, exactly=True, model="look-and-pose")),
        (
            'model:"Look and pose_2",alone',
            Query(people=1, exactly=True, only_model="Look and pose_2"),
        ),
        ("alone,longer than 2,5 s", Query(people=1, exactly=True, longer=2.5)),
        ("longer than 3 s,2 people", Query(people=2, longer=3.0)),
        ("tag:x, tag:X", Query(tag="x")),
    ],
)
def test_what_belongs_together_stays_together(words: str, query: Query) -> None:
    assert parse(words) == query


def test_parentheses_of_actions_are_left_out() -> None:
    assert [
        len(parse(f"talk to (e.g., a person, and more), {more}").doing) for more in ("sit", "alone")
    ] == [2, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("jmp", "did you mean “jump”"),
        ("jump over 900 %", "from 10 to 100 %"),
        ("jump over 5 %", "from 10 to 100 %"),
        ("person:me", "number of a person"),
        ("colourless green ideas", "but got “colourless green ideas”"),
        ("two", "but got “two”"),
        ("video:tom and jerry", 'video:, put all of that in quotes, as video:"…"'),
        ("note:a, b", "note:, put all of that in quotes"),
        ("note:", "a word after note:"),
        ('tag:" "', "a word after tag:"),
        ("tag:a, tag:b", "one tag in a search, but got two; leave one of them out.$"),
        ("person 1, person 2", "one person"),
        ("longer than 1 s, longer than 2 s", "one duration"),
        ("alone, two people", "one number of people in sight"),
    ],
)
def test_what_is_not_understood_is_named(words: str, said: str) -> None:
    with pytest.raises(LartError, match=said):
        parse(words)
