"""A study: curves over mask ratio and missing frames, two kinds of models, and what changed."""

import streamlit as st

from analysis.ava import result_set
from analysis.study.results import figures, grid_file
from analysis.study.results.compare import (
    FEW,
    Difference,
    class_differences,
    difference,
    findings,
    pair,
)
from analysis.study.results.grid_file import Grid, Kind
from app.compare import moments
from app.results import sets
from app.ui import chart, query, theme

HIGH = (
    "Draws of the videos leave the rarest actions out now and then, so that an interval of mAP "
    "itself lies higher than its mark or figure; paired differences, in which both sides lose the "
    "same actions, hardly move."
)


def study() -> None:
    """Choose a study, and show what it says."""
    folders = grid_file.known()
    if not folders:
        theme.empty(
            "There is no study on this machine",
            "“lart study run” trains the models of one, “lart study tabulate --keep” puts it here.",
        )
        return
    chosen = query.choose(
        "Study", list(folders), "study", shown=lambda id_: grid_file.title(folders[id_])
    )
    assert chosen is not None
    grid = grid_file.read(folders[chosen])
    models = len(set(grid.table["cell"]))
    st.markdown(theme.plain(grid.about))
    st.caption(
        f"{models} {'model' if models == 1 else 'models'} of {len(grid.kinds)} kinds, judged on "
        f"{grid.videos:,} held-out videos with {grid.keyframes:,} keyframes."
    )
    _curves(grid)
    _two_kinds(grid)


def _curves(grid: Grid) -> None:
    """What masking brings, what the study says in words, and mAP itself."""
    gained = figures.against_no_masking(grid)
    if gained is not None:
        st.subheader("What masking in pre-training brings", anchor=False)
        chart.show(gained, "gain-of-masking", key="gain")
        st.caption(
            "Against the same training without masking, on the same videos. A mark is the mean "
            "over seeds, its bar the middle 95 % over draws of the videos: above 0, masking helps."
        )
    said = findings(grid)
    if said:
        st.markdown("\n".join(f"- {sentence}" for sentence in said))
        st.caption(
            "Differences are paired: both kinds on the same draws of the videos. Where nothing "
            "differs, one such interval in twenty leaves out 0 all the same, and none of them "
            "covers what other seeds do."
        )
    with st.expander("mAP itself", expanded=gained is None):
        _absolute(grid)


def _absolute(grid: Grid) -> None:
    """mAP against the mask ratio and against missing frames."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.subheader("Against the mask ratio", anchor=False)
        chart.show(figures.by_mask_ratio(grid), "map-by-mask-ratio", key="by mask")
    with right:
        st.subheader("Against missing frames", anchor=False)
        chart.show(figures.by_missing(grid), "map-by-missing", key="by missing")
    st.caption(
        "A mark is the mean over seeds, its bar the middle 95 % over draws of the videos, each "
        f"small dot one seed. Marks of one place stand a little apart to be seen. {HIGH}"
    )


def _two_kinds(grid: Grid) -> None:
    """Two kinds of models against each other."""
    st.header("Two kinds of models", anchor=False)
    kinds = {kind.id: kind for kind in grid.kinds}
    if len(kinds) < 2:
        theme.empty("One kind only", "To compare, the study needs models of a second kind.")
        return
    ids = list(kinds)
    first, second = pair(grid)
    cells = st.columns(3)
    with cells[0]:
        chosen = query.choose(
            "A", ids, "kind", fallback=ids.index(first.id), shown=lambda i: str(kinds[i])
        )
    others = [i for i in ids if i != chosen]
    fallback = others.index(second.id) if second.id in others else 0
    with cells[1]:
        other = query.choose(
            "B", others, "against", fallback=fallback, shown=lambda i: str(kinds[i])
        )
    with cells[2]:
        share = query.choose(
            "Frames missing at test time",
            [f"{share:g}" for share in grid.missing],
            "missing",
            shown=lambda share: f"{100 * float(share):g} %",
        )
    assert chosen is not None and other is not None and share is not None
    a, b, missing = kinds[chosen], kinds[other], float(share)
    found = difference(grid, a, b, missing)
    if found is None:
        theme.empty("Not judged yet", "One of the two has no model that is judged so.")
        return
    clicked = _figures(grid, a, b, missing, found)
    st.subheader("People and moments that changed", anchor=False)
    _moments(grid, a, b, clicked)


def _figures(grid: Grid, a: Kind, b: Kind, missing: float, found: Difference) -> str | None:
    """mAP of both, their difference, and that of each action; gives the action that is clicked."""
    cells = st.columns(3)
    for cell, side, kind in zip(cells, "AB", (a, b), strict=False):
        estimate = grid.estimate(kind, missing)
        assert estimate is not None
        cell.metric(f"{side}: {kind}", sets.percent(estimate.value))
        seeds = ", ".join(f"{100 * value:.1f}" for value in estimate.seeds.values())
        cell.caption(
            f"95 % interval {100 * estimate.low:.1f} to {100 * estimate.high:.1f}; seeds {seeds}"
        )
    cells[2].metric("mAP@0.5, B minus A", f"{100 * found.value:+.2f} points".replace("-", "−"))
    cells[2].caption(f"{found.interval}: {found.verdict}")
    st.caption(HIGH)
    clicked = None
    left, right = st.columns([3, 2], gap="large")
    table = class_differences(grid, a, b, missing)
    with left:
        st.subheader("By action", anchor=False)
        if table.empty:
            theme.empty("No action", "The study has no figures by action for these two.")
        else:
            event = chart.show(
                figures.class_differences(table), "by-action", key="by action", select=True
            )
            clicked = moments.clicked(event)
            st.caption(
                f"In brackets: ground-truth labels. Under {FEW} of them a bar is pale and "
                "hatched: one person can move it. Grey dots are seeds."
            )
    with right:
        st.subheader("With frames missing", anchor=False)
        chart.show(figures.difference_by_missing(grid, a, b), "b-minus-a", key="b minus a")
    return clicked


def _moments(grid: Grid, a: Kind, b: Kind, clicked: str | None) -> None:
    """The people and moments that changed between one model of either kind."""
    here = {one.id for one in result_set.sets()}
    both = [
        {seed: id_ for seed, id_ in grid.result_sets(kind).items() if id_ in here}
        for kind in (a, b)
    ]
    if not all(both):
        st.markdown(
            "The people and moments need what each model said, which is not on this machine: train "
            "the study with `lart study run`, then keep its results with `lart study tabulate "
            "--keep` (and `--videos FOLDER` to see them playing)."
        )
        return
    common = sorted(both[0].keys() & both[1].keys())
    seeds = (common[0],) * 2 if common else (min(both[0]), min(both[1]))
    ids = [kept[seed] for kept, seed in zip(both, seeds, strict=True)]
    st.caption(
        f"One model of each kind (A: seed {seeds[0]}, B: seed {seeds[1]}), no frames missing. "
        "Click a bar above to see only the people of that action."
    )
    moments.moments(ids[0], ids[1], clicked=clicked)
