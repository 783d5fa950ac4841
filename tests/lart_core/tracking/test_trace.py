"""The whole life of tracks against the trace of the published tracker."""

import json

import numpy as np

from lart_core.tracking import Features, Tracker


def test_published_trace(golden):
    people = np.load(golden / "phalp_math.npz")["trace_dets"]
    tracker = Tracker(terms="PL", parity=True)
    for want in json.loads((golden / "phalp_tracker_trace.json").read_text()):
        time = want["t"]
        seen = people[time][~np.isnan(people[time, :, 0])].astype("f4")
        assert len(seen) == want["ndet"]
        step = tracker.step(time, Features(seen[:, :99], seen[:, 99:328]))
        assert sorted(step.matches.tolist()) == sorted(want["matches"]), time
        got = [
            {
                "id": t.track_id,
                "state": int(t.state),
                "hits": t.hits,
                "age": t.age,
                "tsu": t.time_since_update,
            }
            for t in tracker.tracks
        ]
        assert got == want["tracks"], time
        if step.cost is not None:
            np.testing.assert_allclose(step.cost, want["cost"], rtol=1e-5, err_msg=str(time))
