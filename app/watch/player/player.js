import { mounting } from "../component/mount.js";
import { TimeAxis } from "./axis.js";
import { ServedFiles } from "./files.js";
import { Clock } from "./clock.js";
import { Editor } from "./editor.js";
import { commandOf, editCommandOf } from "./keys.js";
import { personUnder } from "./overlay.js";
import { Panel } from "./panel.js";
import { Source } from "./source.js";
import { Stage } from "./stage.js";
import { clamp, clockText } from "./timeline.js";
import { legend, showKeys, showLayers } from "./words.js";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2];
/** Milliseconds until the page is told: what players ask for comes first. */
const SETTLED = 400;

export default mounting((parent) => new Player(parent.querySelector(".player")));

/** One video under one cursor. It tells the page where it is only when it stands still. */
export class Player {
  /**
   * @param {HTMLElement} root
   * @param {(data: object) => object} filesOf where the files of a run come from
   */
  constructor(root, filesOf = (data) => new ServedFiles(data)) {
    this.root = root;
    this.filesOf = filesOf;
    this.find = (selector) => root.querySelector(selector);
    this.video = this.find("video");
    this.stage = new Stage(this.video, this.find(".overlay"), (frame) => this.shown(frame));
    this.panel = new Panel(this.find(".panel"), () => this.refresh());
    this.editor = new Editor(this.find(".editor"), {
      redraw: () => this.redraw(),
      people: (answer) => this.changePeople(answer),
      lanes: () => this.axis?.people ?? new Map(),
      frame: () => this.frame,
      person: () => this.person ?? null,
      timeline: () => this.axis.timeline,
      seek: (frame) => this.step(frame - this.frame),
      pick: (person) => person !== this.person && this.pick(person),
      settle: () => this.settle(),
    });
    this.layers = { boxes: true, words: true, skeletons: false, masks: false, mesh: true };
    this.frame = 0;
    /** Versions that were corrected since: the page may still speak of them. */
    this.past = new Set();
    this.listen();
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(root);
  }

  /**
   * @param {object} data `address` of the run's files and their `version`, `video` {frames, fps,
   *   width, height, steps}, `people` [{id, color, ink}], models `a` and `b`, `layers` there are,
   *   `drawn` (changes when more bodies were drawn), `frame`, `person`, and `seek`, which changes when the page wants the player to go there
   */
  update(data) {
    const before = this.data;
    if (before?.address === data.address && this.past.has(data.version)) {
      const { people, version, layers, drawn } = before;
      data = { ...data, people, version, layers, drawn };
    }
    const another = before?.address !== data.address || before?.version !== data.version;
    data = { ...data, clock: another ? new Clock(data.video) : before.clock };
    this.data = data;
    const models = before?.a !== data.a || before?.b !== data.b;
    if (another || models) this.open();
    if (another || before.seek !== data.seek) {
      this.choose(data.person);
      this.seek(data.frame);
    } else if (models) {
      this.choose(this.person);
      this.seek(this.frame);
    }
    if (another || models) this.axis.fetch();
    if (before?.drawn !== data.drawn) {
      this.source.meshes.clear();
      this.stage.paint();
    }
    showLayers(this.find(".layers"), data.layers, this.layers);
    this.find(".legend").textContent = legend(data, Boolean(this.source.files.save));
  }

  open() {
    const { data } = this;
    this.source?.close();
    this.axis?.close();
    const files = this.filesOf(data);
    this.source = new Source(data, files, () => this.refresh());
    this.panel.open(data, this.source);
    this.editor.open(data, files);
    this.find("[data-command=correct]").hidden = !files.save;
    this.find(".trouble").hidden = true;
    const box = this.find(".stage");
    box.style.aspectRatio = `${data.video.width} / ${data.video.height}`;
    box.style.maxWidth = `calc(52vh * ${data.video.width / data.video.height})`;
    this.stage.open(files.video, data.video, data.clock, (frame) => this.sceneAt(frame));
    this.axis = new TimeAxis(this.find, data, this.source, {
      seek: (frame) => this.seek(frame),
      settle: () => this.settle(),
      pick: (person, frame) => this.pick(person, frame),
      trouble: (text) => this.showTrouble(text),
    }, this.editor);
  }

