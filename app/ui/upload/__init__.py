"""A field that uploads files as they are chosen, with words for how it goes and why one is refused.

The bytes go to `app.server.uploads`, which writes them to disk as they come; Streamlit's own field
keeps whole files in memory and marks one that is too large without a word.
"""

from collections.abc import Sequence
from typing import Any

from app.ui.component import component
from app.ui.media_addresses import UPLOADS


def upload(
    label: str, endings: Sequence[str], megabytes: int, *, hint: str, key: str
) -> Sequence[str]:
    """Show the field, and give the ids of what was uploaded in it.

    Args:
        endings: Of file names, without the dot.
        megabytes: How large a file may be.
        hint: Stands below the label.
        key: Of the component; another one is an empty field.

    Returns:
        Ids as the server gave them, or as anybody made them up.
    """
    result = component("upload")(
        key=key,
        data={
            "address": UPLOADS,
            "label": label,
            "endings": list(endings),
            "megabytes": megabytes,
            "hint": hint,
        },
        default={"uploads": []},
        on_uploads_change=lambda: None,
    )
    given: Any = result.uploads
    return [each for each in given or () if isinstance(each, str)]
