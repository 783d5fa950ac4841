"""Files that a run gives away: one registry for the command and the app.

A new format is one `Format` in one of `tables`, `tracklets`, `bodies`, `corrections` or `pictures`.
"""

from analysis.exports.format import Format, Wish
from analysis.exports.registry import ALIASES, FORMATS, find, write

__all__ = ["ALIASES", "FORMATS", "Format", "Wish", "find", "write"]
