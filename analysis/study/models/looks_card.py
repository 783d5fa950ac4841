"""The card of a pose model with appearance: what appearance adds to it on people it never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.study.data.clips import LOOKS_ONLY
from analysis.study.models.card import mean_of, table_of, warnings
from analysis.study.models.looks import FEWEST_CLIPS, Told
from lart_core.ava_labels import ava_actions
from lart_core.model import Checkpoint

Share = tuple[int, int]
"""How many are named right, of how many."""


@dataclass(frozen=True)
class OnVideos:
    """What a model says of the people of held-out videos.

    Attributes:
        top1: Set -> clips, one main action each.
        takes: Of two people, the main action that either does most.
        average_precision: AVA id -> (average precision over frames, positive frames).
        calibration: Expected calibration error.
    """

    top1: Mapping[str, Share]
    takes: Share
    average_precision: Mapping[int, tuple[float, int]]
    calibration: float


@dataclass(frozen=True)
class LooksFigures:
    """Measured on the same held-out videos.

    Attributes:
        pose: The pose model's.
        both: With appearance.
        alone: By appearance alone, with every body hidden.
        told: AVA id -> how well each action is told so.
    """

    pose: OnVideos
    both: OnVideos
    alone: OnVideos
    told: Mapping[int, Told]


def looks_card(
    model: Checkpoint,
    pose: Checkpoint,
    sources: Mapping[str, int],
    recipe: str,
    figures: LooksFigures,
    failures: Sequence[str],
) -> str:
    """The card as Markdown.

    Args:
        model: The model. pose: The one that appearance was added to.
        sources: Data set -> tracklets with appearance that it learnt from.
        recipe: How it was trained, in a paragraph.
        figures: Measured on held-out videos.
        failures: What is known to go wrong.
    """
    actions, config = ava_actions(), model.model.config
    parameters = sum(p.numel() for p in model.model.parameters())
    both, before = figures.both, figures.pose.average_precision
    ranked = sorted(both.average_precision.items(), key=lambda item: -item[1][0])
    told = sorted(figures.told.items(), key=lambda item: -item[1].precision)
    three = (figures.pose, both, figures.alone)
    return "\n".join(
        [
            f"# {model.name}",
            "",
            f"A LART that looks at {config.inputs}: `{pose.name}` with appearance, {parameters:,} "
            "parameters. Where there is no picture it is that model to the last digit; people "
            "without a body are judged by what they look like. It is a small stand-in for the "
            "published models, which learnt from Kinetics-400 and AVA; its figures say nothing "
            "about theirs.",
            "",
            f"It knows {_names(model.ava_ids)}. Of all others it says nothing: they are unknown to "
            "it, not absent.",
            "",
            f"Of people without a body it says {_names(model.by_appearance)}, and nothing else.",
            "",
            "## Data and their terms",
            f"What `{pose.name}` learnt from stands in its card. Appearance learnt from",
            "",
            *table_of(sources),
            "",
            "Most of these sets were published for research and state no licence. The weights hold "
            "no recordings, but whoever wants to use them for more than research and demonstration "
            "should ask the makers of the sets.",
            "",
            "## Recipe",
            recipe,
            "",
            "## On videos of people whom no stage of the training saw",
            "Motion sets have no pictures: their figures are those of the pose model's card. "
            "ut_interaction is held out by sequence; its place and some of its actors recur: "
            "optimistic. arid6's groups are one action in one place each. "
            f"{' and '.join(LOOKS_ONLY)} taught appearance and not `{pose.name}`, so that what its "
            "clips show does not say what appearance adds (`benchmarks/study_twins.py` leaves them "
            "out; docs/study.md).",
            "",
            f"| named right | `{pose.name}` | with appearance | by appearance alone |",
            "|---|---|---|---|",
            *(
                f"| {name}, clips | {' | '.join(_share(each.top1[name]) for each in three)} |"
                for name in both.top1
            ),
            f"| ut_interaction, takes | {' | '.join(_share(each.takes) for each in three)} |",
            "| mean average precision over frames | "
            + " | ".join(f"{mean_of(each.average_precision):.3f}" for each in three)
            + " |",
            "| expected calibration error | "
            + " | ".join(f"{each.calibration:.4f}" for each in three)
            + " |",
            "",
            f"| action | `{pose.name}` | with appearance | positive frames |",
            "|---|---|---|---|",
            *(
                f"| {actions[i].name} | {before[i][0]:.3f} | {ap:.3f} | {count:,} |"
                for i, (ap, count) in ranked
            ),
            "",
            "## People without a body",
            "The same videos with every body hidden. An action is said of people without a body if "
            "its average precision over frames is clearly better than that of whoever knows only "
            "which set a clip is from and how often that has it (in 97.5 % of draws of clips), and "
            f"at least {FEWEST_CLIPS} clips show it.",
            "",
            "| action | average precision | by the set | better by at least | clips | said |",
            "|---|---|---|---|---|---|",
            *(
                f"| {actions[i].name} | {each.precision:.3f} | {each.by_set:.3f} | {each.low:+.3f} "
                f"| {each.clips} | {'yes' if i in model.by_appearance else 'no'} |"
                for i, each in told
            ),
            "",
            *warnings(failures),
        ]
    )


def _names(ava_ids: Sequence[int]) -> str:
    names = ", ".join(ava_actions()[i].name for i in ava_ids)
    return f"{len(ava_ids)} of AVA's 80 actions: {names}" if ava_ids else "none of AVA's 80 actions"


def _share(share: Share) -> str:
    right, total = share
    return f"{right} of {total}"
