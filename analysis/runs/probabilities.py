"""What a model says as a table: a row a person and frame, a column an action."""

import pandas as pd

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions
from lart_core.tracklet import VideoFacts


def table(actions: Actions, video: VideoFacts) -> pd.DataFrame:
    """Every probability of a model.

    Returns:
        Columns ``model``, ``person``, ``frame``, ``seconds``, then one an action that the model
        knows, named as AVA names it.
    """
    names = [ava_actions()[ava_id].name for ava_id in actions.ava_ids]
    parts = []
    for track_id, person in sorted(actions.people.items()):
        part = pd.DataFrame(person.probability, columns=names)
        part.insert(0, "seconds", video.second_of(person.frame))
        part.insert(0, "frame", person.frame)
        part.insert(0, "person", track_id)
        part.insert(0, "model", actions.model)
        parts.append(part)
    if not parts:
        return pd.DataFrame(columns=["model", "person", "frame", "seconds", *names])
    return pd.concat(parts, ignore_index=True)
