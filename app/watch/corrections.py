"""Corrections between the player and the run's folder, as JSON."""

from typing import Any

from app.storage import runs
from app.watch import scene
from app.watch.facts import people_facts
from lart_core.runs.corrections import Corrections
from lart_core.runs.run import Run
from lart_core.runs.summary import spans


def answer(run: Run) -> dict[str, Any]:
    """What was corrected in a run, and who is there because of it.

    Returns:
        `Corrections.record`, with ``version`` (`runs.version`), ``who``, the people as the player
        is told of them, and ``mesh``, whether their bodies are drawn over the picture. Of
        ``deleted`` only those who can come back.
    """
    record = run.corrections().record()
    tracks = {str(track) for track in run.tracked_people().track_ids}
    back = {who: kept for who, kept in record["deleted"].items() if kept["pieces"] or who in tracks}
    return record | {
        "deleted": back,
        "version": runs.version(run),
        "who": people_facts(run),
        "mesh": runs.mesh_layer(run).exists(),
    }


def save(run: Run, record: Any) -> dict[str, Any]:
    """Keep what the player sends.

    Raises:
        LartError: It is no such record, does not fit the run, or another window has saved since.
    """
    run.correct(Corrections.from_record(record))
    return answer(run)


def said(run: Run, model: str) -> dict[str, Any]:
    """What a model says as spans, to start from: those of `lart run --json`.

    Raises:
        LartError: The run has no such model.
    """
    actions = scene.actions(run, model)
    return {
        "spans": [
            {"person": person, "action": ava_id, "first": first, "last": last}
            for person, own in sorted(actions.people.items())
            for column, ava_id in enumerate(actions.ava_ids)
            for first, last in spans(own.frame, own.probability[:, column], run.video)
        ]
    }
