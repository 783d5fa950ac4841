/**
 * The span of time that the lanes show, and where each frame lies on the screen. Places are counted
 * in frames of usual length, so that of an evenly spaced video they are frame numbers.
 */
export class Timeline {
  /** @param {Clock} clock of a video of at least one frame */
  constructor(clock) {
    this.clock = clock;
    this.frames = clock.frames;
    this.length = clock.seconds * clock.fps;
    this.showAll();
  }

  showAll() {
    this.start = 0;
    this.end = this.length;
  }

  get span() {
    return this.end - this.start;
  }

  get first() {
    return this.frameAtPlace(this.start);
  }

  get last() {
    return this.frameAtPlace(this.end - 0.02);
  }

  /** The frame under pixel x of an axis of this width. */
  frameAt(x, width) {
    return this.frameAtPlace(this.start + (x / width) * this.span);
  }

  frameAtPlace(place) {
    return this.clock.frameAt(place / this.clock.fps);
  }

  placeOf(moment) {
    return this.clock.at(moment) * this.clock.fps;
  }

  /** The pixel of the middle of a frame; outside 0..width where the frame is not shown. */
  xOf(frame, width) {
    return this.edge(frame + 0.5, width);
  }

  /** The pixel of a moment in frames: `frame` is where the frame begins, `frame + 1` its end. */
  edge(moment, width) {
    return this.at(this.clock.at(moment), width);
  }

  /** The pixel of a second. */
  at(second, width) {
    return ((second * this.clock.fps - this.start) / this.span) * width;
  }

  /** Zoom by a factor (above 1: closer) so that `around` stays where it is. */
  zoom(factor, around) {
    const span = clamp(this.span / factor, Math.min(10, this.length), this.length);
    const place = this.placeOf(around + 0.5);
    const share = (place - this.start) / this.span;
    this.moveTo(place - share * span, span);
  }

  pan(places) {
    this.moveTo(this.start + places, this.span);
  }

  /** Turn the page if the frame is not in view. Says whether the view changed. */
  follow(frame) {
    const [begin, end] = [this.placeOf(frame), this.placeOf(frame + 1)];
    if (begin >= this.start && (end <= this.end || end - begin > this.span)) return false;
    this.moveTo(begin - this.span * 0.05, this.span);
    return true;
  }

  moveTo(start, span) {
    this.start = clamp(start, 0, this.length - span);
    this.end = this.start + span;
  }
}

/** The number nearest to `value` between `low` and `high`. */
export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

/** Seconds as minutes, seconds and hundredths: 75.5 is "1:15.50". */
export function clockText(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(2).padStart(5, "0")}`;
}
