"""A model's card: what it is, what it learnt from, how good it is on people it never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.study.data.sources import SOURCES
from lart_core.ava_labels import ava_actions
from lart_core.model import Checkpoint


@dataclass(frozen=True)
class Figures:
    """What was measured on held-out people.

    Attributes:
        top1: Source -> (right, of how many) clips, one main action each.
        cross_subject: Top-1 of the cross-subject protocol with its 95 % interval over people.
        from_anywhere: The same with every held-out clip seen from a random side.
        average_precision: AVA id -> (average precision over frames, positive frames).
        without_legs: The same precisions with nobody's legs seen.
        calibration: Expected calibration error before and after.
        pairs: Source of two people -> (right, of how many) takes, by either person.
        imagined: Share of frames in which people beside strangers are said to do something to them.
    """

    top1: Mapping[str, tuple[int, int]]
    cross_subject: tuple[float, float, float]
    from_anywhere: tuple[float, float, float]
    average_precision: Mapping[int, tuple[float, int]]
    without_legs: Mapping[int, tuple[float, int]]
    calibration: tuple[float, float]
    pairs: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    imagined: float = 0.0


def mean_of(precisions: Mapping[int, tuple[float, int]]) -> float:
    """Mean average precision, over the actions that held-out people do."""
    return sum(ap for ap, _ in precisions.values()) / len(precisions)


def card(
    checkpoint: Checkpoint,
    sources: Mapping[str, int],
    recipe: str,
    figures: Figures,
    baselines: str,
    failures: Sequence[str],
) -> str:
    """The card as Markdown.

    Args:
        checkpoint: The model.
        sources: Data set -> tracklets that it learnt from.
        recipe: How it was trained, in a paragraph.
        figures: Measured on held-out people.
        baselines: What simple models reach on the same people, in a sentence.
        failures: What is known to go wrong.
    """
    actions = ava_actions()
    config = checkpoint.model.config
    parameters = sum(p.numel() for p in checkpoint.model.parameters())
    known = ", ".join(actions[i].name for i in checkpoint.ava_ids)
    before, after = figures.calibration
    seen = "one person at a time"
    if checkpoint.together:
        seen += ", and with the nearest other for what two people do"
    rows = sorted(figures.average_precision.items(), key=lambda item: -item[1][0])
    tops = [f"| {s} | {r / n:.1%} | {n} |" for s, (r, n) in sorted(figures.top1.items())]
    precisions = [
        f"| {actions[i].name} | {ap:.3f} | {figures.without_legs[i][0]:.3f} | {count:,} |"
        for i, (ap, count) in rows
    ]
    unmeasured = [actions[i].name for i in checkpoint.ava_ids if i not in figures.average_precision]
    left = [f"Not measured, since no held-out person does it: {', '.join(unmeasured)}.", ""]
    return "\n".join(
        [
            f"# {checkpoint.name}",
            "",
            f"A LART that looks at {config.inputs}: {config.depth} layers, width {config.width}, "
            f"{parameters:,} parameters, {config.frames} frames at {checkpoint.fps:g} a second, "
            f"{seen}. It is a small stand-in for the published models, "
            "which learnt from Kinetics-400 and AVA; its figures say nothing about theirs.",
            "",
            f"It knows {len(checkpoint.ava_ids)} of AVA's 80 actions: {known}. Of all others it "
            "says nothing: they are unknown to it, not absent.",
            "",
            "## Data and their terms",
            *table_of(sources),
            "",
            "Most of these sets were published for research and state no licence. The weights "
            "hold no recordings, but whoever wants to use them for more than research and "
            "demonstration should ask the makers of the sets. Bandai-Namco's motion set (CC BY-NC "
            "4.0) was left out on purpose.",
            "",
            "## Recipe",
            recipe,
            "",
            "## On people whom no stage of the training saw",
            "ut_interaction is held out by sequence; its place and some of its actors recur: "
            "optimistic. arid6's groups are one action in one place each. cdta names three people; "
            "whether the two who are judged are among its unnamed, who teach, is not known.",
            "",
            f"Cross-subject protocol (nw_ucla and utkinect s08-s10, utd_mhad s7-s8; one of 17 main "
            f"actions a clip), top-1 with 95 % intervals over people: with the camera that filmed "
            f"them {_interval(figures.cross_subject)}, from a random side "
            f"{_interval(figures.from_anywhere)}. {baselines}",
            "",
            "Each set by itself (the three of the protocol together), one of its own main actions. "
            "Who stands or sits while doing another thing counts as wrong where that comes first, "
            "as in cad60, citi and msr_daily; the table below has frames:",
            "",
            "| set | top-1 | held-out clips |",
            "|---|---|---|",
            *tops,
            "",
            *_pairs(figures),
            f"Mean average precision over frames: {mean_of(figures.average_precision):.3f} "
            f"({len(rows)} actions), and {mean_of(figures.without_legs):.3f} of the same people "
            "with their legs unseen, as behind a table. Expected calibration error: "
            f"{before:.4f} before and {after:.4f} after calibration.",
            "",
            "| action | average precision | legs unseen | positive frames |",
            "|---|---|---|---|",
            *precisions,
            "",
            *(left if unmeasured else []),
            *warnings(failures),
        ]
    )


def table_of(sources: Mapping[str, int]) -> list[str]:
    """The table of the data sets that a model learnt from, with their terms."""
    return [
        "| set | tracklets | what | made by | terms |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {count:,} | {SOURCES[name].what} | {SOURCES[name].origin} | "
            f"{SOURCES[name].terms} |"
            for name, count in sources.items()
        ),
    ]


def warnings(failures: Sequence[str]) -> list[str]:
    """The end of every card: what is known to go wrong, and what a model is not for."""
    return [
        "## Known failures",
        *(f"- {failure}" for failure in failures),
        "",
        "## Not for",
        "Decisions about people: safety alarms, surveillance, medical or legal use. It learnt "
        "from a few dozen people in laboratories, most of them young adults, and from some "
        "hundreds in films.",
        "",
    ]


def _pairs(figures: Figures) -> list[str]:
    """A paragraph on two people, where the model knows what they do."""
    counts = [f"{s} {right} of {n}" for s, (right, n) in figures.pairs.items() if n]
    if not counts:
        return []
    return [
        "Two people, the main action that either does most, of those of the set: "
        f"{'; '.join(counts)} takes. Of people of the cross-subject protocol, each shown beside "
        f"another who has nothing to do with them, {figures.imagined:.2%} of the frames are said "
        "to be of something done to another person.",
        "",
    ]


def _interval(figure: tuple[float, float, float]) -> str:
    middle, low, high = figure
    return f"{middle:.1%} ({low:.1%} to {high:.1%})"
