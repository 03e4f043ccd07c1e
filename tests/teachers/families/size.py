"""How large a random checkpoint is: tiny in the tests, a few million parameters in `benchmarks.families`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_HEAD = 16
"""Width of an attention head in both parts, so that no position embedding depends on the size."""


@dataclass(frozen=True, slots=True)
class Size:
    """Sizes that every family has.

    Attributes:
        width: of the language model, a multiple of 32.
        layers: of the language model, an even number; families that need an odd one have one more.
        vision_width: of the vision tower, which has two layers; a multiple of 32.
        side: how often the smallest side of a picture or tile is taken; image tokens grow with its square.
    """

    width: int = 64
    layers: int = 2
    vision_width: int = 32
    side: int = 1

    @property
    def heads(self) -> int:
        """Attention heads of the language model."""
        return self.width // _HEAD

    @property
    def vision_heads(self) -> int:
        """Attention heads of the vision tower."""
        return self.vision_width // _HEAD

    def vision(self, side: int, patch: int, **more: Any) -> dict[str, Any]:
        """Return the settings of a vision tower by the names that most families share.

        Args:
            side: pixels of the smallest tile's side.
            patch: pixels of a patch's side.
            more: settings of the family's own.
        """
        return {
            "hidden_size": self.vision_width,
            "intermediate_size": 2 * self.vision_width,
            "num_hidden_layers": 2,
            "num_attention_heads": self.vision_heads,
            "image_size": self.side * side,
            "patch_size": patch,
            **more,
        }


TINY = Size()
