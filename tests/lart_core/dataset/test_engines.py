"""One interface, several engines, the same files; whatever dies, nothing is lost."""

import os
import signal
import subprocess
import sys
import time

import pytest

from lart_core import engines
from lart_core.dataset import Share, status
from lart_core.engines import LocalEngine
from lart_core.errors import LartError
from tests.lart_core.dataset.light import digests, make, write_videos

NAMES = [f"v{number}.mp4" for number in range(8)]
LOOPBACK = "127.0.0.2"
"""Ray takes 127.0.0.1 for the machine's other address."""


@pytest.fixture
def folder(tmp_path):
    return write_videos(tmp_path / "videos", NAMES)


@pytest.fixture
def expected(folder, tmp_path):
    """The files that one process makes."""
    made = engines.plan(folder, tmp_path / "expected")
    assert run(made, LocalEngine()) == []
    return digests(made.path)


def run(made, engine, dies_at=None, share=None):
    shards = [shard.number for shard in made.shards()]
    chosen = shards if share is None else share.of(shards)
    return engine.run(make(made, dies_at), chosen, lambda _: None)


@pytest.mark.slow
def test_processes_of_which_one_is_killed(folder, expected, tmp_path):
    made = engines.plan(folder, tmp_path / "set")
    assert run(made, LocalEngine(2), dies_at="v3.mp4") == []
    assert (tmp_path / "died").exists()
    assert digests(made.path) == expected


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals of POSIX")
def test_ctrl_c_ends_all_processes_without_a_word(tmp_path):
    """A terminal sends it to every process, while they still begin."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys, time\n"
        "from lart_core.engines import LocalEngine\n"
        "def begin():\n"
        "    open(f'{sys.argv[1]}/{os.getpid()}', 'w').close()\n"
        "    time.sleep(120)\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        LocalEngine(2).run(begin, [1, 2], print)\n"
        "    except KeyboardInterrupt:\n"
        "        sys.exit(130)\n"
    )
    begun = tmp_path / "begun"
    begun.mkdir()
    made = subprocess.Popen(
        [sys.executable, str(script), str(begun)], stderr=subprocess.PIPE, start_new_session=True
    )
    while len(list(begun.iterdir())) < 2:
        assert made.poll() is None
        time.sleep(0.1)
    os.killpg(made.pid, signal.SIGINT)
    _, said = made.communicate(timeout=60)
    assert (made.returncode, said) == (130, b"")
    for worker in begun.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(worker.name), 0)


@pytest.mark.slow
def test_two_machines_at_once(folder, expected, tmp_path):
    """Each in a process of its own, begun together on a set that neither has made."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from lart_core import engines\n"
        "from lart_core.dataset import Share\n"
        "from tests.lart_core.dataset.test_engines import LocalEngine, run\n"
        "made = engines.plan(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "assert run(made, LocalEngine(), share=Share(int(sys.argv[3]), 2)) == []\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", script, folder, tmp_path / "set", str(i)])
        for i in range(2)
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    assert digests(tmp_path / "set") == expected


@pytest.mark.slow
def test_slurm_by_submitits_local_executor(folder, expected, tmp_path):
    """Four tasks; one is killed and submitted again."""
    pytest.importorskip("submitit", reason="needs submitit: pip install 'lart-lens[cluster]'")
    from lart_core.engines.slurm import SlurmEngine

    made = engines.plan(folder, tmp_path / "set")
    engine = SlurmEngine(4, made.path / "slurm", cluster="local")
    assert run(made, engine, dies_at="v5.mp4") == []
    assert (tmp_path / "died").exists()
    assert digests(made.path) == expected


def test_slurm_where_there_is_none(tmp_path, monkeypatch):
    pytest.importorskip("submitit", reason="needs submitit: pip install 'lart-lens[cluster]'")
    monkeypatch.setenv("PATH", str(tmp_path))
    from lart_core.engines.slurm import SlurmEngine

    with pytest.raises(LartError, match="sbatch"):
        SlurmEngine(4, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_ray_cluster_of_which_a_node_is_killed(folder, expected, tmp_path):
    """A head without workers and two nodes, each in processes of its own, on loopback."""
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'lart-lens[cluster]'")
    from ray.cluster_utils import Cluster

    from lart_core.engines.ray import RayEngine

    options = {"object_store_memory": 80 * 1024**2, "node_ip_address": LOOPBACK}
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(
        initialize_head=True,
        head_node_args={**options, "num_cpus": 0, "include_dashboard": False},
    )
    try:
        nodes = [cluster.add_node(num_cpus=1, **options) for _ in range(2)]
        ray.init(address=cluster.address, _node_ip_address=LOOPBACK, log_to_driver=False)
        made = engines.plan(folder, tmp_path / "set")
        shards = [shard.number for shard in made.shards()]
        done = []

        def say(line):
            done.append(line)
            if len(done) == len(NAMES) // 2:
                cluster.remove_node(nodes[0], allow_graceful=False)

        assert RayEngine(2).run(make(made), shards, say) == []
        assert status(made).left == 0
        assert digests(made.path) == expected
    finally:
        ray.shutdown()
        cluster.shutdown()


def test_a_share_is_what_the_others_do_not_take(folder, tmp_path):
    made = engines.plan(folder, tmp_path / "set")
    run(made, LocalEngine(), share=Share(0, 2))
    first = status(made)
    run(made, LocalEngine(), share=Share(1, 2))
    assert first.tracked + first.left == len(NAMES) and status(made).left == 0
    assert 0 < first.left < len(NAMES)


def test_a_deadly_video_waits_till_the_end(folder, tmp_path):
    """Twice begun and never ended: the others of its shard come first."""
    from lart_core.dataset.manifest import add_to_journal, read_journal

    for _ in range(2):
        add_to_journal(tmp_path, "a", time.time())
    add_to_journal(tmp_path, "b", time.time())
    assert read_journal(tmp_path).broken == {"a": 2, "b": 1}
    add_to_journal(tmp_path, "a", time.time(), 1.5)
    journal = read_journal(tmp_path)
    assert journal.broken == {"b": 1} and journal.seconds == [1.5]
