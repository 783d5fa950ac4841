import { mounting } from "../component/mount.js";
import { drawMarks, leap, marksAt } from "./marks.js";

export default mounting((parent) => new Moment(parent.querySelector(".moment")));

/** A few seconds of a video, repeated, with the boxes of its keyframes over it. */
class Moment {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.video = this.find("video");
    this.canvas = this.find(".overlay");
    const next = () => {
      if (this.closed) return;
      this.video.requestVideoFrameCallback(next);
      this.shown();
    };
    this.video.requestVideoFrameCallback(next);
    this.video.onseeked = () => this.shown();
    this.video.onended = () => this.play(this.data.first);
    this.video.onloadedmetadata = () => this.loaded();
    this.video.onplay = this.video.onpause = () => {
      this.find("[data-command=play]").textContent = this.video.paused ? "Play" : "Pause";
    };
    this.video.onerror = () => this.explain();
    this.canvas.onclick = () => this.run("play");
    root.onclick = (event) => this.run(event.target.closest("[data-command]")?.dataset.command);
    this.watcher = new ResizeObserver(() => this.shown());
    this.watcher.observe(this.find(".stage"));
  }

  /**
   * @param {object} data `address` of the video, the moment `at` and the part `first` to `last` in
   *   its seconds, `marks` (see marks.js), and `label`, what is seen in words
   */
  update(data) {
    const before = this.data;
    this.data = data;
    this.video.setAttribute("aria-label", data.label);
    if (before?.address !== data.address) {
      this.find(".words").textContent = "Cutting the video …";
      this.video.src = data.address;
    } else if (before.at !== data.at) this.begin();
    this.shown();
  }

  loaded() {
    const { videoWidth, videoHeight } = this.video;
    const stage = this.find(".stage");
    this.find(".words").textContent = "";
    stage.style.aspectRatio = `${videoWidth} / ${videoHeight}`;
    stage.style.maxWidth = `calc(52vh * ${videoWidth / videoHeight})`;
    this.begin();
  }

  /** Play, or for those who want nothing to move by itself, stand at the keyframe. */
  begin() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.run("keyframe");
    else this.play(this.data.first);
  }

  play(from) {
    if (from !== undefined) this.video.currentTime = from;
    this.video.play().catch(() => {});
  }

  run(command) {
    const { video } = this;
    if (command === "play") {
      if (video.paused) this.play(leap(video.currentTime, this.data.first, this.data.last) ?? undefined);
      else video.pause();
    } else if (command === "keyframe") {
      video.pause();
      video.currentTime = this.data.at + 0.01;
    } else if (command === "slow") {
      const slow = video.playbackRate === 1;
      video.playbackRate = slow ? 0.25 : 1;
      this.find("[data-command=slow]").setAttribute("aria-pressed", String(slow));
    }
  }

  /** A frame has come to the screen. */
  shown() {
    if (this.closed || !this.data) return;
    const { first, last, at, marks } = this.data;
    const time = this.video.currentTime;
    const back = this.video.paused ? null : leap(time, first, last);
    if (back !== null) this.video.currentTime = back;
    const density = window.devicePixelRatio || 1;
    const width = (this.canvas.width = Math.round(this.canvas.clientWidth * density));
    const height = (this.canvas.height = Math.round(this.canvas.clientHeight * density));
    const found = marksAt(marks, time);
    if (found) drawMarks(this.canvas.getContext("2d"), found, width, height, density);
    this.root.dataset.boxes = found ? found.boxes.length : 0;
    const share = (seconds) => `${(100 * (seconds - first)) / (last - first || 1)}%`;
    this.find(".here").style.left = share(Math.min(Math.max(time, first), last));
    this.find(".tick").style.left = share(at);
    const away = time - at;
    this.find(".time").textContent =
      Math.abs(away) < 0.05 ? "at the keyframe" : `${Math.abs(away).toFixed(1)} s ${away < 0 ? "before" : "after"}`;
  }

  /** Say why there is no video, as the server says it. */
  async explain() {
    const answer = await fetch(this.data.address).then((r) => r.json()).catch(() => ({}));
    this.find(".words").textContent = answer.error ?? "This browser cannot play this video.";
  }

  close() {
    this.closed = true;
    this.watcher.disconnect();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
