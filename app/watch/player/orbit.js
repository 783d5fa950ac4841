/** A camera that circles a point; matrices are 4x4, columns first, as WebGL wants them. */

const NEAR = 0.05;
const FAR = 200;
const OPENING = Math.PI / 6;

export class Orbit {
  constructor() {
    this.turn = 0.5;
    this.tilt = 0.25;
    this.distance = 6;
    this.target = [0, 0, 5];
  }

  /** Look at a sphere so that it fills the view. */
  frame(target, radius) {
    this.target = target;
    this.distance = (1.1 * radius) / Math.sin(OPENING / 2);
  }

  rotate(across, up) {
    this.turn += across;
    this.tilt = Math.max(-1.45, Math.min(1.45, this.tilt + up));
  }

  zoom(factor) {
    this.distance = Math.max(0.5, Math.min(100, this.distance / factor));
  }

  /** From the axes of the frame's camera (x right, y down, z away) to the clip space of a view. */
  matrix(aspect) {
    const [ct, st, cp, sp] = [Math.cos(this.turn), Math.sin(this.turn), Math.cos(this.tilt), Math.sin(this.tilt)];
    // Rows of the rotation: right, up, towards the viewer.
    const right = [ct, 0, -st];
    const up = [st * sp, -cp, ct * sp];
    const back = [-st * cp, -sp, -ct * cp];
    const along = (axis) => -(axis[0] * this.target[0] + axis[1] * this.target[1] + axis[2] * this.target[2]);
    const view = [
      right[0], up[0], back[0], 0,
      right[1], up[1], back[1], 0,
      right[2], up[2], back[2], 0,
      along(right), along(up), along(back) - this.distance, 1,
    ];
    const scale = 1 / Math.tan(OPENING / 2);
    const [sx, sy] = aspect > 1 ? [scale / aspect, scale] : [scale, scale * aspect];
    const [a, b] = [(FAR + NEAR) / (NEAR - FAR), (2 * FAR * NEAR) / (NEAR - FAR)];
    return product([sx, 0, 0, 0, 0, sy, 0, 0, 0, 0, a, -1, 0, 0, b, 0], view);
  }
}

/** a · b of two 4x4 matrices. */
export function product(a, b) {
  const out = new Float32Array(16);
  for (let column = 0; column < 4; column++) {
    for (let line = 0; line < 4; line++) {
      for (let i = 0; i < 4; i++) out[4 * column + line] += a[4 * i + line] * b[4 * column + i];
    }
  }
  return out;
}
