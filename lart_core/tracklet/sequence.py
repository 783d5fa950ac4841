"""Tracklets in an order, each read when it is asked for."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload

from lart_core.tracklet.data import Tracklet


class Tracklets(Sequence[Tracklet]):
    """Whatever reads the tracklet of a row.

    Attributes:
        track_ids: Identity of each tracklet, in order.
    """

    track_ids: list[int]

    @abstractmethod
    def _read(self, row: int) -> Tracklet:
        """The tracklet of a row, counted from 0."""

    def __len__(self) -> int:
        return len(self.track_ids)

    @overload
    def __getitem__(self, row: int) -> Tracklet: ...
    @overload
    def __getitem__(self, row: slice) -> list[Tracklet]: ...
    def __getitem__(self, row: int | slice) -> Tracklet | list[Tracklet]:
        rows = range(len(self))[row]
        return self._read(rows) if isinstance(rows, int) else [self._read(i) for i in rows]
