"""Pages and pictures of text, from the templates beside this module: whatever enters is escaped."""

import math
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def number(value: float, form: str) -> str:
    """A number as text; nothing where there is none.

    Args:
        value: NaN for none.
        form: A format of Python's, say ``.4f``.
    """
    return "" if math.isnan(value) else format(value, form)


_TEMPLATES = Environment(
    loader=PackageLoader("analysis.figures"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["number"] = number


def render(template: str, **values: Any) -> Markup:
    """Fill a template.

    Args:
        template: Name of its file.
        values: What it asks for; text is escaped, what another template gave is not.
    """
    return Markup(_TEMPLATES.get_template(template).render(values))
