import assert from "node:assert/strict";
import { test } from "node:test";

import { extent, facing, turned } from "../../../app/watch/body_view/mesh.js";

// A tetrahedron whose corners run counter-clockwise seen from outside, y down, z away.
const VERTICES = new Float32Array([0, -1, 0, 1, 1, -1, -1, 1, -1, 0, 1, 1]);
const FACES = new Uint16Array([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);

test("a full turn is no turn, a quarter turn is one", () => {
  const near = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-6));
  near(turned(VERTICES, { turn: 2 * Math.PI, tilt: 0 }), VERTICES);
  near(turned(new Float32Array([1, 0, 0]), { turn: Math.PI / 2, tilt: 0 }), [0, 0, -1]);
  near(turned(new Float32Array([0, 1, 0]), { turn: 0, tilt: Math.PI / 2 }), [0, 0, 1]);
});

test("turning keeps lengths", () => {
  const seen = turned(VERTICES, { turn: 0.7, tilt: -0.4 });
  for (let i = 0; i < seen.length; i += 3) {
    const length = (v) => Math.hypot(v[i], v[i + 1], v[i + 2]);
    assert.ok(Math.abs(length(seen) - length(VERTICES)) < 1e-6);
  }
});

test("only what faces the viewer is painted, from far to near, lit between 0 and 1", () => {
  for (const turn of [0, 1, 2, 3, 4, 5]) {
    const found = facing(turned(VERTICES, { turn, tilt: 0.2 }), FACES);
    assert.ok(found.length >= 1 && found.length <= 3);
    found.forEach(({ light }) => assert.ok(light > 0 && light <= 1));
    for (let i = 1; i < found.length; i++) assert.ok(found[i - 1].depth >= found[i].depth);
  }
});

test("extent", () => {
  const { middle, radius } = extent(new Float32Array([0, 0, 0, 2, 4, 4]));
  assert.deepEqual(middle, [1, 2, 2]);
  assert.equal(radius, 3);
});
