"""`roi_align` in plain torch, for MViT's head, which shall run beside every build of torch.

It takes and gives what `torchvision.ops.roi_align` does, on any device, and is differentiable with
respect to the features. torchvision's own is compiled for one build of torch: none on PyPI can be
imported beside the CPU build that `requirements.txt` pins (`docs/full_system.md`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor


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
