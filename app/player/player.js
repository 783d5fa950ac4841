import { KEYS, commandOf } from "./keys.js";
import { Lanes } from "./lanes.js";
import { drawOverlay, personUnder } from "./overlay.js";
import { Ruler } from "./ruler.js";
import { Source } from "./source.js";
import { Timeline, clamp, clockText, frameAtTime, timeOfFrame } from "./timeline.js";

const LAYERS = [
  ["boxes", "Boxes", "B"],
  ["skeletons", "Skeletons", "S"],
  ["masks", "Masks", "M"],
  ["mesh", "Bodies", "H"],
];
const SPEEDS = [0.1, 0.25, 0.5, 1, 2];
const SETTLED = 150;

const players = new WeakMap();

/** Streamlit calls this when the player appears and whenever the page gives it other data. */
export default function mount({ data, parentElement, setStateValue }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement.querySelector(".player"));
    players.set(parentElement, player);
  }
  player.report = (cursor) => setStateValue("cursor", cursor);
  player.update(data);
  return () => {
    if (parentElement.isConnected) return;
    player.close();
    players.delete(parentElement);
  };
}

/** One video under one cursor. It tells the page where it is only when it stands still. */
class Player {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.video = this.find("video");
    this.canvas = this.find(".overlay");
    this.layers = { boxes: true, skeletons: false, masks: false, mesh: true };
    this.frame = 0;
    this.person = null;
    this.loop = null;
    this.listen();
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(root);
  }

  /**
   * @param {object} data `run`, `address` of the run's files, `video` {frames, fps, width, height},
   *   `people` [{id, color, ink, first, last}], models `a` and `b`, `layers` there are, `frame`,
   *   `person`, and `seek`, which changes when the page wants the player to go there
   */
  update(data) {
    const before = this.data;
    this.data = data;
    const another = before?.address !== data.address || before?.version !== data.version;
    if (another) this.open();
    if (another || before.seek !== data.seek) {
      this.choose(data.person);
      this.seek(data.frame);
    }
    if (another || before.a !== data.a || before.b !== data.b) this.fetchLanes();
    this.showLayers();
    this.showLegend();
  }

  open() {
    const { data } = this;
    this.source?.close();
    this.source = new Source(data, () => this.draw());
    this.timeline = new Timeline(data.video.frames);
    this.video.src = `${data.address}/player.mp4?${data.version}`;
    this.find(".stage").style.aspectRatio = `${data.video.width} / ${data.video.height}`;
    this.find(".stage").style.maxWidth = `calc(62vh * ${data.video.width / data.video.height})`;
    this.loop = null;
    this.ruler = new Ruler(this.find(".ruler"), this.timeline, data.video.fps, {
      seek: (frame) => this.seek(frame),
      settle: () => this.settle(),
      wheel: (event) => this.wheel(event),
    });
    this.lanes = new Lanes(this.find(".lanes"), this.timeline, {
      pick: (person) => this.pick(person),
      seek: (frame, person) => this.pick(person, frame),
    });
    this.lanes.layOut(data.people);
  }

  listen() {
    const { root, video } = this;
    root.addEventListener("click", (event) => {
      const command = event.target.closest("[data-command]")?.dataset.command;
      if (command) this.run(command);
    });
    root.addEventListener("keydown", (event) => {
      if (event.target.matches("select, input")) return;
      const onButton = event.target.matches("button") && [" ", "Enter"].includes(event.key);
      const command = commandOf(event);
      if (!command || onButton) return;
      event.preventDefault();
      event.stopPropagation();
      this.run(command);
    });
    this.canvas.onclick = (event) => this.pickAt(event);
    this.find("[data-setting=speed]").onchange = (event) => {
      video.playbackRate = Number(event.target.value);
    };
    video.onplay = video.onpause = () => this.showPlaying();
    video.onended = () => this.settle();
    video.onseeked = () => this.draw();
    video.onerror = () => this.showTrouble("This browser cannot play the video of this run.");
    const shown = (_, { mediaTime }) => {
      if (this.closed) return;
      video.requestVideoFrameCallback(shown);
      this.shown(mediaTime);
    };
    video.requestVideoFrameCallback(shown);
  }

  /** The browser has put the frame of this time on the screen. */
  shown(mediaTime) {
    if (!this.data) return;
    const { fps, frames } = this.data.video;
    const frame = frameAtTime(mediaTime, fps, frames);
    this.root.dataset.shown = frame;
    if (this.video.paused) return this.draw();
    if (this.loop && (frame >= this.loop[1] || frame < this.loop[0] - 1)) {
      this.video.currentTime = timeOfFrame(this.loop[0], fps);
    }
    this.moveTo(frame);
  }

  /** Every command of a button or key, by name. */
  run(command) {
    const { fps, frames } = this.data.video;
    const second = Math.round(fps);
    const around = this.frame;
    const commands = {
      play: () => (this.video.paused ? this.play() : this.pause()),
      back: () => this.step(-1),
      forward: () => this.step(1),
      secondBack: () => this.step(-second),
      secondForward: () => this.step(second),
      start: () => this.step(-frames),
      end: () => this.step(frames),
      zoomIn: () => this.view(() => this.timeline.zoom(2, around)),
      zoomOut: () => this.view(() => this.timeline.zoom(0.5, around)),
      zoomAll: () => this.view(() => this.timeline.showAll()),
      loop: () => this.setLoop(this.loop ? null : [this.timeline.first, this.timeline.last]),
      loopFrom: () => this.setLoop([around, Math.max(around, this.loop?.[1] ?? frames - 1)]),
      loopTo: () => this.setLoop([Math.min(around, this.loop?.[0] ?? 0), around]),
      slower: () => this.changeSpeed(-1),
      faster: () => this.changeSpeed(1),
      previousPerson: () => this.pickNext(-1),
      nextPerson: () => this.pickNext(1),
      help: () => this.showHelp(),
    };
    if (commands[command]) commands[command]();
    else this.toggle(command);
  }

  play() {
    clearTimeout(this.settling);
    this.video.play().catch(() => this.showPlaying());
  }

  pause() {
    this.video.pause();
    this.seek(this.frame);
    this.settle();
  }

  step(frames) {
    this.video.pause();
    this.seek(this.frame + frames);
    this.settle();
  }

  /** Show a frame; the page is not told. */
  seek(frame) {
    const { fps, frames } = this.data.video;
    this.moveTo(clamp(frame, 0, frames - 1));
    this.video.currentTime = timeOfFrame(this.frame, fps);
  }

  moveTo(frame) {
    this.frame = frame;
    if (this.timeline.follow(frame)) this.viewChanged();
    this.draw();
  }

  /** Tell the page where we are, once we have stood still for a moment. */
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (!this.closed && (this.video.paused || this.video.ended)) {
        this.report({ frame: this.frame, person: this.person, seek: this.data.seek });
      }
    }, SETTLED);
  }

  pick(person, frame = this.frame) {
    this.video.pause();
    this.choose(person);
    this.seek(frame);
    this.settle();
  }

  pickAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.data.video.width / box.width;
    const people = this.source.peopleAt(this.frame);
    const found = personUnder(
      people,
      (event.clientX - box.left) * scale,
      (event.clientY - box.top) * scale,
    );
    if (found) this.pick(found.id);
    else this.run("play");
  }

  pickNext(step) {
    const ids = this.data.people.map(({ id }) => id);
    if (!ids.length) return;
    const at = ids.indexOf(this.person);
    this.pick(ids[at < 0 ? 0 : (at + step + ids.length) % ids.length]);
  }

  choose(person) {
    this.person = person;
    this.lanes.choose(person);
  }

  setLoop(loop) {
    this.loop = loop;
    this.find("[data-command=loop]").setAttribute("aria-pressed", String(Boolean(loop)));
    this.ruler.draw(loop);
  }

  changeSpeed(step) {
    const at = SPEEDS.indexOf(this.video.playbackRate);
    this.video.playbackRate = SPEEDS[clamp(at + step, 0, SPEEDS.length - 1)];
    this.find("[data-setting=speed]").value = String(this.video.playbackRate);
  }

  toggle(layer) {
    if (!this.data.layers.includes(layer)) return;
    this.layers[layer] = !this.layers[layer];
    this.showLayers();
    this.draw();
  }

  wheel(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!sideways && !event.ctrlKey) return;
    event.preventDefault();
    const amount = (event.deltaX || event.deltaY) / box.width;
    const around = this.timeline.frameAt(event.clientX - box.left, box.width);
    if (event.ctrlKey) this.view(() => this.timeline.zoom(Math.exp(-event.deltaY / 300), around));
    else this.view(() => this.timeline.pan(amount * this.timeline.span));
  }

  view(change) {
    change();
    this.viewChanged();
  }

  viewChanged() {
    this.lanes.draw();
    this.ruler.draw(this.loop);
    this.lanes.moveCursor(this.frame);
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.fetchLanes(), 120);
  }

  async fetchLanes() {
    const { first, last } = this.timeline;
    const [, width] = this.lanes.axis();
    const bins = clamp(Math.round(width), 1, last - first + 1);
    const asked = (this.asked = {});
    try {
      const answer = await this.source.lanes(first, last, bins);
      if (asked !== this.asked || this.closed) return;
      this.lanes.fill(answer);
      this.ruler.draw(this.loop);
      this.lanes.moveCursor(this.frame);
    } catch {
      if (asked === this.asked) this.showTrouble("The server does not answer. Is it running?");
    }
  }

  /** Draw the overlay and the cursor of the frame that is shown. */
  draw() {
    if (!this.data || this.closed) return;
    const { fps, width, height } = this.data.video;
    const context = this.canvas.getContext("2d");
    const scale = this.canvas.width / width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    drawOverlay(context, {
      people: this.source.peopleAt(this.frame),
      mesh: this.layers.mesh && this.data.layers.includes("mesh")
        ? this.source.meshAt(this.frame, !this.video.paused)
        : null,
      layers: this.layers,
      person: this.person,
      size: [width, height],
      scale: scale / (window.devicePixelRatio || 1),
    });
    this.lanes.moveCursor(this.frame);
    const text = `${clockText(this.frame / fps)}  frame ${this.frame}`;
    this.find(".time").textContent = text;
    this.ruler.say(this.frame, text);
    this.root.dataset.frame = this.frame;
  }

  resized() {
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * density);
    this.canvas.height = Math.round(this.canvas.clientHeight * density);
    if (!this.data) return;
    this.draw();
    this.viewChanged();
  }

  showLayers() {
    const buttons = LAYERS.filter(([layer]) => this.data.layers.includes(layer)).map(
      ([layer, name, key]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.command = layer;
        button.textContent = name;
        button.title = `${name} (${key})`;
        button.setAttribute("aria-pressed", String(this.layers[layer]));
        return button;
      },
    );
    this.find(".layers").replaceChildren(...buttons);
  }

  showPlaying() {
    this.find("[data-command=play]").textContent = this.video.paused ? "Play" : "Pause";
  }

  showHelp() {
    const list = this.find(".help");
    list.hidden = !list.hidden;
    this.find("[data-command=help]").setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(
      ...KEYS.flatMap(([keys, , words]) => {
        const key = document.createElement("dt");
        key.textContent = keys.join(" or ");
        const meaning = document.createElement("dd");
        meaning.textContent = words;
        return [key, meaning];
      }),
    );
  }

  showLegend() {
    const { a, b } = this.data;
    const curves = b ? `Filled: ${a}. Line: ${b}. ` : a ? `Filled: ${a}. ` : "";
    this.find(".legend").textContent =
      `${curves}A lane's height is the probability, 0 to 100 %. Hatched: not seen, predicted by the tracker.`;
  }

  showTrouble(text) {
    const place = this.find(".trouble");
    place.textContent = text;
    place.hidden = false;
  }

  close() {
    this.closed = true;
    clearTimeout(this.settling);
    clearTimeout(this.fetching);
    this.watcher.disconnect();
    this.source?.close();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
