"""Parity fuzzer: `lart evaluate` against the official ActivityNet AVA evaluator.

    python -m benchmarks.evaluation_fuzz ActivityNet/Evaluation --cases 500

Random small data sets with what makes evaluators disagree: tied scores, more than 50 boxes a
keyframe, inside-out boxes, boxes that overlap two others equally, duplicate ground truth, classes
outside the label map, keyframes without boxes or without ground truth, excluded keyframes, empty
classes, person ids, files without scores, timestamps written in several ways. Every figure must
be the same to the last bit.
"""

import argparse
import logging
import math
import warnings
from pathlib import Path

import numpy as np

from analysis import average_precision, read_exclusions, read_ground_truth, read_predictions
from analysis.ava.label_map import parse_label_map
from benchmarks.official_ava import Official


def random_case(seed: int) -> dict[str, str]:
    """Texts of labels, ground truth, predictions and exclusions."""
    rng = np.random.default_rng(seed)
    classes = np.sort(rng.choice(np.arange(1, 15), rng.integers(1, 10), replace=False))
    style = rng.integers(2)
    word, key = (("item", "id"), ("label", "label_id"))[style]
    labels = "".join(f'{word} {{\n  name: "class {c}"\n  {key}: {c}\n}}\n' for c in classes)
    frames = [(f"v{v}", 900 + t) for v in range(rng.integers(1, 4)) for t in range(3)]
    levels = int(rng.choice([1, 2, 4, 20, 1000]))
    grid = int(rng.choice([4, 8, 50]))
    crowd = int(rng.choice([5, 30, 140]))
    with_person, with_score = rng.random() < 0.5, rng.random() < 0.9

    def stamp(t: int) -> str:
        return str(rng.choice([f"{t:04d}", f"{t}", f"{t}.0", f"{t}.000"]))

    def box(may_invert: bool) -> list[float]:
        x, y = np.sort(rng.integers(0, grid + 1, 2)), np.sort(rng.integers(0, grid + 1, 2))
        if may_invert and rng.random() < 0.1:
            x = x[::-1]
        return [v / grid for v in (x[0], y[0], x[1], y[1])]

    truth: list[list[object]] = []
    said: list[list[object]] = []
    people: dict[tuple[str, int], list[list[float]]] = {}
    for frame in frames:
        if rng.random() < 0.1:
            continue
        if rng.random() < 0.1:
            truth.append([frame[0], stamp(frame[1])])
            continue
        people[frame] = [box(False) for _ in range(rng.integers(1, 6))]
        for person, b in enumerate(people[frame]):
            for c in rng.choice(np.arange(1, 16), rng.integers(1, 4)):
                row = [frame[0], stamp(frame[1]), *b, c]
                truth.append(row + [int(rng.integers(0, 3)) + person // 2] * with_person)
    frame = frames[rng.integers(len(frames))]
    if rng.random() < 0.4:
        pair = [[0.0, 0.0, 0.75, 1.0], [0.25, 0.0, 1.0, 1.0]]
        between = [0.125, 0.0, 0.875, 1.0]
        for b in [pair[i] for i in rng.permutation(2)]:
            row = [frame[0], stamp(frame[1]), *b, classes[0]]
            truth.append(row + [int(rng.integers(0, 3))] * with_person)
        for b, score in ((between, 1.0), (pair[rng.integers(2)], 0.5)):
            said.append([frame[0], stamp(frame[1]), *b, classes[0], *[score] * with_score])
    for frame in rng.permutation(np.array(frames, object)):
        for _ in range(rng.integers(0, crowd)):
            known = people.get(tuple(frame))
            b = box(True)
            if known and rng.random() < 0.6:
                b = list(known[rng.integers(len(known))])
                if rng.random() < 0.5:
                    b[rng.integers(4)] += rng.choice([-1, 1]) / grid
            score = [rng.integers(0, levels + 1) / levels] * with_score
            said.append([frame[0], stamp(frame[1]), *b, rng.integers(1, 16), *score])
    if rng.random() < 0.5:
        said = [said[i] for i in rng.permutation(len(said))]
    excluded = [f for f in frames if rng.random() < 0.1]
    return {
        "labels": labels,
        "ground_truth": _text(truth),
        "predictions": _text(said),
        "exclusions": _text([[v, stamp(t)] for v, t in excluded]),
    }


def _text(rows: list[list[object]]) -> str:
    return "".join(",".join(str(c) for c in row) + "\n" for row in rows)


def _without(text: str, exclusions: str) -> str:
    """What the evaluator's later ``-e`` option does: the rows of excluded keyframes are ignored."""
    left_out = {(v, float(t)) for v, t in (r.split(",") for r in exclusions.splitlines())}
    rows = text.splitlines(keepends=True)
    return "".join(r for r in rows if (r.split(",")[0], float(r.split(",")[1])) not in left_out)


def compare(official: Official, case: dict[str, str]) -> list[str]:
    """Names of the figures that differ."""
    excluded = case["exclusions"]
    expected = official(
        case["labels"],
        _without(case["ground_truth"], excluded),
        _without(case["predictions"], excluded),
    )
    found = average_precision(
        read_ground_truth(case["ground_truth"].encode()),
        read_predictions(case["predictions"].encode()),
        parse_label_map(case["labels"]),
        read_exclusions(excluded.encode()) if excluded else None,
    ).metrics()
    if set(expected) != set(found):
        return sorted(set(expected) ^ set(found))
    return [
        f"{k}: official {v!r}, ours {found[k]!r}"
        for k, v in expected.items()
        if v != found[k] and not (math.isnan(v) and math.isnan(found[k]))
    ]


def has_boxes(case: dict[str, str]) -> bool:
    """Whether both files of a case hold a box; a file without any is refused."""
    return all(any(r.count(",") > 1 for r in case[k].splitlines()) for k in list(case)[1:3])


def main() -> int:
    """Run the cases; exit code 1 if any figure differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("evaluation_folder", type=Path, help="Evaluation/ of an ActivityNet clone")
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    official = Official(args.evaluation_folder)
    different, done, seed = 0, 0, args.seed
    while done < args.cases:
        case = random_case(seed)
        if has_boxes(case):
            done += 1
            if found := compare(official, case):
                different += 1
                print(f"case {seed}:", *found, sep="\n  ")
        seed += 1
    print(f"{done} cases, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
