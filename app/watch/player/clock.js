import { clamp } from "./timeline.js";

/** Tenths of milliseconds a second: the unit of the steps between frames. */
const UNIT = 10000;
/** Seconds by which a browser's time stamps may be rounded. */
const ROUNDING = 0.001;

/** Which frame is on the screen when: evenly spaced ones by number, others by a table. */
export class Clock {
  /** @param {{frames: number, fps: number, steps?: number[]}} video `steps` lie between frames */
  constructor({ frames, fps, steps }) {
    this.frames = frames;
    this.fps = fps;
    if (steps) {
      let total = 0;
      this.times = [0, ...steps.map((step) => (total += step) / UNIT)];
      this.times.push(this.times[frames - 1] + 1 / fps);
    }
    this.seconds = this.at(frames);
  }

  /** The second at which a frame begins; `frame + 1` is its end, fractions lie between. */
  at(frame) {
    if (!this.times) return frame / this.fps;
    const row = clamp(Math.floor(frame), 0, this.frames - 1);
    return this.times[row] + (frame - row) * (this.times[row + 1] - this.times[row]);
  }

  /** The second amid the time for which a frame is shown, so that rounding cannot miss it. */
  amid(frame) {
    return this.at(frame + 0.5);
  }

  /** The frame that is shown at a second. */
  frameAt(second) {
    const { times, fps, frames } = this;
    if (!times) return clamp(Math.floor(second * fps + 0.01), 0, frames - 1);
    let [low, high] = [0, frames];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= second + ROUNDING) low = middle + 1;
      else high = middle;
    }
    return clamp(low - 1, 0, frames - 1);
  }
}
