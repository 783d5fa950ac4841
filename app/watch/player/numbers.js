const HEAD = 15;
/** Metres above the head's joint. */
const ABOVE = 0.28;

/** The numbers of people over their heads in the scene, since colours alone tell nobody apart. */
export class Numbers {
  /** @param {HTMLElement} root lies over the canvas */
  constructor(root) {
    this.root = root;
    this.labels = new Map();
  }

  /**
   * @param {{id: number, places: Float32Array, seen: boolean}[]} people
   * @param {Float32Array} camera from the scene to clip space
   * @param {number[]} size width and height of the canvas
   * @param {(id: number) => {color: string, ink: string}} paint
   */
  show(people, camera, [width, height], paint) {
    const here = new Set(people.map(({ id }) => id));
    for (const [id, label] of this.labels) label.hidden = !here.has(id);
    for (const { id, places, seen } of people) {
      const head = places.subarray(3 * HEAD, 3 * HEAD + 3);
      const [x, y, depth] = projected(camera, [head[0], head[1] - ABOVE, head[2]]);
      const label = this.labelOf(id, paint);
      label.hidden = depth <= 0 || Math.abs(x) > 1 || Math.abs(y) > 1;
      label.style.opacity = seen ? 1 : 0.5;
      const [left, top] = [((x + 1) / 2) * width, ((1 - y) / 2) * height];
      label.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
    }
  }

  labelOf(id, paint) {
    let label = this.labels.get(id);
    if (!label) {
      label = document.createElement("span");
      label.textContent = id;
      this.labels.set(id, label);
      this.root.append(label);
    }
    const { color, ink } = paint(id);
    Object.assign(label.style, { background: color, color: ink });
    return label;
  }

  clear() {
    this.labels.clear();
    this.root.replaceChildren();
  }
}

/** A point in clip space: across and up in -1..1, and its depth, which is below 0 behind the viewer. */
export function projected(camera, [x, y, z]) {
  const at = (line) => camera[line] * x + camera[4 + line] * y + camera[8 + line] * z + camera[12 + line];
  const depth = at(3);
  return [at(0) / depth, at(1) / depth, depth];
}
