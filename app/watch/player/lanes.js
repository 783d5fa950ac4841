import { PRESENCE, drawRow, laneHeight } from "./lane_row.js";

/** From so many people on, only the chosen person's lanes are open at first. */
const MANY = 5;

/** The lanes: one canvas a person, a row an action, over the time that the timeline shows. */
export class Lanes {
  /**
   * @param {HTMLElement} parent
   * @param {Timeline} timeline
   * @param {{pick: (person: number) => void, seek: (frame: number, person: number) => void,
   *   spans: (person: number) => object[], selected: () => object|null,
   *   hold: (event: PointerEvent, place: object) => boolean}} on `hold` takes a press for itself
   *   where spans are drawn
   */
  constructor(parent, timeline, on) {
    this.parent = parent;
    this.timeline = timeline;
    this.on = on;
    this.cursor = parent.querySelector(".cursor");
    this.tip = parent.querySelector(".tip");
    this.list = parent.querySelector(".people");
    this.rows = new Map();
    this.order = "seen";
    this.names = new Map();
  }

  /**
   * Lay out the people in place of whoever's lanes are there, of another run or model, too; `people`
   * as the page gave them, `actions` are [AVA id, name].
   */
  layOut(people, actions = []) {
    const open = new Set([...this.rows].filter(([, { folded }]) => !folded).map(([id]) => id));
    const known = this.rows.size > 0;
    this.list.replaceChildren(this.cursor);
    this.tip.hidden = true;
    this.rows.clear();
    this.names = new Map(actions);
    for (const person of people) {
      const row = this.addPerson(person);
      row.folded = people.length >= MANY && !(known && open.has(person.id));
    }
  }

  addPerson(person) {
    const element = document.createElement("div");
    element.className = "person";
    const name = document.createElement("button");
    name.type = "button";
    name.className = "name";
    name.textContent = person.id;
    name.setAttribute("aria-label", `Person ${person.id}`);
    name.title = `Look at person ${person.id}`;
    name.style.background = person.color;
    name.style.color = person.ink;
    name.onclick = () => this.on.pick(person.id);
    const fold = document.createElement("button");
    fold.type = "button";
    fold.className = "fold";
    fold.setAttribute("aria-label", `Lanes of person ${person.id}`);
    fold.onclick = () => this.fold(person.id);
    const list = document.createElement("ul");
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    canvas.onpointerdown = (event) => this.press(event, person.id);
    canvas.onpointermove = (event) => this.showTip(event, person.id);
    canvas.onpointerleave = () => (this.tip.hidden = true);
    const head = document.createElement("div");
    head.className = "head";
    head.append(name, fold);
    element.append(head, list, canvas);
    this.list.append(element);
    const row = { element, list, name, fold, canvas, person, lane: null, actions: [], spans: [], folded: false };
    this.rows.set(person.id, row);
    return row;
  }

  /** A press seeks, unless a span is held by it. */
  press(event, id) {
    if (event.button) return;
    const frame = this.frameOf(event);
    const { canvas, actions } = this.rows.get(id);
    const at = Math.floor((event.offsetY - PRESENCE) / laneHeight(this.answer?.b));
    const action = actions[at];
    if (action && this.on.hold(event, { person: id, action: action.id, frame, canvas })) return;
    this.on.seek(frame, id);
  }

  fold(id, folded = !this.rows.get(id).folded) {
    this.rows.get(id).folded = folded;
    this.draw();
  }

  foldAll(folded) {
    for (const row of this.rows.values()) row.folded = folded;
    this.draw();
  }

  /** Take the probabilities that the server sent. */
  fill(answer) {
    this.answer = answer;
    for (const [id, row] of this.rows) row.lane = answer.people[id] ?? null;
    this.sort();
    this.draw();
  }

  /** Everyone who does the action that was asked for, in the chosen order. */
  sort(order = this.order) {
    this.order = order;
    const value = ({ lane, person }) => {
      if (!lane) return Infinity;
      if (order === "number") return person.id;
      if (order === "first") return lane.first;
      if (order === "action") return -(lane.best ?? 0);
      return -(lane.last + 1 - lane.first - lane.gaps.reduce((sum, [a, b]) => sum + b + 1 - a, 0));
    };
    const rows = [...this.rows.values()].sort((a, b) => value(a) - value(b) || a.person.id - b.person.id);
    for (const row of rows) {
      row.element.hidden = row.lane?.best !== undefined && row.lane.best < 100;
      this.list.append(row.element);
    }
    const shown = rows.filter(({ element }) => !element.hidden);
    this.parent.querySelector(".nobody").hidden = shown.length > 0 || rows.length === 0;
  }

