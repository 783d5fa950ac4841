"""The register of every model file: what it is, where it comes from, and whether it is here."""

from lart_core.weights.adopted import elsewhere, link
from lart_core.weights.bundle import add_bundle, write_bundle
from lart_core.weights.record import Https, Npm, Pypi, Record, UserFile
from lart_core.weights.register import REGISTER, find
from lart_core.weights.store import State, fetch, local_path, path, state

__all__ = [
    "REGISTER",
    "Https",
    "Npm",
    "Pypi",
    "Record",
    "State",
    "UserFile",
    "add_bundle",
    "elsewhere",
    "fetch",
    "find",
    "link",
    "local_path",
    "path",
    "state",
    "write_bundle",
]
