"""EfficientNet-lite (inverted residual blocks, ReLU6, no squeeze-excite) without batch norms.

The norms of the pretrained classifier are folded into the convolutions when its weights are read
(`r2d2.data.pretrained`): 6,000 captioned photos are too few to estimate statistics anew, and the
exported graph needs no folding of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from r2d2.architecture.config import ImageConfig


class SameConv(nn.Module):
    """Convolution with TensorFlow's SAME padding: an odd border is larger after than before."""

    def __init__(
        self, size: int, inputs: int, outputs: int, kernel: int, stride: int, groups: int
    ) -> None:
        super().__init__()
        output_size = -(-size // stride)
        border = max((output_size - 1) * stride + kernel - size, 0)
        before, after = border // 2, border - border // 2
        self.border = None if before == after else (before, after, before, after)
        self.conv = nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride,
            padding=before if self.border is None else 0,
            groups=groups,
        )

    def forward(self, grid: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C', ceil(H / stride), ceil(W / stride)]."""
        if self.border is not None:
            grid = F.pad(grid, self.border)
        out: Tensor = self.conv(grid)
        return out


class InvertedResidual(nn.Module):
    """Expand, filter each channel by itself, project back (MobileNetV2, section 3.3)."""

    def __init__(
        self, size: int, inputs: int, outputs: int, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = nn.Conv2d(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = SameConv(size, hidden, hidden, kernel, stride, groups=hidden)
        self.project = nn.Conv2d(hidden, outputs, 1)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, grid: Tensor) -> Tensor:
        """[N, C, H, W] → [N, C', H', W']."""
        x = grid if self.expand is None else F.relu6(self.expand(grid))
        x = self.project(F.relu6(self.depthwise(x)))
        out: Tensor = x + grid if self.skip else x
        return out


class EfficientNetLite(nn.Module):
    """The classifier's backbone; training caches what `finer` and `cells` give.

    Its cells are the last grid before the last convolution, each with the mean of the finer cells
    under it (grain): those still tell colours and patterns that the classifier's last layers drop.
    """

    def __init__(self, config: ImageConfig) -> None:
        super().__init__()
        size = -(-config.size // 2)
        self.stem = SameConv(config.size, 3, config.stem_channels, 3, 2, groups=1)
        last_strided = config.last_strided_stage
        lower: list[nn.Module] = []
        upper: list[nn.Module] = []
        channels = config.stem_channels
        for i, stage in enumerate(config.stages):
            for block in range(stage.blocks):
                stride = stage.stride if block == 0 else 1
                part = InvertedResidual(
                    size, channels, stage.channels, stage.kernel, stride, stage.expansion
                )
                (lower if i < last_strided else upper).append(part)
                channels = stage.channels
                size = -(-size // stride)
        self.lower = nn.Sequential(*lower)
        self.upper = nn.Sequential(*upper)
        # The classifier's 1 x 1 convolution, on cells rather than on a grid.
        self.head = nn.Linear(channels, config.feature_width)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, S, S] → cells [N, P, neck + grain width], row by row, texture [N, texture width].

        The texture is mean and deviation of the finer grid over the photo.
        """
        return self.cells(self.finer(pixels))

    def finer(self, pixels: Tensor) -> Tensor:
        """[N, 3, S, S] → the grid of twice as many cells a side, which stays as pretrained."""
        grid: Tensor = self.lower(F.relu6(self.stem(pixels)))
        return grid

    def cells(self, finer: Tensor) -> tuple[Tensor, Tensor]:
        """The finer grid [N, C, H, W] → cells and texture."""
        grain = F.avg_pool2d(finer, 2, ceil_mode=True)
        cells = torch.flatten(torch.cat((self.upper(finer), grain), 1), 2).transpose(1, 2)
        flat = torch.flatten(finer, 2)
        mean = flat.mean(2)
        deviation = ((flat - mean[:, :, None]) ** 2).mean(2).clamp(min=1e-8).sqrt()
        return cells, torch.cat((mean, deviation), 1)

    def features(self, cells: Tensor) -> Tensor:
        """Cells [N, P, neck + grain width] → [N, P, feature + grain width]."""
        width = self.head.in_features
        neck, grain = cells[:, :, :width], cells[:, :, width:]
        return torch.cat((F.relu6(self.head(neck)), grain), 2)
