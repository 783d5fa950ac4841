"""`SlurmEngine`: an array of SLURM jobs, by submitit (https://github.com/facebookincubator/submitit)."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import submitit

from lart_core.dataset import Share
from lart_core.dataset.manifest import Line
from lart_core.engines.engine import ATTEMPTS, Failure, Make, Say
from lart_core.engines.local import LocalEngine
from lart_core.errors import LartError


class SlurmEngine:
    """One task of an array a worker; each has a share of the shards.

    Tasks that are preempted or reach their time limit go on by themselves in a new job; those that
    failed are submitted again. Whoever waits here may be stopped: the jobs go on.

    Args:
        workers: Number of tasks.
        logs: Folder for submitit's files.
        options: For `submitit.AutoExecutor.update_parameters`: ``timeout_min``, ``mem_gb``,
            ``cpus_per_task``, ``gpus_per_node``, ``slurm_partition``, ...
        cluster: ``slurm``, or ``local`` for processes on this machine, as a trial.
    """

    def __init__(
        self,
        workers: int,
        logs: Path,
        options: Mapping[str, Any] | None = None,
        cluster: str = "slurm",
    ) -> None:
        if cluster == "slurm" and shutil.which("sbatch") is None:
            raise LartError(
                "Expected SLURM's sbatch on this machine for --engine slurm; run this on the "
                "cluster's login node, or use another engine."
            )
        self.workers, self.logs, self.cluster = workers, logs, cluster
        self.options = {"name": "lart", "timeout_min": 24 * 60, **(options or {})}

    def run(self, make: Make, shards: Sequence[int], say: Say) -> list[Failure]:
        """See `Engine.run`."""
        shares = [Share(number, self.workers) for number in range(self.workers)]
        wanted = [Task(make, part) for share in shares if (part := share.of(shards))]
        failures: list[Failure] = []
        for attempt in range(ATTEMPTS):
            jobs = self._submit(wanted)
            failed = []
            for task, job in zip(wanted, jobs, strict=True):
                try:
                    lines, unfinished = job.result()
                except submitit.core.utils.UncompletedJobError as error:
                    failed.append(task)
                    if attempt == ATTEMPTS - 1:
                        reason = str(error).splitlines()[0]
                        failures += [Failure(shard, reason) for shard in task.shards]
                    continue
                except submitit.core.utils.FailedJobError as error:
                    raise LartError(str(error).splitlines()[-1]) from None
                failures += unfinished
                for line in lines:
                    say(line)
            wanted = failed
            if not wanted:
                break
        return failures

    def _submit(self, tasks: "Sequence[Task]") -> list[Any]:
        executor = submitit.AutoExecutor(self.logs, cluster=self.cluster)
        executor.update_parameters(**self.options)
        with executor.batch():
            return [executor.submit(task) for task in tasks]


class Task:
    """One task of the array: some shards, one after the other."""

    def __init__(self, make: Make, shards: Sequence[int]) -> None:
        self.make, self.shards = make, list(shards)

    def __call__(self) -> tuple[list[Line], list[Failure]]:
        lines: list[Line] = []
        failures = LocalEngine(1).run(self.make, self.shards, lines.append)
        return lines, failures

    def checkpoint(self) -> submitit.helpers.DelayedSubmission:
        """What is submitted when SLURM is about to stop this job: the same, for what is left."""
        return submitit.helpers.DelayedSubmission(self)
