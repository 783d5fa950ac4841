"""What is known of one file of models or data: `Record`, and the four kinds of its source."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Pypi:
    """A file inside a pinned wheel of PyPI.

    `member` is the way to the file: a path inside the wheel, then, for each archive inside the
    archive, a path inside that. A wheel for one platform is taken as it is, on any system.

    Attributes:
        sdist: Where the file is only in the source archive: that archive's sha256, which pip checks
            before it looks into it.
    """

    package: str
    version: str
    member: tuple[str, ...]
    platform: str | None = None
    python: str | None = None
    sdist: str | None = None

    def __str__(self) -> str:
        kind = "source archive" if self.sdist else "wheel"
        return f"{'!'.join(self.member)} in the PyPI {kind} {self.package}=={self.version}"

    @property
    def place(self) -> str:
        """Where it is to be had, in a word or two."""
        return f"PyPI, {self.package}"


@dataclass(frozen=True)
class Npm:
    """A file inside a pinned package of npm.

    Attributes:
        members: Its path inside the package; several are its pieces, in order.
        part: First byte and one past the last, where the file is a part of what lies there.
    """

    package: str
    version: str
    members: tuple[str, ...]
    part: tuple[int, int] | None = None

    def __str__(self) -> str:
        where = " + ".join(self.members)
        if self.part is not None:
            where = f"bytes {self.part[0]} to {self.part[1]} of {where}"
        return f"{where} in the npm package {self.package}@{self.version}"

    @property
    def place(self) -> str:
        """Where it is to be had, in a word or two."""
        return f"npm, {self.package}"


@dataclass(frozen=True)
class Https:
    """A file at a public address.

    Attributes:
        more: Addresses of its further pieces, in order, where it is in several.
    """

    url: str
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " + ".join((self.url, *self.more))

    @property
    def place(self) -> str:
        """Where it is to be had, in a word or two."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True)
class UserFile:
    """A file that only the user can get, because its licence asks for a sign-up.

    `address` is where its owners hand it out.
    """

    address: str

    def __str__(self) -> str:
        return f"your own copy, from {self.address}"

    @property
    def place(self) -> str:
        """Where it is to be had, in a word or two."""
        return "your own copy"


Source = Pypi | Npm | Https | UserFile


@dataclass(frozen=True)
class Record:
    """One file of models or data.

    Attributes:
        name: What commands and code call it.
        purpose: What it is for, in a few words.
        filename: Its name in the cache.
        sources: Where it comes from, the first that can be reached wins.
        size: Bytes, or None where the owners do not say.
        sha256: Of the file, or None where the owners do not say.
        licence: Short name. licence_url: Where its text stands.
        fetched_unasked: Whether the pipeline may fetch it when it first needs it.
        unpacked: Of an archive, what the one file in it that counts is called once it is taken
            out; it serves as well.
        folder: Of an archive of data, the folder that it unpacks into.
        elsewhere: Paths below the home folder, or that begin with a variable of the environment,
            where other projects keep it, the best first.
    """

    name: str
    purpose: str
    filename: str
    sources: tuple[Source, ...]
    size: int | None
    sha256: str | None
    licence: str
    licence_url: str
    fetched_unasked: bool = False
    unpacked: str | None = None
    folder: str | None = None
    elsewhere: tuple[str, ...] = ()

    @property
    def readable_size(self) -> str:
        """For example ``"9.6 MB"``, or ``"size unknown"``."""
        return f"{self.size / 1e6:.1f} MB" if self.size is not None else "size unknown"