  choose(person) {
    for (const [id, { element, name }] of this.rows) {
      element.classList.toggle("chosen", id === person);
      name.setAttribute("aria-pressed", String(id === person));
    }
    const row = this.rows.get(person);
    if (row?.folded && this.rows.size >= MANY) this.fold(person, false);
    const box = row?.element;
    if (!box) return;
    const [top, end] = [box.offsetTop, box.offsetTop + box.offsetHeight];
    const view = [this.parent.scrollTop, this.parent.scrollTop + this.parent.clientHeight];
    if (top < view[0] || end > view[1]) this.parent.scrollTop = top - this.list.offsetTop;
  }

  /** Move the cursor; nothing is drawn anew. */
  moveCursor(frame) {
    const [left, width] = this.axis();
    const x = this.timeline.xOf(frame, width);
    this.cursor.hidden = x < 0 || x > width || this.rows.size === 0;
    this.cursor.style.transform = `translateX(${left + x}px)`;
  }

  /** Left end and width of the time axis in pixels, within the lanes. */
  axis() {
    for (const { canvas } of this.rows.values()) {
      if (canvas.clientWidth) return [canvas.offsetLeft, canvas.clientWidth];
    }
    return [0, this.parent.clientWidth || 1];
  }

  draw() {
    const style = getComputedStyle(this.parent);
    const paint = { ink: style.color, accent: style.getPropertyValue("--accent") };
    for (const row of this.rows.values()) {
      if (row.element.hidden) continue;
      row.spans = this.on.spans(row.person.id);
      row.selected = this.on.selected();
      this.listActions(row);
      drawRow(row.canvas, row, this.answer, this.timeline, paint);
    }
  }

  /** The actions of a person's lanes: the server's, and what was drawn since. */
  listActions(row) {
    const lanes = row.lane?.actions ?? [];
    const drawn = [...new Set(row.spans.map(({ action }) => action))].filter(
      (id) => !lanes.some((lane) => lane.id === id),
    );
    const every = [...lanes, ...drawn.map((id) => ({ id, name: this.names.get(id) ?? `${id}` }))];
    row.actions = row.folded ? every.slice(0, 1) : every;
    row.fold.textContent = row.folded ? "▸" : "▾";
    row.fold.hidden = every.length < 2;
    row.fold.setAttribute("aria-expanded", String(!row.folded));
    row.element.classList.toggle("two", Boolean(this.answer?.b));
    const words = JSON.stringify([this.answer?.b, row.actions.map(({ id }) => id)]);
    if (row.list.dataset.words === words) return;
    row.list.dataset.words = words;
    row.list.replaceChildren(
      ...row.actions.map(({ name }) => {
        const item = document.createElement("li");
        item.textContent = name;
        item.title = name;
        return item;
      }),
    );
  }

  frameOf(event, canvas = event.currentTarget) {
    const box = canvas.getBoundingClientRect();
    return this.timeline.frameAt(event.clientX - box.left, box.width);
  }

  showTip(event, id) {
    const row = this.rows.get(id);
    const frame = this.frameOf(event);
    const text = row.lane && describe(this.answer, row, frame, event.offsetY);
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    const frameBox = this.parent.getBoundingClientRect();
    const x = event.clientX - frameBox.left;
    this.tip.style.left = `${Math.max(0, Math.min(x + 12, frameBox.width - this.tip.offsetWidth - 20))}px`;
    this.tip.style.top = `${event.clientY - frameBox.top + this.parent.scrollTop + 14}px`;
  }
}

/** What the pointer is over, in words: action, values of the models, state of the track. */
export function describe(answer, { lane, actions = lane.actions, spans = [] }, frame, y) {
  const bin = Math.floor(((frame - answer.first) * answer.bins) / (answer.last + 1 - answer.first));
  const action = actions[Math.floor((y - PRESENCE) / laneHeight(answer.b))];
  if (frame < lane.first || frame > lane.last || bin < 0 || bin >= answer.bins) return "";
  const parts = [`frame ${frame}`];
  const inside = ([first, last]) => frame >= first && frame <= last;
  if (action) {
    parts.unshift(action.name);
    if (action.a?.[bin] >= 0) parts.push(`${answer.a} ${(action.a[bin] / 10).toFixed(1)} %`);
    if (action.b?.[bin] >= 0) parts.push(`${answer.b} ${(action.b[bin] / 10).toFixed(1)} %`);
    if ((action.truth ?? []).some(inside)) parts.push("labelled so by people");
    if (spans.some((span) => span.action === action.id && inside([span.first, span.last]))) {
      parts.push("corrected: it is so");
    }
  }
  if (lane.gaps.some(inside)) parts.push("not seen, predicted");
  return parts.join(" · ");
}
