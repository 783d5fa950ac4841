"""Search over runs: an index of what happens in them, a small language, and what it finds."""

from analysis.search.grammar import EXAMPLES, Query, parse
from analysis.search.index import Index, RunRow
from analysis.search.matches import Mark, find

__all__ = ["EXAMPLES", "Index", "Mark", "Query", "RunRow", "find", "parse"]
