"""Pictures of bodies: in place, the same by every backend, whatever befalls the process."""

import signal
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lart_core import body, camera, rendering
from lart_core.errors import LartError
from lart_core.rendering import process as process_module
from lart_core.rendering import renderer as renderer_module
from lart_core.rendering.figures import Figures
from lart_core.rendering.pinhole import Pinhole, orbit
from lart_core.rendering.renderer import Renderer

VIDEO = (640, 360)
WORKING = [name for name, reason in rendering.available_backends().items() if not reason]


def people(count: int, *, depth: float = 60.0, seed: int = 0) -> Figures:
    """Bodies in different poses side by side before PHALP's camera."""
    random = np.random.default_rng(seed)
    swing = Rotation.from_rotvec(random.normal(0, 0.35, (count * 23, 3))).as_matrix()
    upright = Rotation.from_euler("x", 180, degrees=True)
    facing = upright * Rotation.from_euler("y", random.uniform(-180, 180, (count, 1)), degrees=True)
    vertices = body.vertices(
        facing.as_matrix(), swing.reshape(count, 23, 3, 3), random.normal(0, 1, (count, 10))
    )
    place = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    cameras = np.stack([place, np.full(count, -0.2), depth + np.arange(count)], axis=1)
    return Figures(
        ids=tuple(range(1, count + 1)),
        vertices=vertices,
        cameras=cameras.astype(np.float32),
        guessed=np.zeros(vertices.shape[:2], np.float32),
        faces=body.faces(),
    )


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two layers' silhouettes."""
    a, b = a[..., 3] > 0, b[..., 3] > 0
    return (a & b).sum() / (a | b).sum()


@pytest.fixture(scope="module")
def renderers():
    """One renderer for each backend that works here."""
    opened = {name: Renderer(name) for name in WORKING}
    yield opened
    for one in opened.values():
        one.close()


@pytest.fixture(params=rendering.BACKENDS)
def renderer(request: pytest.FixtureRequest, renderers: dict) -> Renderer:
    if request.param not in renderers:
        pytest.skip(f"{request.param}: {rendering.available_backends()[request.param]}")
    return renderers[request.param]


def test_numpy_always_works() -> None:
    assert "numpy" in WORKING


def test_the_backends_paint_the_same_picture(renderers: dict) -> None:
    """The bar is an overlap of .98; they do much better, and colours agree too."""
    figures = people(4)
    layers = {name: one.over_frame(figures, VIDEO) for name, one in renderers.items()}
    reference = layers["numpy"]
    assert 0.02 < (reference[..., 3] > 0).mean() < 0.5
    for layer in layers.values():
        assert overlap(layer, reference) > 0.998
        both = (layer[..., 3] > 0) & (reference[..., 3] > 0)
        off = np.abs(layer[both].astype(int) - reference[both])
        assert off.mean() < 0.2 and (off > 8).mean() < 0.002


@pytest.mark.parametrize(
    ("video", "width"),
    [
        ((640, 360), None),
        ((360, 640), None),
        ((1280, 720), 640),
        ((641, 357), 333),
        ((100, 100), 64),
    ],
)
def test_bodies_lie_where_phalps_camera_puts_them(
    video: tuple[int, int], width: int | None, renderer: Renderer
) -> None:
    figures = people(1, depth=120)
    layer = renderer.over_frame(figures, video, width=width)
    scale = (width or video[0]) / video[0]
    assert layer.shape == (round(video[1] * scale), width or video[0], 4)
    expected = scale * camera.square_to_image(
        camera.project(figures.vertices, figures.cameras), video
    ).reshape(-1, 2)
    rows, columns = np.nonzero(layer[..., 3])
    assert columns.min() == pytest.approx(expected[:, 0].min(), abs=1.5)
    assert columns.max() + 1 == pytest.approx(expected[:, 0].max(), abs=1.5)
    assert rows.min() == pytest.approx(expected[:, 1].min(), abs=1.5)
    assert rows.max() + 1 == pytest.approx(expected[:, 1].max(), abs=1.5)


