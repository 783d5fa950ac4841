"""Speed and memory of `analysis.average_precision`, on one core.

    python -m benchmarks.evaluation --gt GT.csv --pred PRED.csv --labels LIST.pbtxt \\
        --official ActivityNet/Evaluation
    python -m benchmarks.evaluation --full-size

The first form runs the official evaluator and ours on the same files, one after the other, and
prints both times (reading the files included) and the largest difference of any figure. The
second makes up a data set of the size of AVA's validation set (57,408 keyframes, 7 million rows,
scores of four decimals as SlowFast writes them) and prints time and memory.
"""

import argparse
import gzip
import json
import logging
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import analysis
from analysis.ava.csv_file import to_csv


def now() -> np.ndarray:
    """Wall and CPU seconds of this process."""
    return np.array([time.perf_counter(), time.process_time()])


def side_by_side(gt: Path, pred: Path, labels: Path, official: Path) -> None:
    """Print both times and the largest difference."""
    from benchmarks.official_ava import Official

    logging.disable(logging.WARNING)
    referee = Official(official)

    def text(path: Path) -> str:
        return (gzip.open(path, "rt") if path.suffix == ".gz" else path.open()).read()

    begin = now()
    expected = referee(text(labels), text(gt), text(pred))
    official_s = now() - begin
    begin = now()
    evaluation = analysis.average_precision(
        analysis.read_ground_truth(gt),
        analysis.read_predictions(pred),
        analysis.read_label_map(labels),
    )
    ours_s = now() - begin
    found = evaluation.metrics()
    assert found.keys() == expected.keys()
    worst = max(
        abs(found[k] - v) if not math.isnan(v) else float(not math.isnan(found[k]))
        for k, v in expected.items()
    )
    for index, clock in enumerate(("wall", "CPU")):
        theirs, ours = official_s[index], ours_s[index]
        print(f"{clock}: official {theirs:.1f} s, ours {ours:.2f} s: {theirs / ours:.0f} times")
    print(f"mAP {evaluation.mean_ap!r}; largest difference of {len(found)} figures: {worst:g}")


def made_up(keyframes: int = 57_408, rows: int = 7_000_000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ground truth and predictions of random people, about as AVA's are distributed."""
    rng = np.random.default_rng(0)
    classes = np.array(analysis.ava_label_map(60).ids)
    people_in = 1 + rng.poisson(1.0, keyframes)
    person_frame = np.repeat(np.arange(keyframes), people_in)
    n = person_frame.size
    corner, size = rng.random((n, 2)) * 0.6, 0.1 + rng.random((n, 2)) * 0.3
    box = np.round(np.c_[corner, corner + size], 3)
    frequency = 1.0 / np.arange(1, 61) ** 1.2
    doing = rng.random((n, 60)) < 2.0 * frequency / frequency.sum()
    doing[np.arange(n), rng.choice(60, n, p=frequency / frequency.sum())] = True
    logit = np.log(frequency) + 2.5 * doing + rng.normal(0, 1, (n, 60))
    score = np.round(1 / (1 + np.exp(-logit)), 4)
    videos = np.array([f"video{i:04d}" for i in range(64)])

    def table(person: np.ndarray, action: np.ndarray) -> pd.DataFrame:
        frame = person_frame[person]
        columns = {"video": pd.Categorical.from_codes(frame // 897, categories=list(videos))}
        columns |= {"timestamp": 902.0 + frame % 897}
        columns |= {c: box[person, i] for i, c in enumerate(("x1", "y1", "x2", "y2"))}
        return pd.DataFrame(columns | {"action_id": classes[action].astype(np.int32)})

    ground_truth = table(*np.nonzero(doing))
    person, action = np.divmod(np.arange(n * 60), 60)
    if rows > person.size:
        person = np.r_[person, rng.integers(0, n, rows - person.size)]
        action = np.r_[action, rng.integers(0, 60, rows - action.size)]
    else:
        chosen = np.sort(rng.choice(person.size, rows, replace=False))
        person, action = person[chosen], action[chosen]
    order = np.argsort(person_frame[person], kind="stable")
    person, action = person[order], action[order]
    predictions = table(person, action)
    predictions["score"] = score[person, action]
    return ground_truth, predictions


def full_size(folder: Path) -> None:
    """Time reading and evaluating the made-up set in a fresh process."""
    ground_truth, predictions = made_up()
    predictions.assign(score=predictions["score"])
    (folder / "pred.csv").write_bytes(to_csv(predictions))
    (folder / "gt.csv").write_bytes(to_csv(ground_truth.assign(score=0)).replace(b",0\n", b"\n"))
    script = (
        "import json, time, analysis, sys, numpy as np\n"
        "now = lambda: np.array([time.perf_counter(), time.process_time()])\n"
        "t0 = now()\n"
        "gt = analysis.read_ground_truth(sys.argv[1] + '/gt.csv')\n"
        "pred = analysis.read_predictions(sys.argv[1] + '/pred.csv')\n"
        "t1 = now(); tables = int(gt.memory_usage(deep=True).sum()) + int(\n"
        "    pred.memory_usage(deep=True).sum())\n"
        "open('/proc/self/clear_refs', 'w').write('5')\n"
        "peak = lambda key: int(next(r for r in open('/proc/self/status') if r.startswith(key)\n"
        "    ).split()[1]) / 1024\n"
        "loaded = peak('VmRSS')\n"
        "e = analysis.average_precision(gt, pred, analysis.ava_label_map())\n"
        "t2 = now()\n"
        "print(json.dumps(dict(rows=len(pred), truth=len(gt), tables_mb=tables / 2**20,\n"
        "    read_s=list(t1 - t0), evaluate_s=list(t2 - t1), over_mb=peak('VmHWM') - loaded,\n"
        "    mean_ap=e.mean_ap)))"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}),
        check=True,
        stdout=subprocess.PIPE,
    )
    facts = json.loads(done.stdout)
    (read, read_cpu), (evaluate, evaluate_cpu) = facts["read_s"], facts["evaluate_s"]
    print(
        f"{facts['rows']:,} predictions, {facts['truth']:,} ground-truth rows, mAP "
        f"{facts['mean_ap']:.4f}\n"
        f"read {read:.1f} s (CPU {read_cpu:.1f} s): tables of {facts['tables_mb']:.0f} MB\n"
        f"evaluate {evaluate:.1f} s (CPU {evaluate_cpu:.1f} s), {facts['over_mb']:.0f} MB over the "
        "tables at the peak"
    )


def main() -> None:
    """Run one of the two benchmarks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("gt", "pred", "labels", "official"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--full-size", action="store_true")
    args = parser.parse_args()
    if args.full_size:
        with tempfile.TemporaryDirectory() as folder:
            full_size(Path(folder))
    else:
        side_by_side(args.gt, args.pred, args.labels, args.official)


if __name__ == "__main__":
    main()
