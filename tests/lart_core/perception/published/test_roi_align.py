"""`roi_align` against loops written straight from its definition, and against torchvision's."""

import math

import pytest
import torch

from lart_core.perception.published.roi_align import roi_align

CASES = 200


def random_boxes(g: torch.Generator, n: int, size: float = 100) -> torch.Tensor:
    corner = torch.rand(n, 2, generator=g) * size
    return torch.cat([corner, corner + 1 + torch.rand(n, 2, generator=g) * size / 2], 1)


def sample(features: torch.Tensor, y: float, x: float) -> torch.Tensor:
    """Bilinear (C,) value of (C, H, W), nothing beyond one pixel outside."""
    height, width = features.shape[1:]
    if not (-1 <= y <= height and -1 <= x <= width):
        return torch.zeros(len(features))
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper = features[:, top, left] * (1 - x + left) + features[:, top, right] * (x - left)
    lower = features[:, bottom, left] * (1 - x + left) + features[:, bottom, right] * (x - left)
    return upper * (1 - y + top) + lower * (y - top)


def roi_align_by_loops(features, box, rows, columns, scale, ratio, aligned):
    image, *corner = box.tolist()
    x1, y1, x2, y2 = (value * scale - 0.5 * aligned for value in corner)
    width, height = x2 - x1, y2 - y1
    if not aligned:
        width, height = max(width, 1), max(height, 1)
    down, across = height / rows, width / columns
    n, m = (ratio, ratio) if ratio > 0 else (math.ceil(down), math.ceil(across))
    out = torch.zeros(features.shape[1], rows, columns)
    for row in range(rows):
        for column in range(columns):
            for i in range(n):
                for j in range(m):
                    y = y1 + (row + (i + 0.5) / n) * down
                    x = x1 + (column + (j + 0.5) / m) * across
                    out[:, row, column] += sample(features[int(image)], y, x)
    return out / max(n * m, 1)


def test_roi_align_is_its_definition():
    g = torch.Generator().manual_seed(2)
    for case in range(CASES):
        height, width = (int(n) for n in torch.randint(1, 12, (2,), generator=g))
        features = torch.randn(2, 2, height, width, generator=g)
        scale = [1, 0.5, 1 / 32][case % 3]
        box = random_boxes(g, 1, 12) - 3
        box = torch.cat([torch.tensor([[float(case % 2)]]), box / scale], 1)
        rows, columns = (int(n) for n in torch.randint(1, 5, (2,), generator=g))
        ratio, aligned = [0, -1, 1, 2][case % 4], case % 5 < 3
        mine = roi_align(features, box, (rows, columns), scale, ratio, aligned)[0]
        want = roi_align_by_loops(features, box[0], rows, columns, scale, ratio, aligned)
        torch.testing.assert_close(mine, want, atol=1e-5, rtol=0)


def test_roi_align_gradient_is_the_numerical_one():
    g = torch.Generator().manual_seed(3)
    features = torch.randn(1, 2, 5, 6, generator=g, dtype=torch.float64, requires_grad=True)
    boxes = torch.tensor([[0.3, 0.2, 4.5, 3.7], [2.0, 1.0, 9.0, 6.0]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda f: roi_align(f, [boxes], (2, 3), 1.0, 0, True), features)


def test_roi_align_of_no_boxes():
    assert roi_align(torch.rand(1, 4, 5, 5), torch.zeros(0, 5), 7).shape == (
        0,
        4,
        7,
        7,
    )


@pytest.mark.parametrize("degenerate", [[0, 3, 3, 3, 3], [0, 50, 50, 60, 60]])
def test_roi_align_of_an_empty_or_distant_box_is_zero(degenerate):
    out = roi_align(torch.rand(1, 4, 5, 5) + 1, torch.tensor([degenerate]).float(), 2, 1.0, 0, True)
    assert not out.any()


def test_roi_align_is_torchvisions():
    try:
        from torchvision.ops import roi_align as theirs
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision cannot be imported beside this torch: {error}")
    g = torch.Generator().manual_seed(4)
    for case in range(CASES):
        height, width = (int(n) for n in torch.randint(2, 32, (2,), generator=g))
        features = torch.randn(2, 3, height, width, generator=g)
        scale = (1, 0.5, 0.25, 1 / 32)[case % 4]
        image = torch.randint(0, 2, (5, 1), generator=g).float()
        corner = (torch.rand(5, 2, generator=g) * 1.4 - 0.2) * torch.tensor([width, height])
        boxes = torch.cat([corner, corner + torch.rand(5, 2, generator=g) * max(height, width)], 1)
        given = torch.cat([image, boxes / scale], 1)
        size = tuple(int(v) for v in torch.randint(1, 9, (2,), generator=g))
        more = (size, scale, (0, -1, 1, 2, 3)[case % 5], case % 2 == 0)
        torch.testing.assert_close(
            roi_align(features, given, *more), theirs(features, given, *more), atol=1e-5, rtol=0
        )