def test_the_nearer_body_hides_the_farther_one(renderer: Renderer) -> None:
    one = people(1)
    both = Figures(
        ids=(1, 2),
        vertices=np.repeat(one.vertices, 2, axis=0),
        cameras=np.array([[0, 0, 90], [0.1, 0, 86]], np.float32),
        guessed=np.zeros((2, one.vertices.shape[1]), np.float32),
        faces=one.faces,
    )
    together, far, near = (
        renderer.over_frame(figures, VIDEO) for figures in (both, both.only(1), both.only(2))
    )
    front, behind = near[..., 3] > 0, far[..., 3] > 0
    assert (front & behind).sum() > 500 and (behind & ~front).sum() > 50
    for where, alone in ((front, near), (behind & ~front, far)):
        np.testing.assert_allclose(together[where].astype(int), alone[where], atol=1)


def test_a_picture_does_not_depend_on_those_before_it(renderer: Renderer) -> None:
    """Scenes and buffers are kept: other people, numbers of them and sizes leave no trace."""
    first = renderer.over_frame(people(2), VIDEO)
    renderer.over_frame(people(3, seed=1), VIDEO)
    renderer.over_frame(people(1, seed=2), (500, 700))
    square = np.array([[[-1, -1, 9], [1, -1, 9], [1, 1, 9], [-1, 1, 9]]], np.float32)
    other = renderer.draw(
        square,
        np.full((1, 1, 3), 255),
        np.array([[0, 2, 1], [0, 3, 2]]),
        Pinhole(90, (32, 24), (64, 48)),
    )
    assert (other[..., 3] > 0).sum() == 400
    np.testing.assert_array_equal(first, renderer.over_frame(people(2), VIDEO))


def test_what_cannot_be_drawn_is_left_out(renderer: Renderer) -> None:
    three = people(3)
    three.cameras[1] = np.nan
    three.cameras[2, 2] = -5
    np.testing.assert_array_equal(
        renderer.over_frame(three, VIDEO), renderer.over_frame(three.only(1), VIDEO)
    )
    nobody = three.only(99)
    assert not renderer.over_frame(nobody, VIDEO).any()
    assert not renderer.around(nobody, (32, 32), yaw=0).any()


def test_people_out_of_the_frame_leave_it_empty(renderer: Renderer) -> None:
    away = people(1)
    away.cameras[:, 0] = 100
    assert not renderer.over_frame(away, VIDEO).any()


def test_smooth_edges_keep_the_inside(renderer: Renderer) -> None:
    figures = people(2)
    plain = renderer.over_frame(figures, VIDEO).astype(int)
    smooth = renderer.over_frame(figures, VIDEO, smooth=True).astype(int)
    partly = (smooth[..., 3] > 0) & (smooth[..., 3] < 255)
    assert 0.02 < partly.sum() / (smooth[..., 3] > 0).sum() < 0.3
    inside = (smooth[..., 3] == 255) & (plain[..., 3] == 255)
    assert np.abs(smooth[inside] - plain[inside]).mean() < 4


def test_a_dead_process_costs_one_clear_error(renderer: Renderer) -> None:
    figures = people(1)
    before = renderer.over_frame(figures, VIDEO)
    process = renderer._process._process
    process.kill()
    process.wait()
    with pytest.raises(LartError, match=rf"{renderer.backend}.*signal 9.*Try again"):
        renderer.over_frame(figures, VIDEO)
    np.testing.assert_array_equal(before, renderer.over_frame(figures, VIDEO))


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "DRAW_LIMIT", 0.5)
    with Renderer("numpy") as one:
        one.around(people(1), (32, 32), yaw=0)
        one._process._process.send_signal(signal.SIGSTOP)
        with pytest.raises(LartError, match="render process"):
            one.around(people(1), (32, 32), yaw=0)
        monkeypatch.undo()
        assert one.around(people(1), (32, 32), yaw=0).any()


def test_one_renderer_is_shared() -> None:
    assert rendering.shared() is rendering.shared()


