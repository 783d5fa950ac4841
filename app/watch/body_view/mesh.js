/** Triangles on a flat canvas: turned, lit and painted from far to near. No GPU is needed. */

/**
 * @param {Float32Array} vertices x right, y down, z away from the viewer, three a vertex
 * @param {{turn: number, tilt: number}} view angles in radians about the upright and the side axis
 * @returns {Float32Array} the vertices as the viewer sees them
 */
export function turned(vertices, { turn, tilt }) {
  const [ct, st, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const seen = new Float32Array(vertices.length);
  for (let i = 0; i < vertices.length; i += 3) {
    const x = ct * vertices[i] + st * vertices[i + 2];
    const z = ct * vertices[i + 2] - st * vertices[i];
    seen[i] = x;
    seen[i + 1] = cp * vertices[i + 1] - sp * z;
    seen[i + 2] = sp * vertices[i + 1] + cp * z;
  }
  return seen;
}

/**
 * The triangles that face the viewer, the farthest first.
 *
 * @param {Float32Array} seen from `turned`
 * @param {Uint16Array} faces three corners a triangle
 * @returns {{face: number, light: number}[]} index of its first corner, brightness 0..1
 */
export function facing(seen, faces) {
  const found = [];
  for (let i = 0; i < faces.length; i += 3) {
    const [a, b, c] = [faces[i] * 3, faces[i + 1] * 3, faces[i + 2] * 3];
    const ux = seen[b] - seen[a], uy = seen[b + 1] - seen[a + 1], uz = seen[b + 2] - seen[a + 2];
    const vx = seen[c] - seen[a], vy = seen[c + 1] - seen[a + 1], vz = seen[c + 2] - seen[a + 2];
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    if (nz >= 0) continue;
    const length = Math.hypot(nx, ny, nz);
    const light = 0.35 + 0.65 * Math.max(0, (-0.35 * nx - 0.5 * ny - 0.8 * nz) / length);
    found.push({ face: i, light: Math.min(1, light), depth: seen[a + 2] + seen[b + 2] + seen[c + 2] });
  }
  return found.sort((one, other) => other.depth - one.depth);
}

/** Middle and radius of the vertices. */
export function extent(vertices) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  vertices.forEach((value, index) => {
    low[index % 3] = Math.min(low[index % 3], value);
    high[index % 3] = Math.max(high[index % 3], value);
  });
  const middle = low.map((value, axis) => (value + high[axis]) / 2);
  return { middle, radius: Math.hypot(...high.map((value, axis) => value - middle[axis])) };
}
