import { mounting } from "../component/mount.js";
import { extent, facing, turned } from "./mesh.js";

export default mounting((parent) => new BodyView(parent.querySelector("canvas")));

class BodyView {
  constructor(canvas) {
    this.canvas = canvas;
    this.view = { turn: 0, tilt: 0 };
    this.closeness = 1;
    canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = (event) => {
      if (event.buttons) this.turn(event.movementX / 120, event.movementY / 120);
    };
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.onkeydown = (event) => this.onKey(event);
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(canvas);
  }

  /** @param {{vertices: string, faces: string, color: string, label: string}} data addresses of a
   *    body's vertices (float32) and triangles (uint16), its colour and its words */
  async update(data) {
    this.color = [1, 3, 5].map((at) => parseInt(data.color.slice(at, at + 2), 16));
    this.canvas.setAttribute("aria-label", data.label);
    const asked = (this.asked = data.vertices);
    const [vertices, faces] = await Promise.all([bytes(data.vertices), bytes(data.faces)]);
    if (asked !== this.asked) return;
    this.vertices = new Float32Array(vertices);
    this.faces = new Uint16Array(faces);
    this.extent = extent(this.vertices);
    this.canvas.dataset.shown = data.vertices;
    this.draw();
  }

  turn(across, up) {
    this.view.turn += across;
    this.view.tilt = Math.max(-1.5, Math.min(1.5, this.view.tilt + up));
    this.draw();
  }

  onWheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 500));
  }

  onKey(event) {
    const actions = {
      ArrowLeft: () => this.turn(-0.2, 0),
      ArrowRight: () => this.turn(0.2, 0),
      ArrowUp: () => this.turn(0, -0.2),
      ArrowDown: () => this.turn(0, 0.2),
      "+": () => this.zoom(1.2),
      "-": () => this.zoom(1 / 1.2),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  zoom(factor) {
    this.closeness = Math.max(0.5, Math.min(6, this.closeness * factor));
    this.draw();
  }

  draw() {
    if (!this.vertices || this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      this.paint();
    });
  }

  paint() {
    const { canvas, faces } = this;
    const density = window.devicePixelRatio || 1;
    const side = (canvas.width = canvas.height = Math.round(canvas.clientWidth * density));
    const context = canvas.getContext("2d");
    const { middle, radius } = this.extent;
    const centred = this.vertices.map((value, index) => value - middle[index % 3]);
    const seen = turned(centred, this.view);
    const scale = (side / 2 / radius) * 0.94 * this.closeness;
    const at = (corner, axis) => side / 2 + seen[corner * 3 + axis] * scale;
    context.lineWidth = 0.7;
    for (const { face, light } of facing(seen, faces)) {
      context.beginPath();
      for (let corner = 0; corner < 3; corner++) {
        context.lineTo(at(faces[face + corner], 0), at(faces[face + corner], 1));
      }
      context.closePath();
      context.fillStyle = context.strokeStyle = `rgb(${this.color.map((c) => Math.round(c * light))})`;
      context.fill();
      context.stroke();
    }
  }

  close() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.waiting);
  }
}

const kept = new Map();

/** A file of numbers; the triangles, which never change, are fetched once. */
async function bytes(address) {
  if (kept.has(address)) return kept.get(address);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  const buffer = await response.arrayBuffer();
  if (kept.size > 20) kept.delete(kept.keys().next().value);
  kept.set(address, buffer);
  return buffer;
}
