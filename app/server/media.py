"""What Streamlit keeps in memory for pages (`/media/...`): handed to those for whom it was made."""

import os.path
import threading
from collections import defaultdict

from streamlit.runtime import Runtime
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage
from streamlit.starlette import App

from app.spaces import doors


class OwnMedia(MemoryMediaFileStorage):
    """Files in memory, each with the visitors whose pages hold it; nobody else is given it.

    An address is a hash of the content: whoever knows the content could ask whether another has it.
    """

    def __init__(self, media_endpoint: str) -> None:
        super().__init__(media_endpoint)
        self._holders: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()

    def load_and_get_id(
        self,
        path_or_data: str | bytes,
        mimetype: str,
        kind: MediaFileKind,
        filename: str | None = None,
    ) -> str:
        """Keep a file for whoever is served; gives its id."""
        file_id = super().load_and_get_id(path_or_data, mimetype, kind, filename)
        with self._lock:
            self._holders[file_id].add(_served())
        return file_id

    def get_file(self, filename: str) -> MemoryFile:
        """The file of an id, whatever ending that has.

        Raises:
            MediaFileStorageError: There is none, or it is not of whoever is served.
        """
        found = super().get_file(filename)
        if _served() not in self._holders.get(os.path.splitext(filename)[0], ()):
            raise MediaFileStorageError("This is not for whoever asks.")
        return found

    def delete_file(self, file_id: str) -> None:
        """Drop a file that no page shows any more."""
        super().delete_file(file_id)
        with self._lock:
            self._holders.pop(file_id, None)


class PublicApp(App):
    """Streamlit's server, with media that are kept apart by visitor."""

    def _create_runtime(self) -> Runtime:
        runtime = super()._create_runtime()
        # Streamlit takes no storage of one's own; its routes are made of this one after this call.
        runtime.media_file_mgr._storage = OwnMedia("/media")
        return runtime


def _served() -> str:
    """The id of whoever is served; what is made for nobody known is nobody's."""
    someone = doors.current()
    return someone.id if someone else ""
