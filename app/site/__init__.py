"""A run as one HTML file that plays without a server, and a gallery of several."""

from app.site.gallery import write_gallery
from app.site.page import write_page

__all__ = ["write_gallery", "write_page"]
