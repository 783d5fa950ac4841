"""Rendering against making scene and meshes anew for every frame, as PHALP does.

    python benchmarks/rendering.py [--size 640x360] [--people 4] [--rounds 8]
                                   [--referee PHALP/phalp/visualize/py_renderer.py]

Both sides draw the same moving bodies on EGL, in turns, so that other load hits both. With
--referee PHALP's own renderer is timed too (its pictures are square) and its silhouettes are
compared with ours. The last lines time the player's mesh layer, from tracklets to pictures 640
wide, of made-up people or of a run of yours (--run FOLDER).
"""

import argparse
import importlib.util
import itertools
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["PYOPENGL_PLATFORM"] = "egl"  # of this process, which draws as PHALP does

import numpy as np
import pyrender
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lart_core import body, rendering
from lart_core.rendering import Figures
from lart_core.rendering.pinhole import Pinhole
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet, VideoFacts

FRAMES = 12
"""Different moments that are drawn in a round."""


def crowd(people: int, size: tuple[int, int]) -> list[Figures]:
    """Walking bodies, each about 60 % of the picture's height, at several moments."""
    camera = Pinhole.of_frame(size)
    depth = camera.focal * 1.72 / (0.6 * size[1])
    place = np.linspace(-0.35, 0.35, people) * size[0] * depth / camera.focal
    moments = []
    for moment in range(FRAMES):
        phase = 2 * np.pi * moment / FRAMES + np.arange(people)
        pose = np.tile(np.eye(3), (people, 23, 1, 1))
        for joint, sign in ((0, 1), (1, -1)):  # the hips swing
            swing = 0.5 * sign * np.sin(phase)
            pose[:, joint, 1, 1] = pose[:, joint, 2, 2] = np.cos(swing)
            pose[:, joint, 2, 1], pose[:, joint, 1, 2] = np.sin(swing), -np.sin(swing)
        orient = np.tile(np.diag([1.0, -1, -1]), (people, 1, 1))
        moments.append(
            Figures(
                ids=tuple(range(1, people + 1)),
                vertices=body.vertices(orient, pose, np.zeros((people, 10))),
                cameras=np.stack(
                    [place, np.full(people, -0.3), depth + np.arange(people)], axis=1
                ).astype(np.float32),
                guessed=np.zeros((people, body.VERTICES), np.float32),
                faces=body.faces(),
            )
        )
    return moments


def anew(size: tuple[int, int]) -> Callable[[Figures], NDArray]:
    """PHALP's manner: a new scene, trimesh meshes, materials and six lights for every frame."""
    offscreen = pyrender.OffscreenRenderer(*size)
    camera = Pinhole.of_frame(size)
    half_turn = trimesh.transformations.rotation_matrix(np.pi, [1, 0, 0])
    ring = [
        trimesh.transformations.euler_matrix(-np.pi / 3, angle, 0, "sxyz")
        for angle in 2 * np.pi * np.arange(5) / 5
    ]

    def draw(figures: Figures) -> NDArray:
        scene = pyrender.Scene(bg_color=[0.0, 0, 0, 0], ambient_light=(0.3, 0.3, 0.3))
        placed = figures.vertices + figures.cameras[:, None]
        for vertices, color in zip(placed, figures.colors()[:, 0] / 255, strict=True):
            mesh = trimesh.Trimesh(vertices.copy(), figures.faces.copy())
            mesh.apply_transform(half_turn)
            material = pyrender.MetallicRoughnessMaterial(
                metallicFactor=0.0,
                roughnessFactor=0.5,
                alphaMode="OPAQUE",
                baseColorFactor=(*color, 1.0),
            )
            scene.add(pyrender.Mesh.from_trimesh(mesh, material=material))
        view = pyrender.IntrinsicsCamera(camera.focal, camera.focal, *camera.center, zfar=1000)
        scene.add(view, pose=np.eye(4))
        for pose in [*ring, np.eye(4)]:
            scene.add(pyrender.DirectionalLight(color=np.ones(3), intensity=1.0), pose=pose)
        return offscreen.render(scene, flags=pyrender.RenderFlags.RGBA)[0]

    return draw