  /** Somebody corrected who is who: the same video with other people. */
  async changePeople({ who: people, version, mesh }) {
    this.past.add(this.data.version).delete(version);
    const others = this.data.layers.filter((layer) => layer !== "mesh");
    const data = { ...this.data, people, version, layers: mesh ? [...others, "mesh"] : others };
    this.data = data;
    showLayers(this.find(".layers"), data.layers, this.layers);
    this.source.close();
    this.source = new Source(data, this.filesOf(data), () => this.refresh());
    this.panel.open(data, this.source);
    if (!people.some(({ id }) => id === this.person)) this.person = people[0]?.id ?? null;
    this.stage.paint();
    await this.axis.changePeople(data, this.source);
    this.choose(this.person);
    this.editor.changed();
  }

  /** Something was drawn in the lanes. */
  redraw() {
    this.axis?.lanes.draw();
    if (this.source) this.stage.paint();
  }

  sceneAt(frame) {
    const mesh = this.layers.mesh && this.data.layers.includes("mesh");
    return {
      people: this.source
        .peopleAt(frame)
        .map((person) => ({ ...person, done: this.editor.doneAt(person.id, frame) })),
      mesh: mesh ? this.source.meshAt(frame, !this.video.paused) : null,
      layers: this.layers,
      person: this.person,
    };
  }

  listen() {
    const { root, video } = this;
    root.addEventListener("click", (event) => {
      const command = event.target.closest("[data-command]")?.dataset.command;
      if (command) this.run(command);
    });
    root.addEventListener("keydown", (event) => {
      if (event.target.matches("select, input")) return;
      const onButton = event.target.matches("button, a") && [" ", "Enter"].includes(event.key);
      const edit = this.editor.active && editCommandOf(event);
      const command = edit || commandOf(event);
      if (!command || onButton) return;
      event.preventDefault();
      event.stopPropagation();
      if (edit) this.editor.run(edit);
      else this.run(command);
    });
    this.find(".overlay").onclick = (event) => this.pickAt(event);
    this.find("[data-setting=speed]").onchange = (event) => {
      this.setSpeed(Number(event.target.value));
    };
    video.onplay = video.onpause = () => {
      this.find("[data-command=play]").textContent = video.paused ? "Play" : "Pause";
    };
    video.onended = () => (this.axis.loop ? this.again() : this.settle());
    video.onerror = () => this.showTrouble("This browser cannot play the video of this run.");
  }

  /** Something has come, or the view of the bodies was turned: draw the same frame again. */
  refresh() {
    if (this.closed || !this.source) return;
    this.stage.paint();
    this.showPanel();
  }

  /** Show the panel anew, at most once each time the screen is drawn. */
  showPanel() {
    this.waiting ??= requestAnimationFrame(() => this.drawPanel());
  }

  /** Draw the panel now: with the picture it can never be of another frame. */
  drawPanel() {
    this.waiting = null;
    if (this.closed || !this.axis) return;
    this.panel.show(this.stage.frame ?? this.frame, this.person, !this.video.paused, this.axis.loop);
  }

  /** A frame has come to the screen. */
  shown(frame) {
    this.root.dataset.shown = frame;
    this.drawPanel();
    if (this.video.paused) return;
    const { loop } = this.axis;
    if (loop && (frame >= loop[1] || frame < loop[0] - 1)) this.stage.seek(loop[0]);
    this.moveTo(frame);
  }

  /** Repeat: a loop that reaches to the last frame may meet the video's end first. */
  again() {
    this.stage.seek(this.axis.loop[0]);
    this.play();
  }

  /** Every command of a button or key, by name. */
  run(command) {
    const { clock } = this.data;
    const { frames } = clock;
    const second = (way) => this.step(clock.frameAt(clock.at(this.frame) + way) - this.frame || way);
    const commands = {
      play: () => (this.video.paused ? this.play() : this.pause()),
      back: () => this.step(-1),
      forward: () => this.step(1),
      secondBack: () => second(-1),
      secondForward: () => second(1),
      start: () => this.step(-frames),
      end: () => this.step(frames),
      zoomIn: () => this.axis.zoom(2),
      zoomOut: () => this.axis.zoom(0.5),
      zoomAll: () => this.axis.showAll(),
      loop: () => this.axis.toggleLoop(),
      loopFrom: () => this.axis.loopFrom(),
      loopTo: () => this.axis.loopTo(),
      slower: () => this.changeSpeed(-1),
      faster: () => this.changeSpeed(1),
      previousPerson: () => this.pickNext(-1),
      nextPerson: () => this.pickNext(1),
      help: () => this.toggleHelp(),
      fold: () => this.axis.tools.fold(),
      difference: () => this.goToDifference(),
      correct: () => this.toggleCorrect(),
    };
    if (commands[command]) commands[command]();
    else this.toggle(command);
  }

