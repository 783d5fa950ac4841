import { Numbers } from "./numbers.js";
import { Orbit } from "./orbit.js";
import { Painter } from "./painter.js";
import { posed, readRest, readSkin } from "./skeleton.js";

const TRAIL = 2;
const CONE = 0.9;
const PREDICTED = 0.35;

/** Everyone's body where it stands: ground, camera, trails; it follows the player's cursor. */
export class Scene {
  /**
   * @param {HTMLElement} root with a canvas, buttons with `data-view`, and a place for trouble
   * @param {() => void} changed called when something has come and the scene is to be drawn anew
   */
  constructor(root, changed) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.changed = changed;
    this.orbit = new Orbit();
    this.numbers = new Numbers(root.querySelector(".numbers"));
    this.file = root.querySelector(".glb");
    this.style = "bodies";
    this.rests = new Map();
    try {
      this.painter = new Painter(this.canvas);
    } catch (error) {
      this.say(error.message);
    }
    this.listen();
    this.watcher = new ResizeObserver(() => this.changed());
    this.watcher.observe(this.canvas);
  }

  /** Another run: `data` as the page gave it, `files` where its bodies come from. */
  open(data, files) {
    const another = this.data?.address !== data.address;
    this.data = data;
    this.files = files;
    this.rests = new Map();
    this.numbers.clear();
    this.file.hidden = !files.bodies;
    this.painter?.bodies.clear();
    if (!another && this.skin) return;
    this.skin = null;
    this.framed = false;
    files.skin().then((buffer) => {
      this.skin = readSkin(buffer);
      this.painter?.setSkin(this.skin);
      this.changed();
    }, () => this.say("The bodies could not be fetched."));
  }

  listen() {
    const { canvas, orbit } = this;
    canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = (event) => {
      if (!event.buttons) return;
      this.move(() => orbit.rotate(-event.movementX / 150, event.movementY / 150));
    };
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.move(() => orbit.zoom(Math.exp(-event.deltaY / 500)));
    }, { passive: false });
    canvas.onkeydown = (event) => {
      const turns = {
        ArrowLeft: () => orbit.rotate(0.15, 0),
        ArrowRight: () => orbit.rotate(-0.15, 0),
        ArrowUp: () => orbit.rotate(0, 0.1),
        ArrowDown: () => orbit.rotate(0, -0.1),
        "+": () => orbit.zoom(1.2),
        "-": () => orbit.zoom(1 / 1.2),
      };
      if (!turns[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(turns[event.key]);
    };
    this.root.addEventListener("click", (event) => {
      const view = event.target.closest("[data-view]")?.dataset.view;
      if (view) this.look(view);
    });
  }

  /** Turn or come closer; from now on the view is the user's. */
  move(how) {
    how();
    this.changed();
  }

  look(view) {
    if (view === "style") {
      this.style = this.style === "bodies" ? "skeletons" : "bodies";
      this.root.querySelector("[data-view=style]").setAttribute("aria-pressed", String(this.style === "skeletons"));
    } else this.view = view;
    this.framed = view === "style" && this.framed;
    this.changed();
  }

  /**
   * Draw a frame; `person` is the one looked at, `tracks` what `posesAt` gives. Without a graphics
   * card every other frame is drawn while the video plays, so that it goes on smoothly.
   */
  draw(frame, person, tracks, playing) {
    const { painter, canvas, skin } = this;
    if (!painter || !skin || !this.data) return;
    if (playing && painter.software && frame === this.drawn + 1) return;
    this.drawn = frame;
    const density = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth * density, canvas.clientHeight * density].map(Math.round);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const here = tracks.filter(({ first, count }) => frame >= first && frame < first + count);
    const people = here.map((track) => this.bodyOf(track, frame)).filter(Boolean);
    if (people.length === here.length) this.aim(people, person);
    const camera = this.orbit.matrix(width / height);
    const facts = new Map(this.data.people.map((one) => [one.id, one]));
    this.numbers.show(people, camera, [canvas.clientWidth, canvas.clientHeight], (id) => facts.get(id));
    painter.begin(camera);
    painter.lines([...this.groundLines(), ...this.cameraLines()]);
    for (const { id, track, color } of people) painter.lines(this.trail(track, frame, color), "LINE_STRIP");
    for (const { id, seen, unseen, bones, places, color } of people) {
      const shade = [...color, seen ? 1 : PREDICTED];
      const hidden = seen ? unseen : 0;
      if (this.style === "bodies" && painter.bodies.has(id)) painter.body(id, bones, shade, hidden);
      else painter.lines(this.boneLines(places, shade, hidden));
    }
    canvas.dataset.frame = frame;
  }

  /** Where the bodies in view come as a file: those of `span`, of one person where one is looked at. */
  offer(span, person) {
    if (!this.files?.bodies) return;
    const one = ["person", "side"].includes(this.view) ? person : null;
    this.file.href = this.files.bodies(...span, one);
  }

  /** A person's pose at a frame; null while the body is on its way. */
  bodyOf(track, frame) {
    const row = frame - track.first;
    const facts = this.data.people.find(({ id }) => id === track.id);
    if (!facts) return null;
    const { rests } = this;
    if (!rests.has(track.id)) {
      rests.set(track.id, null);
      this.files.rest(track.id).then((buffer) => {
        if (rests !== this.rests || !this.skin) return;
        rests.set(track.id, readRest(buffer, this.skin));
        this.painter.addBody(track.id, rests.get(track.id));
        this.changed();
      }, () => {});
    }
    const rest = rests.get(track.id);
    if (!rest) return null;
    const color = [1, 3, 5].map((at) => parseInt(facts.color.slice(at, at + 2), 16) / 255);
    return { id: track.id, track, color, seen: track.seen[row] === 1, unseen: track.unseen[row], ...posed(track, row, rest, this.skin.parents) };
  }

  /** Keep everyone, or the chosen person, in the middle; where the user turned it stays turned. */
  aim(people, person) {
    const chosen = people.find(({ id }) => id === person);
    const side = this.view === "side" && chosen;
    const around = (this.view === "person" || side) && chosen ? [chosen] : people;
    if (!around.length) return;
    const follow = around.length === 1 && this.view && this.view !== "all";
    if (this.framed && !follow) return;
    const box = bounds(around);
    const target = [0, 1, 2].map((axis) => (box.low[axis] + box.high[axis]) / 2);
    if (this.framed) {
      this.orbit.target = target;
      return;
    }
    const radius = Math.max(1, Math.hypot(...[0, 1, 2].map((axis) => box.high[axis] - box.low[axis])) / 2);
    this.orbit.frame(target, radius);
    if (side) Object.assign(this.orbit, { turn: sideOf(chosen.bones), tilt: 0.05 });
    else if (this.view === "camera") Object.assign(this.orbit, { turn: 0, tilt: 0 });
    else Object.assign(this.orbit, { turn: 0.6, tilt: 0.3 });
    this.framed = true;
  }

  groundLines() {
    const { ground } = this.data;
    if (ground === null || ground === undefined) return [];
    const lines = [];
    const [tx, , tz] = this.orbit.target.map(Math.round);
    for (let step = -6; step <= 6; step++) {
      const paint = [0.5, 0.5, 0.5, step % 2 ? 0.18 : 0.32];
      lines.push(tx + step, ground, tz - 6, ...paint, tx + step, ground, tz + 6, ...paint);
      lines.push(tx - 6, ground, tz + step, ...paint, tx + 6, ground, tz + step, ...paint);
    }
    return lines;
  }

  /** The camera's place and what it sees: its focal length is the longer side of the picture. */
  cameraLines() {
    const { width, height } = this.data.video;
    const longer = Math.max(width, height);
    const [x, y] = [(CONE * width) / longer / 2, (CONE * height) / longer / 2];
    const corners = [[-x, -y], [x, -y], [x, y], [-x, y]].map(([a, b]) => [a, b, CONE]);
    const paint = [0.45, 0.5, 0.55, 0.9];
    return corners.flatMap((corner, index) => [
      0, 0, 0, ...paint, ...corner, ...paint,
      ...corner, ...paint, ...corners[(index + 1) % 4], ...paint,
    ]);
  }

  trail(track, frame, color) {
    const row = frame - track.first;
    const { clock } = this.data;
    const from = Math.max(0, clock.frameAt(clock.at(frame) - TRAIL) - track.first);
    const points = [];
    for (let at = from; at <= row; at++) {
      const age = (row - at) / Math.max(1, row - from);
      points.push(...track.pelvis.subarray(3 * at, 3 * at + 3), ...color, 0.9 * (1 - age));
    }
    return points;
  }

  /** The skeleton; bones of the parts in the bits of `unseen` are paler. */
  boneLines(places, shade, unseen) {
    const lines = [];
    const pale = [...shade.slice(0, 3), shade[3] * PREDICTED];
    this.skin.parents.forEach((parent, joint) => {
      if (parent < 0) return;
      const paint = (unseen >> parent) & 1 ? pale : shade;
      for (const end of [parent, joint]) lines.push(...places.subarray(3 * end, 3 * end + 3), ...paint);
    });
    return lines;
  }

  say(text) {
    this.root.querySelector(".note").textContent = text;
  }

  close() {
    this.watcher.disconnect();
    this.painter?.close();
  }
}

/** Low and high corner of the joints of some people. */
function bounds(people) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { places } of people) {
    places.forEach((value, index) => {
      low[index % 3] = Math.min(low[index % 3], value);
      high[index % 3] = Math.max(high[index % 3], value);
    });
  }
  return { low, high };
}

/** The turn of a view that sees a person's left side: from where their left arm points. */
export function sideOf(bones) {
  // At rest people look along +z with their left at +x; the pelvis says where that is now.
  const [x, z] = [bones[0], bones[2]];
  return Math.atan2(-x, -z);
}
