import { fetchJson } from "../player/cache.js";
import { Clock } from "../player/clock.js";
import { ServedFiles } from "../player/files.js";
import { Source } from "../player/source.js";
import { Stage } from "../player/stage.js";

/** A stretch of a run's video over its picture, again and again, with boxes, words and bodies. */
export class Playing {
  /**
   * @param {HTMLElement} place what it covers
   * @param {object} tile `address` of the run's files, `model`, frames `first` and `last`, `person`
   */
  constructor(place, tile) {
    this.place = place;
    this.tile = tile;
    this.start();
  }

  async start() {
    const { address, model } = this.tile;
    const data = await fetchJson(`${address}/facts?a=${encodeURIComponent(model)}`).catch(() => null);
    if (!data || this.closed) return;
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true });
    this.video.tabIndex = -1;
    this.video.setAttribute("aria-hidden", "true");
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.place.append(this.video, this.canvas);
    this.fit(data.video);
    const clock = new Clock(data.video);
    const files = new ServedFiles(data);
    this.source = new Source(data, files, () => this.stage.paint());
    this.stage = new Stage(this.video, this.canvas, (frame) => this.shown(frame));
    const layers = { boxes: true, words: true, mesh: true, skeletons: !data.layers.includes("mesh") };
    this.stage.open(files.video, data.video, clock, (frame) => ({
      people: this.source.peopleAt(frame),
      mesh: data.layers.includes("mesh") ? this.source.meshAt(frame, true) : null,
      layers,
      person: this.tile.person,
    }));
    this.watcher = new ResizeObserver(() => {
      this.fit(data.video);
      this.stage.resize();
    });
    this.watcher.observe(this.place);
    this.stage.seek(this.tile.first);
    this.video.onended = () => this.again();
    this.video.play().catch(() => {});
  }

  /** The canvas is as large as the picture in its frame. */
  fit({ width, height }) {
    const { clientWidth, clientHeight } = this.place;
    const scale = Math.min(clientWidth / width, clientHeight / height);
    this.canvas.style.width = `${Math.round(width * scale)}px`;
    this.canvas.style.height = `${Math.round(height * scale)}px`;
  }

  shown(frame) {
    this.place.dataset.shown = frame;
    if (frame >= this.tile.last || frame < this.tile.first - 1) this.again();
  }

  again() {
    this.stage.seek(this.tile.first);
    this.video.play().catch(() => {});
  }

  close() {
    this.closed = true;
    this.watcher?.disconnect();
    this.source?.close();
    this.stage?.close();
    this.video?.remove();
    this.canvas?.remove();
    delete this.place.dataset.shown;
  }
}