def test_many_threads_share_one_renderer(renderer: Renderer) -> None:
    crowd = [people(1 + n % 2, seed=n) for n in range(4)]
    alone = [renderer.over_frame(figures, VIDEO) for figures in crowd]
    wrong: list[int] = []

    def session(n: int) -> None:
        for _ in range(4):
            if not np.array_equal(renderer.over_frame(crowd[n], VIDEO), alone[n]):
                wrong.append(n)

    threads = [threading.Thread(target=session, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_closing_ends_the_process() -> None:
    with Renderer("numpy") as one:
        assert one.backend == "numpy"
        process = one._process._process
    assert process.poll() == 0


def test_the_next_backend_is_taken_where_one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer_module, "BACKENDS", ("missing", "numpy"))
    with Renderer() as one:
        assert one.backend == "numpy"
    with pytest.raises(LartError, match="missing: "), Renderer("missing") as one:
        one.over_frame(people(1), VIDEO)


def test_absurd_sizes_are_refused() -> None:
    with pytest.raises(LartError, match="0 x 0"), Renderer("numpy") as one:
        one.around(people(1), (0, 0), yaw=0)


def test_the_side_view_shows_the_side(renderer: Renderer) -> None:
    """Someone with the arms spread is wide from the front and narrow from the side."""
    upright = np.diag([1.0, -1, -1])
    t_pose = Figures(
        ids=(1,),
        vertices=body.vertices(upright[None], np.tile(np.eye(3), (1, 23, 1, 1)), np.zeros((1, 10))),
        cameras=np.array([[0.3, 0, 50]], np.float32),
        guessed=np.zeros((1, 6890), np.float32),
        faces=body.faces(),
    )

    def width(yaw: float) -> int:
        columns = np.flatnonzero(renderer.around(t_pose, (200, 200), yaw=yaw)[..., 3].any(axis=0))
        return columns[-1] - columns[0]

    assert width(0) > 3 * width(90)
    pictures = list(renderer.turntable(t_pose, (64, 64), steps=4))
    assert len(pictures) == 4 and all(picture.any() for picture in pictures)


@settings(max_examples=40, deadline=None)
@given(
    yaw=st.floats(-360, 360),
    pitch=st.floats(-90, 90),
    size=st.tuples(st.integers(40, 900), st.integers(40, 900)),
    spread=st.floats(0.01, 8),
)
def test_free_views_show_everything(
    yaw: float, pitch: float, size: tuple[int, int], spread: float
) -> None:
    points = np.random.default_rng(0).normal(0, spread, (50, 3)).astype(np.float32)
    turned, view = orbit(points, size, yaw=yaw, pitch=pitch)
    pixels = view.project(turned)
    assert (turned[:, 2] > 0).all()
    assert (pixels >= 0).all() and (pixels <= np.array(size)).all()


def test_free_views_start_as_the_frame_and_turn_the_left_side_in() -> None:
    """Facing the camera, the left hand is at the right; a yaw of 90 brings it in front."""
    nose, left = np.array([0, 0, -0.2]), np.array([0.5, 0, 0])
    points = np.array([nose, left, -left], np.float32)
    front, _ = orbit(points, (100, 100), yaw=0, pitch=0)
    assert front[1, 0] > front[0, 0] > front[2, 0]
    side, _ = orbit(points, (100, 100), yaw=90, pitch=0)
    assert side[1, 2] < side[0, 2] < side[2, 2]
    above, _ = orbit(np.array([[0, -1, 0], [0, 1, 0]], np.float32), (9, 9), yaw=0, pitch=90)
    assert above[0, 2] < above[1, 2]


def test_layers_are_laid_over_frames() -> None:
    frame = np.full((2, 2, 3), 100, np.uint8)
    layer = np.zeros((2, 2, 4), np.uint8)
    layer[0, 0] = (200, 0, 50, 255)
    layer[0, 1] = (200, 0, 50, 128)
    full = rendering.compose(frame, layer)
    assert full[0, 0].tolist() == [200, 0, 50] and full[1].tolist() == frame[1].tolist()
    assert full[0, 1].tolist() == [150, 50, 75]
    assert rendering.compose(frame, layer, opacity=0.5)[0, 0].tolist() == [150, 50, 75]
