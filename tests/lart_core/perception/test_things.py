"""Things beside people, in their file."""

import pyarrow.parquet as pq

from lart_core.perception.things import Thing, save_things


def test_a_row_a_thing(tmp_path):
    things = [
        Thing(3, "book", 0.5, (1.0, 2.0, 3.0, 4.0)),
        Thing(9, "chair", 0.75, (0.0, 0.0, 8.0, 8.0)),
    ]
    save_things(tmp_path / "things.parquet", things)
    table = pq.read_table(tmp_path / "things.parquet")
    assert table.schema.metadata[b"format"] == b"lart-lens things 1"
    assert table.to_pylist()[0] == {
        "frame": 3, "kind": "book", "score": 0.5, "x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0,
    }  # fmt: skip
    save_things(tmp_path / "things.parquet", [])
    assert pq.read_table(tmp_path / "things.parquet").num_rows == 0