def upstream(path: Path, side: int) -> Callable[[Figures], NDArray]:
    """PHALP's renderer from its own file, drawing squares."""
    spec = importlib.util.spec_from_file_location("py_renderer", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    renderer = module.Renderer(img_res=side, faces=body.faces())
    nearer = np.array([1, 1, 256 / side], np.float32)  # its way to enlarge: the focal length stays

    def draw(figures: Figures) -> NDArray:
        blank = np.zeros((side, side, 3), np.float32)
        cameras = (figures.cameras * nearer)[:, None]
        colors = figures.colors()[:, 0, ::-1] / 255
        picture, mask = renderer.visualize_all(figures.vertices, cameras, colors, blank)
        return np.concatenate([picture, mask], axis=2)

    return draw


def seconds(draw: Callable[[Figures], NDArray], moments: list[Figures]) -> float:
    """Seconds a frame."""
    start = time.perf_counter()
    for figures in moments:
        draw(figures)
    return (time.perf_counter() - start) / len(moments)


def compare(
    name: str, theirs: Callable, ours: Callable, moments: list[Figures], rounds: int
) -> None:
    """Time two ways in turns and print the median of each and of their ratio."""
    theirs(moments[0])
    ours(moments[0])
    pairs = [(seconds(theirs, moments), seconds(ours, moments)) for _ in range(rounds)]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(x / y for x, y in pairs)
    print(f"{name:28} {1 / a:7.1f} frames/s, ours {1 / b:7.1f} frames/s: {ratio:.1f} times as many")


def overlap(a: NDArray, b: NDArray) -> float:
    """Intersection over union of two silhouettes."""
    a, b = a[..., 3] > 0, b[..., 3] > 0
    return (a & b).sum() / (a | b).sum()


def walkers(people: int, frames: int = 128) -> list[Tracklet]:
    """Tracklets of people who walk in a 1280x720 video."""
    size = (1280, 720)
    video = VideoFacts(name="made up", width=1280, height=720, fps=25.0, frames=frames)
    (still,) = crowd(people, size)[:1]
    random = np.random.default_rng(0)
    swing = Rotation.from_rotvec(random.normal(0, 0.2, (frames * 23, 3))).as_matrix()
    return [
        Tracklet(
            track_id=number + 1,
            video=video,
            frame=np.arange(frames),
            box=np.tile(np.array([0, 0, 9, 9], np.float32), (frames, 1)),
            score=np.ones(frames, np.float32),
            detected=np.ones(frames, bool),
            global_orient=np.tile(np.diag([1.0, -1, -1]), (frames, 1, 1)),
            body_pose=swing.reshape(frames, 23, 3, 3),
            betas=np.zeros((frames, 10), np.float32),
            camera=np.tile(still.cameras[number], (frames, 1)),
            joints=np.zeros((frames, 45, 3), np.float32),
        )
        for number in range(people)
    ]


def layers(backend: str, tracklets: Sequence[Tracklet]) -> tuple[float, list[NDArray]]:
    """Mesh layers a second, bodies included, of at most 256 frames; and every 16th of them."""
    video = tracklets[0].video
    first, last = min(t.first for t in tracklets), max(t.last for t in tracklets)
    frames = range(first, min(last, first + 255) + 1)
    kept = []
    with rendering.Renderer(backend) as renderer:
        assert renderer.backend == backend  # the process has started
        start = time.perf_counter()
        for number, figures in enumerate(rendering.figures(tracklets, frames)):
            layer = renderer.over_frame(figures, (video.width, video.height), width=640)
            if number % 16 == 0:
                kept.append(layer)
        return len(frames) / (time.perf_counter() - start), kept


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--referee", type=Path, help="PHALP's py_renderer.py")
    parser.add_argument("--run", type=Path, help="a run whose people are drawn in the last lines")
    args = parser.parse_args()
    width, height = (int(n) for n in args.size.split("x"))
    size = (width, height)
    moments = crowd(args.people, size)
    print(f"{args.people} people, {args.size}, {os.cpu_count()} cores")
    with rendering.Renderer("egl") as renderer:
        ours = lambda figures: renderer.over_frame(figures, size)  # noqa: E731
        compare("scene and meshes anew (EGL)", anew(size), ours, moments, args.rounds)
        if args.referee:
            side = max(size)
            square = lambda figures: renderer.over_frame(figures, (side, side))  # noqa: E731
            theirs = upstream(args.referee, side)
            squares = crowd(args.people, (side, side))
            compare(f"PHALP's file, {side}x{side} (EGL)", theirs, square, squares, args.rounds)
            shared = overlap(theirs(squares[0]), square(squares[0]))
            print(f"silhouettes of PHALP's picture and ours overlap by {shared:.4f}")
    tracklets = Run.open(args.run).tracklets() if args.run else walkers(args.people)
    drawn: dict[str, list[NDArray]] = {}
    for name, reason in rendering.available_backends().items():
        if reason:
            print(f"mesh layer by {name}: not here ({reason})")
            continue
        rate, drawn[name] = layers(name, tracklets)
        print(f"mesh layer by {name}: {rate:.1f} frames/s")
    for one, other in itertools.combinations(drawn, 2):
        least = min(overlap(a, b) for a, b in zip(drawn[one], drawn[other], strict=True))
        print(f"silhouettes of {one} and {other} overlap by {least:.4f} or more")


if __name__ == "__main__":
    main()
