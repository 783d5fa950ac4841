import { actionsAt } from "./scores.js";

const SHOWN = 3;
/** Seconds before and after the cursor. */
const AROUND = 2.5;
const DASHES = [[], [6, 4], [2, 3]];
const HEIGHT = 150;
const MARGIN = { left: 36, right: 8, top: 8, bottom: 20 };

/** A person's most probable actions over the seconds around the cursor, which is in the middle. */
export class Curve {
  /** @param {HTMLElement} root with a canvas and a legend */
  constructor(root) {
    this.canvas = root.querySelector("canvas");
    this.legend = root.querySelector(".curves");
  }

  /**
   * @param {(frame: number) => object|null} chunkOf the person's scores in the chunk of a frame
   * @param {number} frame the cursor
   * @param {Clock} clock
   */
  draw(chunkOf, frame, clock) {
    const { canvas } = this;
    const density = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    if (!width) return;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(HEIGHT * density);
    const context = canvas.getContext("2d");
    context.scale(density, density);
    const now = clock.at(frame);
    const [from, until] = [now - AROUND, now + AROUND];
    const x = (second) =>
      MARGIN.left + ((second - from) / (until - from)) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => HEIGHT - MARGIN.bottom - value * (HEIGHT - MARGIN.top - MARGIN.bottom);
    const { color } = getComputedStyle(canvas);
    this.axes(context, color, x, y, from, until);
    const top = actionsAt(chunkOf(frame), frame).filter(({ a }) => a !== null).slice(0, SHOWN);
    top.forEach(({ id }, index) => {
      context.beginPath();
      context.strokeStyle = color;
      context.globalAlpha = [1, 0.75, 0.6][index];
      context.setLineDash(DASHES[index]);
      context.lineWidth = index ? 1.5 : 2.25;
      let open = false;
      for (let at = clock.frameAt(from); at <= clock.frameAt(until); at++) {
        const value = valueAt(chunkOf(at), id, at);
        if (value === null) open = false;
        else if (open) context.lineTo(x(clock.at(at)), y(value));
        else context.moveTo(x(clock.at(at)), y(value));
        open = value !== null;
      }
      context.stroke();
    });
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.fillStyle = getComputedStyle(canvas).getPropertyValue("--accent") || color;
    context.fillRect(x(now) - 1, MARGIN.top, 2, HEIGHT - MARGIN.top - MARGIN.bottom);
    canvas.dataset.frame = frame;
    const marks = ["━", "╍", "┈"];
    const words = top.map(({ name }, index) => `${marks[index]} ${name}`).join("   ");
    if (this.legend.textContent !== words) this.legend.textContent = words;
  }

  axes(context, color, x, y, from, until) {
    context.fillStyle = context.strokeStyle = color;
    context.font = "12px sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const value of [0, 0.5, 1]) {
      context.globalAlpha = 0.2;
      context.fillRect(x(from), y(value), x(until) - x(from), 1);
      context.globalAlpha = 0.9;
      context.fillText(`${100 * value} %`, MARGIN.left - 4, y(value));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (let second = Math.max(0, Math.ceil(from)); second <= until; second++) {
      context.fillText(`${second} s`, x(second), HEIGHT - MARGIN.bottom + 5);
    }
    context.globalAlpha = 1;
  }
}

function valueAt(person, id, frame) {
  const curve = person?.actions.find((action) => action.id === id)?.a;
  const value = curve?.[frame - person.first];
  return value === undefined || value < 0 ? null : value / 1000;
}