  play() {
    clearTimeout(this.settling);
    this.video.play().catch(() => this.video.onpause());
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

  /** Go to a frame; the page is not told. */
  seek(frame) {
    this.moveTo(clamp(frame, 0, this.data.video.frames - 1));
    this.source.ask(this.frame);
    this.stage.seek(this.frame);
  }

  moveTo(frame) {
    this.frame = frame;
    const text = `${clockText(this.data.clock.at(frame))}  frame ${frame}`;
    this.axis.moveTo(frame, text);
    this.find(".time").textContent = text;
    this.root.dataset.frame = frame;
  }

  /** Tell the page where we are, once we have stood still for a moment. */
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.closed || !(this.video.paused || this.video.ended)) return;
      this.setStateValue?.("cursor", { frame: this.frame, person: this.person, seek: this.data.seek });
    }, SETTLED);
  }

  pick(person, frame = this.frame) {
    this.video.pause();
    this.choose(person);
    this.seek(frame);
    this.stage.paint();
    this.settle();
  }

  pickAt(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = this.data.video.width / box.width;
    const point = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const found = personUnder(this.source.peopleAt(this.stage.frame ?? this.frame), ...point);
    if (found) this.pick(found.id);
    else this.run("play");
  }

  pickNext(step) {
    const ids = this.data.people.map(({ id }) => id);
    if (!ids.length) return;
    const at = ids.indexOf(this.person);
    this.pick(ids[at < 0 ? 0 : (at + step + ids.length) % ids.length]);
  }

  /** Look at a person; at nobody where there is none of that number. */
  choose(person) {
    this.person = this.data.people.some(({ id }) => id === person) ? person : null;
    this.axis.choose(this.person);
    if (this.editor.active) this.editor.select(null);
    this.showPanel();
  }

  changeSpeed(step) {
    const at = SPEEDS.indexOf(this.video.playbackRate);
    this.setSpeed(SPEEDS[clamp(at + step, 0, SPEEDS.length - 1)]);
    this.find("[data-setting=speed]").value = String(this.video.playbackRate);
  }

  /** Of this video and of those that are chosen after it. */
  setSpeed(rate) {
    this.video.playbackRate = this.video.defaultPlaybackRate = rate;
  }

  toggle(layer) {
    if (!this.data.layers.includes(layer)) return;
    this.layers[layer] = !this.layers[layer];
    showLayers(this.find(".layers"), this.data.layers, this.layers);
    this.stage.paint();
  }

  goToDifference() {
    const found = this.axis.nextDifference();
    if (found) this.pick(found.person, found.frame);
    else if (found === null) this.showTrouble("The two models nowhere differ by 30 points or more.");
  }

  toggleCorrect() {
    if (this.find("[data-command=correct]").hidden) return;
    this.editor.toggle();
    this.root.classList.toggle("correcting", this.editor.active);
    this.find("[data-command=correct]").setAttribute("aria-pressed", String(this.editor.active));
    if (this.editor.active) this.find(".editor").scrollIntoView({ block: "nearest" });
  }

  toggleHelp() {
    const list = this.find(".help");
    list.hidden = !list.hidden;
    this.find("[data-command=help]").setAttribute("aria-expanded", String(!list.hidden));
    showKeys(list);
  }

  resized() {
    this.stage.resize();
    this.axis?.changed();
    if (this.source) this.showPanel();
  }

  showTrouble(text) {
    if (this.closed) return;
    const place = this.find(".trouble");
    place.textContent = text;
    place.hidden = false;
  }

  close() {
    this.closed = true;
    clearTimeout(this.settling);
    this.watcher.disconnect();
    this.axis?.close();
    this.source?.close();
    this.panel.close();
    this.stage.close();
  }
}
