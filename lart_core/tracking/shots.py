"""Where a film cuts from one shot to the next."""

from collections.abc import Iterable

import cv2
from scenedetect import AdaptiveDetector
from scenedetect.scene_manager import compute_downscale_factor

from lart_core.perception.protocols import Frame


def detect_shots(frames: Iterable[Frame]) -> list[int]:
    """Numbers of the frames that begin a new shot, the first one left out.

    Source: PHALP `get_list_of_shots`: PySceneDetect's AdaptiveDetector with its own settings.
    """
    detector, cuts, number = AdaptiveDetector(), list[int](), -1
    for number, frame in enumerate(frames):
        scale = compute_downscale_factor(frame.shape[1])
        size = [max(1, round(side / scale)) for side in frame.shape[1::-1]]
        small = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
        cuts += detector.process_frame(number, cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return sorted(cuts + detector.post_process(number)) if number >= 0 else []
