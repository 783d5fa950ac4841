import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { projected } from "../../../app/watch/player/numbers.js";
import { Orbit } from "../../../app/watch/player/orbit.js";
import { sideOf } from "../../../app/watch/player/scene.js";
import { coarse, posed, readPoses, readRest, readSkin } from "../../../app/watch/player/skeleton.js";

const folder = process.env.LART_BODIES;
const read = (name) => {
  const bytes = readFileSync(join(folder, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};

test("bodies posed here are those that smplx poses", () => {
  const skin = readSkin(read("skin"));
  const rest = readRest(read("rest"), skin);
  const poses = readPoses(read("poses"));
  const wanted = new Float32Array(read("vertices"));
  const track = poses.get(2);
  let worst = 0;
  for (let row = 0; row < track.count; row += 7) {
    const { bones } = posed(track, row, rest, skin.parents);
    for (let vertex = 0; vertex < skin.vertices; vertex += 13) {
      const moved = [0, 0, 0];
      for (let slot = 0; slot < 4; slot++) {
        const share = skin.shares[4 * vertex + slot];
        const at = 16 * skin.owners[4 * vertex + slot];
        for (let axis = 0; axis < 3; axis++) {
          let place = bones[at + 12 + axis];
          for (let from = 0; from < 3; from++) place += bones[at + 4 * from + axis] * rest.surface[3 * vertex + from];
          moved[axis] += share * place;
        }
      }
      for (let axis = 0; axis < 3; axis++) {
        worst = Math.max(worst, Math.abs(moved[axis] - wanted[3 * (row * skin.vertices + vertex) + axis]));
      }
    }
  }
  assert.ok(worst < 0.002, `${worst} m`);
});

test("a coarse body has a third of the triangles at most, and no corner far from where it was", () => {
  const skin = readSkin(read("skin"));
  const { surface } = readRest(read("rest"), skin);
  const faces = coarse(surface, skin.faces, 0.04);
  assert.ok(faces.length > 500 && faces.length < skin.faces.length / 3, `${faces.length / 3}`);
  const used = [...new Set(faces)];
  for (let vertex = 0; vertex < skin.vertices; vertex++) {
    const away = Math.min(...used.map((one) => Math.hypot(...[0, 1, 2].map(
      (axis) => surface[3 * one + axis] - surface[3 * vertex + axis]))));
    assert.ok(away < 0.07, `${away} m`);
  }
});

/** Where a point of the scene comes to lie on the screen, -1..1. */
function seen(orbit, [x, y, z]) {
  const m = orbit.matrix(1);
  const [a, b, , w] = [0, 1, 2, 3].map((row) => m[row] * x + m[4 + row] * y + m[8 + row] * z + m[12 + row]);
  return [a / w, b / w];
}

test("the view from the camera's side has x to the right and y down", () => {
  const orbit = Object.assign(new Orbit(), { turn: 0, tilt: 0 });
  const [x, y, z] = orbit.target;
  assert.ok(seen(orbit, [x + 1, y, z])[0] > 0.1);
  assert.ok(seen(orbit, [x, y + 1, z])[1] < -0.1);
  orbit.tilt = 0.8;
  assert.ok(seen(orbit, [x, y, z + 1])[1] > 0.05, "from above, what is behind lies higher");
});

test("from the side is the person's own left side", () => {
  const orbit = new Orbit();
  const facingUs = [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1]; // left arm at the picture's right
  orbit.turn = sideOf(facingUs);
  orbit.tilt = 0;
  const [x, y, z] = orbit.target;
  const nearer = (point) => {
    const m = orbit.matrix(1);
    return m[3] * point[0] + m[7] * point[1] + m[11] * point[2] + m[15];
  };
  assert.ok(nearer([x + 1, y, z]) < nearer([x - 1, y, z]), "the left arm is nearer to the viewer");
});

test("a point is projected where the scene draws it", () => {
  const orbit = new Orbit();
  orbit.frame([0, 0, 5], 1);
  const [x, y, depth] = projected(orbit.matrix(1.5), [0, 0, 5]);
  assert.ok(Math.abs(x) < 1e-6 && Math.abs(y) < 1e-6 && depth > 0);
  const [, above] = projected(orbit.matrix(1.5), [0, -0.5, 5]);
  assert.ok(above > 0.1, "y points down in the scene and up on the screen");
});
