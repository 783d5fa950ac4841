"""`nms` and `roi_align` against loops written straight from their definitions."""

import math

import pytest
import torch

from lart_core.perception.published import torchvision_ops

CASES = 200


def random_boxes(g: torch.Generator, n: int, size: float = 100) -> torch.Tensor:
    corner = torch.rand(n, 2, generator=g) * size
    return torch.cat([corner, corner + 1 + torch.rand(n, 2, generator=g) * size / 2], 1)


def greedy(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> list[int]:
    """Take the best box, drop what overlaps it, repeat."""
    left = scores.argsort(descending=True, stable=True).tolist()
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        overlap = torchvision_ops.box_iou(boxes[best][None], boxes)[0]
        left = [i for i in left if not overlap[i] > threshold]
    return kept


def test_iou_of_known_boxes():
    a = torch.tensor([[0.0, 0, 2, 2]])
    b = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3], [2, 2, 3, 3], [0, 0, 1, 1]])
    torch.testing.assert_close(torchvision_ops.box_iou(a, b), torch.tensor([[1, 1 / 7, 0, 0.25]]))


def test_nms_is_the_greedy_answer(monkeypatch):
    g = torch.Generator().manual_seed(1)
    for case in range(CASES):
        monkeypatch.setattr(torchvision_ops, "BLOCK", [7, 64, 2048][case % 3])
        n = int(torch.randint(0, 120, (), generator=g))
        boxes, scores = random_boxes(g, n), torch.rand(n, generator=g)
        if case % 2:
            scores = (scores * 8).round() / 8
        threshold = 0.1 + 0.8 * case / CASES
        assert torchvision_ops.nms(boxes, scores, threshold).tolist() == greedy(
            boxes, scores, threshold
        )


def test_batched_nms_keeps_classes_apart():
    boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 2, 2.1]])
    kept = torchvision_ops.batched_nms(
        boxes, torch.tensor([0.5, 0.9, 0.7]), torch.tensor([1, 1, 2]), 0.5
    )
    assert kept.tolist() == [1, 2]
    assert torchvision_ops.batched_nms(boxes[:0], torch.rand(0), torch.zeros(0), 0.5).tolist() == []


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
        mine = torchvision_ops.roi_align(features, box, (rows, columns), scale, ratio, aligned)[0]
        want = roi_align_by_loops(features, box[0], rows, columns, scale, ratio, aligned)
        torch.testing.assert_close(mine, want, atol=1e-5, rtol=0)


def test_roi_align_gradient_is_the_numerical_one():
    g = torch.Generator().manual_seed(3)
    features = torch.randn(1, 2, 5, 6, generator=g, dtype=torch.float64, requires_grad=True)
    boxes = torch.tensor([[0.3, 0.2, 4.5, 3.7], [2.0, 1.0, 9.0, 6.0]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda f: torchvision_ops.roi_align(f, [boxes], (2, 3), 1.0, 0, True), features
    )


def test_roi_align_of_no_boxes():
    assert torchvision_ops.roi_align(torch.rand(1, 4, 5, 5), torch.zeros(0, 5), 7).shape == (
        0,
        4,
        7,
        7,
    )


@pytest.mark.parametrize("degenerate", [[0, 3, 3, 3, 3], [0, 50, 50, 60, 60]])
def test_roi_align_of_an_empty_or_distant_box_is_zero(degenerate):
    out = torchvision_ops.roi_align(
        torch.rand(1, 4, 5, 5) + 1, torch.tensor([degenerate]).float(), 2, 1.0, 0, True
    )
    assert not out.any()
