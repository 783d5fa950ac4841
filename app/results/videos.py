"""The Videos view of AVA results: a video's keyframes with verdicts, and one keyframe in full."""

import numpy as np
import pandas as pd
import streamlit as st

from analysis.errors.keyframes import Keyframe
from analysis.figures import keyframe
from app.results import play, sets
from app.results.clip_player import MarkedBox
from app.ui import chart, query
from app.ui.media_addresses import second


def videos(shown: sets.Judged, set_id: str) -> None:
    """One video: its keyframes with verdicts, and one keyframe in full."""
    truth = shown.verdicts.evaluation.ground_truth
    names = sorted(truth["video"].astype(str).unique())
    left, right = st.columns([1, 1])
    with left:
        video = query.choose("Video", names, "video", resets=("t",))
    with right:
        least = st.slider(
            "Predictions from score",
            0.0,
            1.0,
            0.5,
            0.01,
            key="least",
            bind="query-params",
            help="For the timeline and the drawing. mAP has no such threshold.",
        )
    assert video is not None
    moments = shown.cases.keyframes.moments(video)
    given = query.decimal("t")
    here = int(np.abs(moments - given).argmin()) if given is not None else 0
    table = keyframe.timeline_table(shown.verdicts, video, least)
    event = chart.show(
        keyframe.timeline(table, float(moments[here])),
        f"timeline-{video}",
        key=f"timeline {video} {least}",
        select=True,
    )
    points = event["selection"]["points"]
    clicked = (set_id, video, points[0]["x"]) if points else None
    if clicked != st.session_state.get("clicked"):
        st.session_state["clicked"] = clicked
        if points:
            query.remember("t", second(points[0]["x"]))
            st.rerun()
    back, label, forward = st.columns([1, 3, 1], vertical_alignment="center")
    step = 0
    if back.button("Keyframe before", icon=":material/chevron_left:", disabled=here == 0):
        step = -1
    if forward.button(
        "Keyframe after", icon=":material/chevron_right:", disabled=here == len(moments) - 1
    ):
        step = 1
    if step:
        query.remember("t", second(moments[here + step]))
        st.rerun()
    label.markdown(
        f"**Keyframe {here + 1} of {len(moments)}**, at {moments[here]:g} s. Click a mark above "
        "to go to its keyframe."
    )
    one_keyframe(shown, set_id, shown.cases.keyframes.at(video, float(moments[here])), least)


def one_keyframe(shown: sets.Judged, set_id: str, moment: Keyframe, least: float) -> None:
    """A keyframe's picture, playing if the video is at hand, its ground truth and predictions."""

    def marked(there: Keyframe) -> list[MarkedBox]:
        true = [MarkedBox(p.box, "true", f"T{n}") for n, p in enumerate(there.true, 1)]
        said = [p for p in there.said if p.labels[0].score >= least]
        return true + [MarkedBox(p.box, "said", f"P{n}") for n, p in enumerate(said, 1)]

    left, right = st.columns([3, 2], gap="medium")
    with left:
        keyframes = shown.cases.keyframes
        if play.play(set_id, keyframes, moment, marked, key="moment"):
            st.caption(
                "Solid: ground truth (T1 …). Dashed: predictions (P1 …). Boxes are known at the "
                "keyframes only and fade between them."
            )
        else:
            chart.show(
                keyframe.keyframe(moment, least_score=least),
                f"{moment.video}-{moment.timestamp:g}",
                key="keyframe",
            )
            st.caption(play.NOT_AT_HAND)
    with right:
        true = [
            (f"T{n}", x.name, sets.score(x.score), x.verdict)
            for n, p in enumerate(moment.true, 1)
            for x in p.labels
        ]
        st.markdown("**Ground truth**")
        st.dataframe(
            pd.DataFrame(true, columns=["Box", "Action", "Found with score", "Verdict"]),
            hide_index=True,
            height="content",
        )
        said = [
            (f"P{n}", x.name, sets.score(x.score), x.verdict)
            for n, p in enumerate(moment.said, 1)
            for x in p.labels
            if x.score >= least
        ]
        st.markdown(f"**Predictions, score ≥ {least:g}**")
        st.dataframe(
            pd.DataFrame(said, columns=["Box", "Action", "Score", "Verdict"]), hide_index=True
        )
