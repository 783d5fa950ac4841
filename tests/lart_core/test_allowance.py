"""Limits of processes: memory, CPU time and disk, each enforced by the system."""

import signal
import subprocess
import sys

import pytest

from lart_core.allowance import JOB, PROBE, READ, TRAINING, ran_out, spoken

USES = {
    "memory": "bytearray(700 << 20)",
    "torch": "import torch; torch.zeros(700 << 20, dtype=torch.uint8)",
    "disk": "open(sys.argv[1], 'wb').write(bytes(20 << 20))",
    "CPU time": "sum(iter(int, 1))",
    "nothing": "print('done')",
}


def uses(what: str, file: str = "") -> subprocess.CompletedProcess[str]:
    """A process with 600 MiB, 3 s and files of 10 MiB, that uses more of something."""
    code = (
        "import sys; from lart_core.allowance import Allowance; "
        "from lart_core.errors import machine_fault\n"
        "Allowance(600 << 20, 3, 10 << 20).hold()\n"
        f"try: {USES[what]}\n"
        "except Exception as error: print(machine_fault(error))"
    )
    return subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True)


@pytest.mark.parametrize("what", ["memory", "torch"])
def test_memory(what: str) -> None:
    assert uses(what).stdout.startswith("This needed more memory than it could have")


def test_disk(tmp_path) -> None:
    assert "grew beyond" in uses("disk", str(tmp_path / "file")).stdout
    assert (tmp_path / "file").stat().st_size <= 10 << 20


def test_time() -> None:
    assert ran_out(uses("CPU time").returncode)
    assert not ran_out(-signal.SIGKILL)


def test_within_the_limits() -> None:
    assert uses("nothing").stdout == "done\n"


def test_stricter_limits_stay() -> None:
    code = (
        "import resource; from lart_core.allowance import JOB, PROBE; PROBE.hold(); JOB.hold(); "
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert int(done.stdout) == PROBE.memory


def test_in_words() -> None:
    assert str(JOB) == "8 GiB of memory or 24 h of CPU time"
    assert spoken(READ.seconds) == "60 s" and spoken(TRAINING.seconds) == "168 h"
    large = READ.for_file(1 << 30)
    assert large.memory == READ.memory + (4 << 30) and large.seconds == READ.seconds + 5 * 1024
