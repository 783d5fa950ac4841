"""Long work in processes of its own, with a table on disk that outlives the server."""

from app.jobs.table import Job, add, cancel, damaged, every, read, remove, resume

__all__ = ["Job", "add", "cancel", "damaged", "every", "read", "remove", "resume"]
