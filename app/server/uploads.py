"""Videos as browsers send them: written to disk as they come, never held in memory."""

import anyio
from anyio import from_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.spaces.quota import Refused
from app.storage import uploads
from lart_core.errors import LartError, machine_fault

SILENCE = 60.0
"""Seconds without a byte after which a sender is given up."""
LONGEST_NAME = 255


def receive(request: Request) -> Response:
    """Take one video, whose file name is the address's ``name``; answers its upload id."""
    name = request.query_params.get("name", "")
    try:
        _announced(request)
        if not 0 < len(name) <= LONGEST_NAME:
            raise LartError(f"Expected the file's name, of at most {LONGEST_NAME} characters.")
        return JSONResponse({"upload": uploads.accept(name, _Body(request))})
    except Refused as error:
        return JSONResponse({"error": str(error)}, status_code=429)
    except _TooLarge as error:
        return JSONResponse({"error": str(error)}, status_code=413)
    except LartError as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    except (ClientDisconnect, TimeoutError):
        return JSONResponse({"error": "The sending broke off; nothing was kept."}, status_code=408)
    except OSError as error:
        return JSONResponse({"error": machine_fault(error)}, status_code=500)


class _TooLarge(LartError):
    """More is announced than may be sent."""


def _announced(request: Request) -> None:
    """Refuse what says itself that it is too large, before any of it is read."""
    size = request.headers.get("content-length", "0")
    if not size.isascii() or not size.isdigit():
        raise LartError("Expected the length of the file in bytes.")
    if int(size) > uploads.megabytes() * 1_000_000:
        raise _TooLarge(
            f"The file has {int(size) / 1e6:.0f} MB, and at most {uploads.megabytes()} MB can be "
            "sent: cut it, or lower its resolution."
        )


class _Body:
    """What a request sends, for a thread that reads it like a file."""

    def __init__(self, request: Request) -> None:
        self._chunks = request.stream()

    def read(self, size: int, /) -> bytes:
        """The next piece, as large as it comes from the network; none at the end."""
        return from_thread.run(self._next)

    async def _next(self) -> bytes:
        with anyio.fail_after(SILENCE):
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        return b""
