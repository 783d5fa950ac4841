"""LART's release becomes a set: a video of it is a film, whose run is imported and not tracked."""

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path

from lart_core.dataset import Line, Shard, VideoSet
from lart_core.engines.engine import Engine, Failure, Say
from lart_core.engines.worker import SetWorker
from lart_core.pipeline.import_lart import Film, films, import_film

SETTINGS = {"imported": "lart"}


def plan_import(folder: Path, out: Path) -> VideoSet:
    """Make a set of the films in a folder of LART's layout, or add films to one.

    Raises:
        LartError: There are no such files, or `out` holds something else.
    """
    sizes = {film.name: sum(file.stat().st_size for file in film.files) for film in films(folder)}
    return VideoSet.create(out, folder, SETTINGS, sizes)


def import_films(videos: VideoSet, engine: Engine, *, say: Say = lambda _: None) -> list[Failure]:
    """Import every film of a set that is not imported yet; see `track` for what is promised.

    A film of which a file is refused is refused as a whole, and tried again next time.

    Args:
        say: Is told what became of each film.

    Returns:
        Shards that are not finished, and why.
    """
    shards = [shard.number for shard in videos.shards() if shard.left()]
    return engine.run(partial(SetImporter, videos.path), shards, say)


class SetImporter(SetWorker):
    """Imports the films of a set. Keeps the list of their files."""

    @cached_property
    def films(self) -> Mapping[str, Film]:
        """The films of the folder that the set was made of, by name."""
        return {film.name: film for film in films(self.set.videos)}

    def _tracked(self, shard: Shard, video: str) -> Line:
        run = import_film(self.films[video], shard.run_folder(video))
        return Line(video, "tracked", len(run.tracklets()), run.video.frames)
