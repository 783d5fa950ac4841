import { History, NOTHING, bringBack, erase, merge, put, remove, same, split, startFrom, swap } from "./corrections.js";
import { LabelSearch } from "./label_search.js";
import { Saver } from "./saver.js";
import { dragSpan } from "./span_drag.js";
import { SpanTable } from "./span_table.js";
import { clamp } from "./timeline.js";

/** Corrections of a run: what is drawn in the lanes, who is who, undo, and saving. */
export class Editor {
  /**
   * @param {HTMLElement} root the part of the page under the lanes
   * @param {{redraw: () => void, people: (answer: {who: object[], version: string, mesh: boolean}) => void,
   *   lanes: () => Map<number, object>, frame: () => number, person: () => number|null,
   *   timeline: () => Timeline, seek: (frame: number) => void, pick: (person: number) => void,
   *   settle: () => void}} on
   */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.find = (selector) => root.querySelector(selector);
    this.active = false;
    this.selected = null;
    this.shown = NOTHING;
    this.search = new LabelSearch(this.find(".label-search"), (action) => this.add(action));
    this.table = new SpanTable(this.find("table"), this.find(".wrong.frames"), {
      change: (span, next) => this.retime(span, next),
      erase: (span) => this.change(erase(this.state, span), null),
      pick: (span) => {
        this.select(span);
        on.seek(span.first);
      },
    });
    root.addEventListener("click", (event) => {
      const name = event.target.closest("[data-edit]")?.dataset.edit;
      if (name) this.run(name);
      const back = event.target.closest("[data-back]")?.dataset.back;
      if (back) this.change(bringBack(this.state, Number(back)), null);
    });
    this.forget();
  }

  /** Another run, or the same with other models. */
  async open(data, files) {
    this.data = data;
    this.files = files;
    this.names = new Map(data.actions);
    this.search.open(data.actions);
    this.find("[data-edit=start]").hidden = !data.a;
    this.find("[data-edit=start]").textContent = `Start from what ${data.a} says`;
    if (files.save) {
      this.find(".take").href = files.groundTruth;
      this.find(".teach").href = files.teach;
      this.find(".teaching").hidden = !data.teach;
    }
    const asked = (this.asked = data.address);
    if (this.opened === data.address) return;
    const former = this.saver?.close();
    this.forget();
    await former;
    if (asked !== this.asked) return;
    const record = await files.corrections().catch((error) => {
      this.saver.say(`The corrections could not be read: ${error.message}`);
    });
    if (asked !== this.asked || !record) return;
    this.opened = data.address;
    this.history = new History({ spans: record.spans, people: record.people, deleted: record.deleted });
    this.saver.open(files, record);
    this.changed();
  }

  forget() {
    this.saver = new Saver(this.find(".saved"), this.find("[data-edit=again]"), (answer, people) => {
      if (people) this.on.people(answer);
      this.on.settle();
    });
    this.saver.say("");
    this.opened = null;
    this.history = new History(NOTHING);
    this.shown = NOTHING;
    this.selected = null;
  }

  get state() {
    return this.history.state;
  }

  toggle(active = !this.active) {
    this.active = active && Boolean(this.opened);
    this.root.hidden = !this.active;
    this.select(null);
    if (this.active && this.on.person() === null) this.on.pick([...this.on.lanes().keys()][0] ?? null);
  }

  /** The spans of a person, as they are being drawn. */
  spansOf(person) {
    return this.shown.spans.filter((span) => span.person === person);
  }

  /** What somebody drew of a person at a frame: names of actions. */
  doneAt(person, frame) {
    return this.shown.spans
      .filter((span) => span.person === person && frame >= span.first && frame <= span.last)
      .map(({ action }) => this.names.get(action));
  }

  /** A press in a lane; true where it is taken. */
  hold(event, place) {
    if (!this.active) return false;
    const lane = this.on.lanes().get(place.person);
    const own = this.spansOf(place.person).filter(({ action }) => action === place.action);
    this.on.pick(place.person);
    dragSpan(event, place, lane, own, this.on.timeline(), {
      preview: (before, span, frame) => {
        this.shown = put(this.state, before, span);
        this.selected = this.shown.spans.at(-1);
        this.on.seek(frame);
        this.on.redraw();
      },
      done: (before, span) => this.change(put(this.state, before, span), span),
      pressed: (span, frame) => {
        this.shown = this.state;
        this.select(span);
        this.on.seek(frame);
      },
    });
    return true;
  }

  select(span) {
    this.selected = span;
    this.changed();
  }

  /** A new state of the corrections; the span around `span` is selected in it. */
  change(state, span) {
    if (!this.opened) return;
    this.history.go(state);
    this.saved(span);
  }

  saved(span) {
    const around = (other) =>
      span && other.person === span.person && other.action === span.action && other.first <= span.first && other.last >= span.last;
    this.selected = this.state.spans.find(around) ?? null;
    this.saver.save(this.state);
    this.changed();
  }

  changed() {
    const { history } = this;
    this.shown = this.state;
    const person = this.on.person();
    const there = [...this.on.lanes().keys()];
    const others = there.filter((id) => id !== person);
    const nobody = person === null;
    this.find(".whom").textContent = nobody ? "Nobody chosen" : `Person ${person}`;
    this.table.show(this.spansOf(person), this.selected, this.names);
    this.find("[data-edit=undo]").disabled = !history.past.length;
    this.find("[data-edit=redo]").disabled = !history.future.length;
    this.find("[data-edit=erase]").disabled = !this.selected;
    this.find(".after").hidden = !this.state.spans.length;
    const select = this.find("[data-with]");
    if (select.dataset.ids !== String(others)) {
      select.dataset.ids = String(others);
      select.replaceChildren(...others.map((id) => new Option(`person ${id}`, id)));
    }
    for (const name of ["start", "split", "remove"]) this.find(`[data-edit=${name}]`).disabled = nobody;
    for (const name of ["merge", "swap"]) this.find(`[data-edit=${name}]`).disabled = nobody || !others.length;
    this.showDeleted();
    this.on.redraw();
  }

  /** Who was deleted, each with the way back. */
  showDeleted() {
    const list = this.find(".deleted");
    const deleted = Object.entries(this.state.deleted);
    list.hidden = !deleted.length;
    list.replaceChildren(
      ...deleted.map(([id, { spans }]) => {
        const item = document.createElement("li");
        const kept = spans.length ? `; ${spans.length} of its spans ${spans.length > 1 ? "are" : "is"} kept` : "";
        const button = document.createElement("button");
        Object.assign(button, { type: "button", textContent: "Bring back" });
        button.dataset.back = id;
        button.setAttribute("aria-label", `Bring back person ${id}`);
        item.append(`Person ${id} was deleted${kept}. `, button);
        return item;
      }),
    );
  }

  bounded(span) {
    const lane = this.on.lanes().get(span.person);
    const first = clamp(span.first, lane.first, lane.last);
    return { ...span, first, last: clamp(span.last, first, lane.last) };
  }

  /** Other frames of a span, as typed; where the person is not there it is said. */
  retime(span, next) {
    const bounded = this.bounded(next);
    if (!same(bounded, span)) this.change(put(this.state, span, bounded), bounded);
    const { first, last } = this.on.lanes().get(span.person);
    const words = `Person ${span.person} is only there in frames ${first} to ${last}, so the span is now ${bounded.first} to ${bounded.last}.`;
    this.table.say(same(bounded, next) ? "" : words);
  }

  /** A second of an action, from the cursor on. */
  add(action) {
    const person = this.on.person();
    const lane = this.on.lanes().get(person);
    if (!lane) return this.search.say("Choose a person first: in the video, or by a number beside the lanes.");
    const first = this.on.frame();
    if (first < lane.first || first > lane.last) {
      return this.search.say(`Person ${person} is not there in frame ${first}: put the cursor on one of ${lane.first} to ${lane.last}.`);
    }
    const span = this.bounded({ person, action, first, last: first + Math.round(this.data.video.fps) - 1 });
    this.change(put(this.state, null, span), span);
    this.root.closest(".player").focus();
  }

  /** Move or resize what is selected. */
  alter(first, last) {
    const { selected } = this;
    if (!selected) return;
    const next = this.bounded({ ...selected, first, last });
    if (next.last >= next.first && !same(next, selected)) this.change(put(this.state, selected, next), next);
  }

  step(way) {
    const spans = this.spansOf(this.on.person()).sort((a, b) => a.first - b.first || a.action - b.action);
    if (!spans.length) return;
    const at = spans.findIndex((span) => same(span, this.selected));
    const next = spans[at < 0 ? 0 : (at + way + spans.length) % spans.length];
    this.select(next);
    this.on.seek(next.first);
  }

  /** Every command of a button or key, by name; says whether there is such a one. */
  run(name) {
    const { selected } = this;
    const frame = this.on.frame();
    const commands = {
      find: () => this.search.input.focus(),
      begin: () => selected && this.alter(Math.min(frame, selected.last), selected.last),
      end: () => selected && this.alter(selected.first, Math.max(frame, selected.first)),
      earlier: () => this.shift(-1),
      later: () => this.shift(1),
      previous: () => this.step(-1),
      next: () => this.step(1),
      erase: () => selected && this.change(erase(this.state, selected), null),
      undo: () => this.history.undo() && this.saved(null),
      redo: () => this.history.redo() && this.saved(null),
      again: () => this.saver.retry(this.state),
      start: () => this.start(),
      split: () => this.split(),
      merge: () => this.merge(),
      swap: () => this.swap(),
      remove: () => this.remove(),
    };
    commands[name]?.();
    return name in commands;
  }

  shift(frames) {
    const lane = this.on.lanes().get(this.selected?.person);
    const { first, last } = this.selected ?? {};
    if (lane && first + frames >= lane.first && last + frames <= lane.last) this.alter(first + frames, last + frames);
  }

  async start() {
    const person = this.on.person();
    try {
      const { spans } = await this.files.said(this.data.a);
      if (!spans.some((span) => span.person === person)) {
        this.saver.say(`${this.data.a} is sure of nothing that person ${person} does.`);
        return;
      }
      this.change(startFrom(this.state, person, spans), null);
    } catch (error) {
      this.saver.say(`What ${this.data.a} says could not be fetched: ${error.message}`);
    }
  }

  split() {
    const [person, frame] = [this.on.person(), this.on.frame()];
    const lane = this.on.lanes().get(person);
    if (!lane || frame <= lane.first || frame > lane.last) {
      this.saver.say("Put the cursor on the frame in which somebody new begins.");
      return;
    }
    this.change(split(this.state, this.on.lanes(), person, frame)[0], null);
  }

  merge() {
    const found = merge(this.state, this.on.lanes(), this.on.person(), this.other());
    if (typeof found === "string") this.saver.say(found);
    else this.change(found, null);
  }

  swap() {
    const [one, two, frame] = [this.on.person(), this.other(), this.on.frame()];
    const lanes = this.on.lanes();
    if (frame > lanes.get(one).last && frame > lanes.get(two).last) {
      this.saver.say("Neither of them is there from this frame on.");
      return;
    }
    this.change(swap(this.state, lanes, one, two, frame), null);
  }

  remove() {
    const person = this.on.person();
    if (person !== null) this.change(remove(this.state, person), null);
  }

  other() {
    return Number(this.find("[data-with]").value);
  }
}
