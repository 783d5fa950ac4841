"""What a format is, and what can be wished of a file."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet

Report = Callable[[int, int], None]
"""Called with how many frames are done of how many."""


@dataclass(frozen=True)
class Wish:
    """What is wanted of a run. A format looks at those fields that its `options` name.

    Attributes:
        run: The run.
        models: Names of models of the run; empty for all of them.
        first: First frame of the span.
        last: Last frame of the span, included; None for the last of the video.
        frame: The frame of a picture.
        person: Track id of a person; None for nobody in particular.
        begins_at: Second of the film at which the video begins (AVA's 15-minute cuts: 900); None
            for what the run was told.
    """

    run: Run
    models: Sequence[str] = ()
    first: int = 0
    last: int | None = None
    frame: int = 0
    person: int | None = None
    begins_at: float | None = None

    @property
    def end(self) -> int:
        """The last frame of the span."""
        return self.run.video.frames - 1 if self.last is None else self.last

    @property
    def chosen(self) -> list[str]:
        """The models that were named, or else all models of the run."""
        return list(self.models) or self.run.models()

    @property
    def model(self) -> str | None:
        """The one model that was named, or else the run's only one; None where it has none.

        Raises:
            LartError: None was named and the run has several, or several were named.
        """
        if len(self.chosen) > 1:
            raise LartError(
                f"Expected one model (--model NAME) for this format, but there are "
                f"{len(self.chosen)}: {', '.join(self.chosen)}."
            )
        return self.chosen[0] if self.chosen else None

    def people(self) -> list[Tracklet]:
        """The people of the run, each once (`Run.people`).

        Raises:
            LartError: Nobody is in it.
        """
        return _somebody(self.run.people())

    def people_wished(self) -> list[Tracklet]:
        """As `people`, or the one person that was named.

        Raises:
            LartError: Nobody is in it, or there is no such person.
        """
        return self.people() if self.person is None else [self.named_person()]

    def named_person(self) -> Tracklet:
        """The person that was named.

        Raises:
            LartError: None was, or there is no such person.
        """
        people = {each.track_id: each for each in self.people()}
        if self.person not in people:
            known = ", ".join(str(each) for each in people)
            raise LartError(
                f"Expected a person (--person) of this run ({known}), got {self.person}."
            )
        return people[self.person]

    def tracklets(self) -> list[Tracklet]:
        """One a person (`Run.people`), or one a person and window as they were tracked.

        Raises:
            LartError: Nobody is in it.
        """
        return _somebody(self.run.people_by_window())

    def checked(self) -> "Wish":
        """The wish itself.

        Raises:
            LartError: A frame is none of the video's.
        """
        frames = self.run.video.frames
        if not 0 <= self.first <= self.end < frames or not 0 <= self.frame < frames:
            raise LartError(
                f"Expected frames within 0 to {frames - 1}, but got "
                + (f"{self.first} to {self.end}." if 0 <= self.frame < frames else f"{self.frame}.")
            )
        return self


def _somebody(people: Sequence[Tracklet]) -> list[Tracklet]:
    if not people:
        raise LartError("Expected people to export, but nobody was seen in this run.")
    return list(people)


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: Its name in the command and in addresses.
        title: Its name for people.
        suffix: How its files end.
        options: What of a `Wish` it looks at: ``models``, ``span``, ``frame``, ``person``,
            ``begins_at``.
        make: Writes the file at a path.
        one_model: Whether it holds what one model says, not what several do.
        quick: Whether it takes about a second, so that the app makes it at a click.
        corrected: Whether it holds what people corrected, so that there must be something.
        folder: Whether it is a folder, unless its name ends in ``.zip``.
        former: Of a folder that may hold other files, too: which of them are of an earlier export
            of the same run, and go. Without it there must be no such folder yet.
    """

    name: str
    title: str
    suffix: str
    options: tuple[str, ...]
    make: Callable[[Wish, Path, Report], None]
    one_model: bool = False
    quick: bool = False
    corrected: bool = False
    folder: bool = False
    former: Callable[[Wish, Sequence[Path]], list[Path]] | None = None

    def is_folder(self, out: Path) -> bool:
        """Whether a folder is made under this name, no file."""
        return self.folder and not is_zip(out)


def is_zip(path: Path) -> bool:
    """Whether a name asks for a ZIP."""
    return path.suffix.lower() == ".zip"


def folder_or_zip(path: Path, make: Callable[[Path], object]) -> None:
    """Let a folder be made at a path, or where that ends in ``.zip`` put it into a ZIP."""
    if not is_zip(path):
        make(path)
        return
    with TemporaryDirectory(dir=path.parent) as scratch:
        folder = Path(scratch) / "made"
        make(folder)
        os.replace(shutil.make_archive(str(folder), "zip", folder), path)
