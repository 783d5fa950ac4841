/** Bodies as the server sends them (`app/watch/bodies.py`), and the joints' places in a pose. */

const UNIT = 32767;

/** What all bodies share: the tree of joints, triangles, and each vertex's joints and shares. */
export function readSkin(buffer) {
  const [vertices, triangles, joints] = new Int32Array(buffer, 0, 3);
  let at = 12;
  const parents = new Int32Array(buffer, at, joints);
  at += 4 * joints;
  const faces = new Uint16Array(buffer, at, 3 * triangles);
  at += padded(6 * triangles);
  const owners = new Uint8Array(buffer, at, 4 * vertices);
  at += 4 * vertices;
  return { vertices, joints, parents, faces, owners, shares: new Float32Array(buffer, at, 4 * vertices) };
}

/** A person's body at rest: surface and joints, three numbers each. */
export function readRest(buffer, { vertices, joints }) {
  return {
    surface: new Float32Array(buffer, 0, 3 * vertices),
    joints: new Float32Array(buffer, 12 * vertices, 3 * joints),
  };
}

/**
 * Fewer triangles of much the same surface: of the vertices in one cube, one stands for all.
 *
 * @param {Float32Array} surface of the body at rest, three numbers a vertex, in metres
 * @param {Uint16Array} faces three vertices a triangle
 * @param {number} side of the cubes
 */
export function coarse(surface, faces, side) {
  const first = new Map();
  const one = (vertex) => {
    const cube = [0, 1, 2].map((axis) => Math.floor(surface[3 * vertex + axis] / side)).join();
    if (!first.has(cube)) first.set(cube, vertex);
    return first.get(cube);
  };
  const stands = Array.from({ length: surface.length / 3 }, (_, vertex) => one(vertex));
  const kept = [];
  for (let at = 0; at < faces.length; at += 3) {
    const [a, b, c] = [stands[faces[at]], stands[faces[at + 1]], stands[faces[at + 2]]];
    if (a !== b && b !== c && c !== a) kept.push(a, b, c);
  }
  return new Uint16Array(kept);
}

/** The poses of one chunk: track id -> {first, count, pelvis, turns, unseen, seen}. */
export function readPoses(buffer, joints = 24) {
  const view = new DataView(buffer);
  const people = new Map();
  let at = 4;
  for (let person = view.getInt32(0, true); person > 0; person--) {
    const [id, first, count] = [0, 4, 8].map((offset) => view.getInt32(at + offset, true));
    at += 12;
    const pelvis = new Float32Array(buffer, at, 3 * count);
    at += 12 * count;
    const turns = new Int16Array(buffer, at, 4 * joints * count);
    at += 8 * joints * count;
    const unseen = new Int32Array(buffer, at, count);
    at += 4 * count;
    people.set(id, { first, count, pelvis, turns, unseen, seen: new Uint8Array(buffer, at, count) });
    at += padded(count);
  }
  return people;
}

/**
 * Where the joints are at a frame, as matrices for the skin.
 *
 * @param {object} track from `readPoses`
 * @param {number} row the frame's row in it
 * @param {{joints: Float32Array}} rest the person's body at rest
 * @param {Int32Array} parents the tree of joints
 * @returns {{bones: Float32Array, places: Float32Array}} 4x4 matrices, columns first, that move the
 *   surface at rest; and the joints' places, three numbers each
 */
export function posed(track, row, rest, parents) {
  const count = parents.length;
  const turned = new Float32Array(9 * count);
  const places = new Float32Array(3 * count);
  const bones = new Float32Array(16 * count);
  for (let joint = 0; joint < count; joint++) {
    const own = rotation(track.turns, 4 * (row * count + joint));
    const parent = parents[joint];
    const at = rest.joints.subarray(3 * joint, 3 * joint + 3);
    const turn = turned.subarray(9 * joint, 9 * joint + 9);
    const place = places.subarray(3 * joint, 3 * joint + 3);
    if (parent < 0) {
      turn.set(own);
      place.set(track.pelvis.subarray(3 * row, 3 * row + 3));
    } else {
      const above = turned.subarray(9 * parent, 9 * parent + 9);
      multiply(turn, above, own);
      const bone = [0, 1, 2].map((axis) => at[axis] - rest.joints[3 * parent + axis]);
      apply(place, above, bone, places.subarray(3 * parent, 3 * parent + 3));
    }
    const shift = [0, 0, 0];
    apply(shift, turn, [-at[0], -at[1], -at[2]], place);
    for (let column = 0; column < 3; column++) {
      for (let line = 0; line < 3; line++) bones[16 * joint + 4 * column + line] = turn[3 * line + column];
    }
    bones.set([...shift, 1], 16 * joint + 12);
  }
  return { bones, places };
}

function rotation(turns, at) {
  const length = Math.hypot(turns[at], turns[at + 1], turns[at + 2], turns[at + 3]) || UNIT;
  const [x, y, z, w] = [0, 1, 2, 3].map((i) => turns[at + i] / length);
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
    2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
    2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
  ];
}

function multiply(out, a, b) {
  for (let line = 0; line < 3; line++) {
    for (let column = 0; column < 3; column++) {
      out[3 * line + column] =
        a[3 * line] * b[column] + a[3 * line + 1] * b[3 + column] + a[3 * line + 2] * b[6 + column];
    }
  }
}

/** out = turn · point + shift. */
function apply(out, turn, point, shift) {
  for (let line = 0; line < 3; line++) {
    out[line] =
      turn[3 * line] * point[0] + turn[3 * line + 1] * point[1] + turn[3 * line + 2] * point[2] + shift[line];
  }
}

function padded(bytes) {
  return (bytes + 3) & ~3;
}
