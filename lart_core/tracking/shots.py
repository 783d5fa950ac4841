"""Where a film cuts from one shot to the next."""

from pathlib import Path

from scenedetect import AdaptiveDetector, detect


def detect_shots(path: Path) -> list[int]:
    """Numbers of the frames that begin a new shot, the first one left out.

    Source: PHALP `get_list_of_shots`: PySceneDetect's AdaptiveDetector with its own settings.
    """
    scenes = detect(str(path), AdaptiveDetector(), backend="pyav")
    return [start.frame_num for start, _ in scenes[1:]]
