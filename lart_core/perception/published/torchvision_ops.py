"""`nms` and `roi_align` in plain torch, for machines where torchvision's compiled ones are missing.

They take and give what `torchvision.ops.nms` and `torchvision.ops.roi_align` do, on any device.
Only detection needs them; `roi_align` is differentiable with respect to the features.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

BLOCK = 2048
"""Boxes that `nms` compares with all others at a time; bounds its memory."""


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4), x1 y1 x2 y2; 0/0 is NaN."""
    overlap = (torch.min(a[:, None, 2:], b[:, 2:]) - torch.max(a[:, None, :2], b[:, :2])).clamp(0)
    shared = overlap.prod(2)
    area_a, area_b = ((box[:, 2:] - box[:, :2]).prod(1) for box in (a, b))
    return shared / (area_a[:, None] + area_b - shared)


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Greedy non-maximum suppression.

    Within a block the greedy answer is the fixed point of "a box stays unless a better box that
    stays overlaps it", reached after as many rounds as the longest chain of overlaps.

    Args:
        boxes: (N, 4) x1 y1 x2 y2. scores: (N,).
        iou_threshold: A box goes where it overlaps a better one by more than this.

    Returns:
        (K,) int64 indices of the boxes that stay, best first; ties keep their order.
    """
    order = scores.argsort(descending=True, stable=True)
    ranked = boxes[order]
    stays = torch.ones(len(order), dtype=torch.bool, device=boxes.device)
    for start in range(0, len(order), BLOCK):
        block = slice(start, start + BLOCK)
        better = ranked[:start][stays[:start]]
        alive = ~(box_iou(better, ranked[block]) > iou_threshold).any(0)
        clash = (box_iou(ranked[block], ranked[block]) > iou_threshold).triu(1).float()
        kept = alive
        while True:
            settled = alive & (kept.float() @ clash == 0)
            if torch.equal(settled, kept):
                break
            kept = settled
        stays[block] = kept
    return order[stays]


def batched_nms(boxes: Tensor, scores: Tensor, idxs: Tensor, iou_threshold: float) -> Tensor:
    """`nms` within each class; boxes (N, 4), scores (N,) and classes (N,) give indices (K,)."""
    kept = [
        members[nms(boxes[members], scores[members], iou_threshold)]
        for label in idxs.unique()
        for members in [(idxs == label).nonzero().squeeze(1)]
    ]
    if not kept:
        return idxs.new_zeros(0, dtype=torch.int64)
    together = torch.cat(kept)
    return together[scores[together].argsort(descending=True, stable=True)]


def roi_align(
    input: Tensor,
    boxes: Tensor | Sequence[Tensor],
    output_size: int | tuple[int, int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Average bilinear samples of the features inside each cell of a grid laid over each box.

    The average is separable: each box has one weight matrix over rows and one over columns.
    Source: Mask R-CNN (He et al. 2017); argument names are torchvision's.

    Args:
        input: (B, C, H, W) features.
        boxes: (K, 5) image index, x1 y1 x2 y2; or B tensors (K_b, 4).
        output_size: Cells down and across.
        spatial_scale: Features a pixel, for example 1/32.
        sampling_ratio: Samples a cell and axis; 0 or less takes enough to see every feature.
        aligned: Whether pixel centres lie at .5.

    Returns:
        (K, C, rows, columns).
    """
    rows, columns = (output_size, output_size) if isinstance(output_size, int) else output_size
    if not isinstance(boxes, Tensor):
        index = [torch.full_like(box[:, :1], i) for i, box in enumerate(boxes)]
        boxes = torch.cat([torch.cat([i, b], 1) for i, b in zip(index, boxes, strict=True)])
    image = boxes[:, 0].long().tolist()
    corner = boxes[:, 1:].detach().to(input.dtype) * spatial_scale - (0.5 if aligned else 0.0)
    height, width = input.shape[-2:]
    down = _cell_weights(corner[:, 1], corner[:, 3], rows, height, sampling_ratio, aligned)
    across = _cell_weights(corner[:, 0], corner[:, 2], columns, width, sampling_ratio, aligned)
    channels_last = input.permute(0, 2, 3, 1).contiguous()
    cells = []
    for k, ((top, bottom), (left, right)) in enumerate(
        zip(_span(down), _span(across), strict=True)
    ):
        part = channels_last[image[k], top:bottom, left:right]
        lines = (down[k, :, top:bottom] @ part.flatten(1)).unflatten(1, part.shape[1:])
        cells.append(across[k, :, left:right] @ lines)
    if not cells:
        return input.new_zeros(0, input.shape[1], rows, columns)
    return torch.stack(cells).permute(0, 3, 1, 2)


def _cell_weights(
    start: Tensor, end: Tensor, cells: int, size: int, sampling_ratio: int, aligned: bool
) -> Tensor:
    """(K, cells, size): how much each of `size` features along one axis counts in each cell."""
    extent = end - start if aligned else (end - start).clamp(min=1)
    step = extent / cells
    samples = torch.full_like(step, sampling_ratio) if sampling_ratio > 0 else step.ceil()
    samples = samples.clamp(min=0)
    most = int(samples.max()) if len(samples) else 0
    k = torch.arange(most, device=start.device)
    cell = torch.arange(cells, device=start.device)[None, :, None]
    used = (k < samples[:, None])[:, None, :]
    offset = (k + 0.5) * (step / samples.clamp(min=1))[:, None]
    at = start[:, None, None] + cell * step[:, None, None] + offset[:, None, :]
    seen = used & (at >= -1) & (at <= size)
    at = at.clamp(0, size - 1)
    low = at.floor()
    part = at - low
    share = seen / samples.clamp(min=1)[:, None, None]
    weights = start.new_zeros(len(start), cells, size)
    weights.scatter_add_(2, low.long(), (1 - part) * share)
    weights.scatter_add_(2, (low.long() + 1).clamp(max=size - 1), part * share)
    return weights


def _span(weights: Tensor) -> list[tuple[int, int]]:
    """First and last + 1 feature that counts for each box, of weights (K, cells, size)."""
    touched = weights.ne(0).any(1)
    size = touched.shape[1]
    first = touched.int().argmax(1)
    last = size - touched.flip(1).int().argmax(1)
    last = torch.where(touched.any(1), last, first + 1)
    return list(zip(first.tolist(), last.tolist(), strict=True))
