"""What a manifest says of a tiny model, for tests of the export."""

from dataclasses import replace
from typing import Any

from r2d2.architecture import R2D2
from r2d2.export.manifest import Description
from r2d2.export.trained import describe


def tiny_about(model: R2D2, **changes: Any) -> Description:
    """The description of a tiny model, with other values where a test needs them."""
    about = describe(
        model,
        id="tiny",
        version="1",
        name="Tiny",
        description="",
        license="",
        source="",
        candidates=1,
    )
    return replace(about, **changes)
