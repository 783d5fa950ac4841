"""Which part of a set one of several machines takes: `--shard`, SLURM arrays, Kubernetes jobs."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lart_core.dataset.index import SHARDS
from lart_core.errors import LartError


@dataclass(frozen=True)
class Share:
    """Part `number` (from 0) of `count` parts.

    >>> Share(1, 4).of(range(12))
    [1, 5, 9]

    Raises:
        LartError: There is no such part, or there are more parts than shards.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.count <= SHARDS:
            raise LartError(
                f"Expected a share I/N with I in 0..N-1 and N up to {SHARDS}, but got "
                f"{self.number}/{self.count}."
            )

    def of(self, shards: Iterable[int]) -> list[int]:
        """Those of the shards that are in this part."""
        return [shard for shard in shards if shard % self.count == self.number]

    @classmethod
    def parse(cls, text: str | None) -> "Share | None":
        """The share that a `--shard` names, or that the environment of this process does.

        Args:
            text: ``I/N``; ``auto/N`` takes I from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX; None
                takes both from SLURM, or everything where this is no task of an array.

        Raises:
            LartError: It cannot be read, or the environment leaves open how many parts there are.
        """
        env = os.environ
        if text is None:
            return cls._from_environment(env)
        found = re.fullmatch(r"(auto|\d+)/(\d+)", text)
        if not found:
            raise LartError(f"Expected --shard I/N or auto/N, for example 0/8, but got {text!r}.")
        if found[1] != "auto":
            return cls(int(found[1]), int(found[2]))
        for name in ("SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"):
            if name in env:
                return cls(_number(env, name), int(found[2]))
        raise LartError(
            "Expected $SLURM_ARRAY_TASK_ID or $JOB_COMPLETION_INDEX for --shard auto/N, but "
            "neither is set; say --shard I/N."
        )

    @classmethod
    def _from_environment(cls, env: Mapping[str, str]) -> "Share | None":
        if "SLURM_ARRAY_TASK_ID" in env:
            task = _number(env, "SLURM_ARRAY_TASK_ID")
            first, last, count = (
                _number(env, f"SLURM_ARRAY_TASK_{name}") for name in ("MIN", "MAX", "COUNT")
            )
            if first != 0 or last - first + 1 != count:
                raise LartError(
                    f"Expected a SLURM array 0-{count - 1}, but this one has {count} tasks from "
                    f"{first} to {last}; say --shard auto/N with the N of the first submission."
                )
            return cls(task, count)
        if "JOB_COMPLETION_INDEX" in env:
            raise LartError(
                "Expected --shard auto/N in an indexed job, with its number of completions as N: "
                "$JOB_COMPLETION_INDEX does not say it."
            )
        return None


def _number(env: Mapping[str, str], name: str) -> int:
    if not env.get(name, "").isdigit():
        raise LartError(f"Expected a whole number in ${name}, but got {env.get(name)!r}.")
    return int(env[name])
