import { clockText } from "./timeline.js";

/** The time axis above the lanes: ticks, the repeated span, and dragging to seek. */
export class Ruler {
  /**
   * @param {HTMLElement} element
   * @param {Timeline} timeline
   * @param {{seek: (frame: number) => void, settle: () => void, wheel: (event) => void}} on
   */
  constructor(element, timeline, on) {
    this.element = element;
    this.canvas = element.querySelector("canvas");
    this.timeline = timeline;
    element.setAttribute("aria-valuemax", String(timeline.frames - 1));
    const seek = (event) => {
      const box = this.canvas.getBoundingClientRect();
      on.seek(timeline.frameAt(event.clientX - box.left, box.width));
    };
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.canvas.onpointermove = seek;
      seek(event);
    };
    this.canvas.onpointerup = () => {
      this.canvas.onpointermove = null;
      on.settle();
    };
    this.canvas.onpointercancel = this.canvas.onpointerup;
    this.canvas.onwheel = on.wheel;
  }

  /** Draw the axis; `loop` is [first, last] or null. */
  draw(loop) {
    const density = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    const context = this.canvas.getContext("2d");
    context.scale(density, density);
    const style = getComputedStyle(this.element);
    context.fillStyle = style.color;
    if (loop) {
      const left = this.timeline.edge(loop[0], width);
      context.fillStyle = style.getPropertyValue("--accent");
      context.fillRect(left, 0, this.timeline.edge(loop[1] + 1, width) - left, 4);
      context.fillStyle = style.color;
    }
    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = "top";
    const { start, end, span, clock } = this.timeline;
    const step = tickStep(span / clock.fps, width / 80);
    const from = Math.ceil(start / clock.fps / step) * step;
    for (let second = from; second * clock.fps <= end; second += step) {
      const x = this.timeline.at(second, width);
      context.fillRect(x, height - 5, 1, 5);
      const text = step < 1 ? clockText(second) : clockText(second).slice(0, -3);
      const textWidth = context.measureText(text).width;
      context.fillText(text, Math.max(0, Math.min(width - textWidth, x - textWidth / 2)), 6);
    }
  }

  /** Say the position to screen readers. */
  say(frame, text) {
    this.element.setAttribute("aria-valuenow", String(frame));
    this.element.setAttribute("aria-valuetext", text);
  }
}

/** Seconds between ticks so that at most `most` ticks stand in a span of `seconds`. */
export function tickStep(seconds, most) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
  return steps.find((step) => seconds / step <= most) ?? 3600;
}
