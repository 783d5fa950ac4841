"""Where a film cuts from one shot to the next."""

from pathlib import Path

from scenedetect import AdaptiveDetector, SceneManager
from scenedetect.backends.pyav import VideoStreamAv


def detect_shots(path: Path) -> list[int]:
    """Numbers of the frames that begin a new shot, the first one left out.

    Source: PHALP `get_list_of_shots`: PySceneDetect's AdaptiveDetector with its own settings.
    """
    manager = SceneManager()
    manager.add_detector(AdaptiveDetector())
    manager.detect_scenes(VideoStreamAv(str(path)))
    return [start.frame_num for start, _ in manager.get_scene_list()[1:]]
