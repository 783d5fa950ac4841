"""What `lart run` offers is what the library takes."""

from typing import get_args

from app.cli.run import BOX_FORMATS
from lart_core.tracking import BoxFormat


def test_box_formats_are_the_librarys() -> None:
    assert get_args(BoxFormat) == BOX_FORMATS
