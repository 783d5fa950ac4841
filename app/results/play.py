"""A keyframe of a result set, playing: its video from a little before, with boxes at keyframes."""

from collections.abc import Callable, Sequence

from analysis.errors.keyframes import Keyframe, Keyframes
from app.results import clips
from app.results.clip_player import MarkedBox, Marks, clip_player
from app.ui.media_addresses import film_address

NOT_AT_HAND = (
    "The video is not at hand: boxes on a blank picture, 16:9. To see it playing, open the results "
    "again with the folder of their videos."
)


def play(
    set_id: str,
    keyframes: Keyframes,
    here: Keyframe,
    boxes: Callable[[Keyframe], Sequence[MarkedBox]],
    *,
    key: str,
) -> bool:
    """Play a keyframe; False where its video is not at hand.

    Args:
        keyframes: Of the set, for those around it.
        boxes: What is drawn at a keyframe.
    """
    film = clips.find(set_id, here.video)
    if film is None or not film.holds(here.timestamp):
        return False
    stretch = film.stretch(here.timestamp)
    begin = film.begins_at + stretch.begin
    end = film.begins_at + stretch.end
    around = [t for t in keyframes.moments(here.video).tolist() if begin <= t <= end]
    clip_player(
        film_address(set_id, here.video, here.timestamp),
        stretch.end - stretch.begin,
        here.timestamp - begin,
        [Marks(t - begin, boxes(keyframes.at(here.video, t))) for t in around],
        f"{here.video} around {here.timestamp:g} s, people marked",
        key=key,
    )
    return True
