"""Every export format of the command and the app: those of `analysis.exports`, and the page."""

from pathlib import Path

from analysis import exports


def _site(wish: exports.Wish, path: Path, _: object) -> None:
    from app.site import write_page

    write_page(wish.run, path, wish.models)


SITE = exports.Format(
    "site", "Page that plays without a server (HTML)", ".html", ("models",), _site
)
FORMATS = exports.FORMATS | {SITE.name: SITE}
"""Name -> format."""


def find(name: str) -> exports.Format:
    """The format of a name.

    Raises:
        LartError: There is none.
    """
    return FORMATS[name] if name in FORMATS else exports.find(name)
