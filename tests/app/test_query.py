"""Select boxes whose choice is in the address: a link to something that is not there is said."""

from streamlit.testing.v1 import AppTest

from lart_core.runs.run import Run
from tests.app.test_pages import show


def page() -> None:
    import streamlit as st

    from app.ui import query

    a = query.choose("Model", ["pose", "other"], "a")
    b = query.choose("Compare with", [x for x in ("pose", "other") if x != a], "b")
    st.write(f"{a}, {b}")


def opened(**names: str) -> AppTest:
    test = AppTest.from_function(page)
    for name, value in names.items():
        test.query_params[name] = value
    return test.run()


def said(test: AppTest) -> list[str]:
    return [info.value for info in test.info]


def test_a_link_to_something_else_is_said_until_another_is_chosen() -> None:
    test = opened(a="nope *b*", b="other")
    assert test.markdown[0].value == "pose, other" and test.query_params["a"] == "pose"
    (sentence,) = said(test)
    assert r"'nope \*b\*'" in sentence
    assert said(test.run()) == [sentence], "a page that runs anew says it still"
    assert said(test.selectbox[0].select("other").run()) == []
    assert said(test.run()) == []


def test_a_choice_that_leaves_no_room_for_another_is_no_link() -> None:
    test = opened(a="pose", b="other")
    test.selectbox[0].select("other").run()
    assert test.markdown[0].value == "other, pose"
    assert said(test) == said(opened()) == []


def test_a_link_to_a_model_that_a_video_does_not_have(run: Run) -> None:
    test = show("watch", run="synthetic", a="nope")
    assert not test.error
    assert any("'nope'" in sentence for sentence in said(test))
