/** The span of frames that the lanes show, and where each frame lies on the screen. */
export class Timeline {
  /** @param {number} frames how many frames the video has, at least 1 */
  constructor(frames) {
    this.frames = frames;
    this.showAll();
  }

  showAll() {
    this.start = 0;
    this.end = this.frames;
  }

  get span() {
    return this.end - this.start;
  }

  get first() {
    return Math.floor(this.start);
  }

  get last() {
    return Math.min(this.frames, Math.ceil(this.end)) - 1;
  }

  /** The frame under pixel x of an axis of this width. */
  frameAt(x, width) {
    return clamp(Math.floor(this.start + (x / width) * this.span), 0, this.frames - 1);
  }

  /** The pixel of the middle of a frame; outside 0..width where the frame is not shown. */
  xOf(frame, width) {
    return this.edge(frame + 0.5, width);
  }

  /** The pixel of a moment in frames: `frame` is where the frame begins, `frame + 1` its end. */
  edge(moment, width) {
    return ((moment - this.start) / this.span) * width;
  }

  /** Zoom by a factor (above 1: closer) so that `around` stays where it is. */
  zoom(factor, around) {
    const span = clamp(this.span / factor, Math.min(10, this.frames), this.frames);
    const share = (around + 0.5 - this.start) / this.span;
    this.moveTo(around + 0.5 - share * span, span);
  }

  pan(frames) {
    this.moveTo(this.start + frames, this.span);
  }

  /** Turn the page if the frame is not in view. Says whether the view changed. */
  follow(frame) {
    if (frame >= this.start && frame + 1 <= this.end) return false;
    this.moveTo(frame - this.span * 0.05, this.span);
    return true;
  }

  moveTo(start, span) {
    this.start = clamp(start, 0, this.frames - span);
    this.end = this.start + span;
  }
}

/** The number nearest to `value` between `low` and `high`. */
export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

/** The frame that is shown at a time in seconds. */
export function frameAtTime(seconds, fps, frames) {
  return clamp(Math.floor(seconds * fps + 0.01), 0, frames - 1);
}

/** A time in seconds at which the frame is shown: its middle, so that rounding cannot miss it. */
export function timeOfFrame(frame, fps) {
  return (frame + 0.5) / fps;
}

/** Seconds as minutes, seconds and hundredths: 75.5 is "1:15.50". */
export function clockText(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(2).padStart(5, "0")}`;
}
