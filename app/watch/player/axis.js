import { differences } from "./lane_row.js";
import { LaneTools } from "./lane_tools.js";
import { Lanes } from "./lanes.js";
import { Ruler } from "./ruler.js";
import { Timeline, clamp } from "./timeline.js";

/** The time axis of a video: ruler and lanes under one cursor, which part they show, and the loop. */
export class TimeAxis {
  /**
   * @param {(selector: string) => HTMLElement} find finds a part of the player
   * @param {object} data what the page gave
   * @param {Source} source
   * @param {{seek: (frame: number) => void, settle: () => void,
   *   pick: (person: number, frame?: number) => void, trouble: (text: string) => void}} on
   * @param {Editor} editor holds what was corrected
   */
  constructor(find, data, source, on, editor) {
    this.source = source;
    this.trouble = on.trouble;
    this.loopButton = find("[data-command=loop]");
    this.timeline = new Timeline(data.clock);
    this.ruler = new Ruler(find(".ruler"), this.timeline, {
      seek: on.seek,
      settle: on.settle,
      wheel: (event) => this.wheel(event),
    });
    this.lanes = new Lanes(find(".lanes"), this.timeline, {
      pick: (person) => on.pick(person),
      seek: (frame, person) => on.pick(person, frame),
      spans: (person) => editor.spansOf(person),
      selected: () => editor.selected,
      hold: (event, place) => editor.hold(event, place),
    });
    this.tools = new LaneTools(find(".lane-tools"), data, {
      sort: (order) => this.lanes.sort(order),
      foldAll: (folded) => this.lanes.foldAll(folded),
      filter: () => this.fetch(),
    });
    this.lanes.layOut(data.people, data.actions);
    this.frame = 0;
    this.setLoop(null);
  }

  /** Other people of the same video. */
  changePeople(data, source) {
    this.source = source;
    this.lanes.layOut(data.people, data.actions);
    this.tools.count(data.people.length);
    return this.fetch();
  }

  choose(person) {
    this.person = person;
    this.lanes.choose(person);
  }

  /** Where everyone is, as far as it is known: person -> lane. */
  get people() {
    return new Map([...this.lanes.rows].filter(([, { lane }]) => lane).map(([id, { lane }]) => [id, lane]));
  }

  /** The next frame at which two models differ: of the chosen person, else of anyone; or null. */
  nextDifference() {
    const { answer } = this.lanes;
    if (!answer?.b) return undefined;
    const step = (answer.last + 1 - answer.first) / answer.bins;
    const of = (lane) =>
      lane.actions.flatMap(({ a, b }) => differences(a, b).map(([bin]) => answer.first + Math.ceil(bin * step)));
    const { people } = this;
    for (const person of [this.person, ...people.keys()]) {
      if (!people.has(person)) continue;
      const frames = of(people.get(person)).sort((a, b) => a - b);
      if (frames.length) return { person, frame: frames.find((frame) => frame > this.frame) ?? frames[0] };
    }
    return null;
  }

  /** Put the cursor on a frame; `text` says where that is. */
  moveTo(frame, text) {
    this.frame = frame;
    if (this.timeline.follow(frame)) this.changed();
    this.lanes.moveCursor(frame);
    this.ruler.say(frame, text);
  }

  zoom(factor) {
    this.timeline.zoom(factor, this.frame);
    this.changed();
  }

  showAll() {
    this.timeline.showAll();
    this.changed();
  }

  /** Repeat [first, last], or nothing (null). */
  setLoop(loop) {
    this.loop = loop;
    this.loopButton.setAttribute("aria-pressed", String(Boolean(loop)));
    this.ruler.draw(loop);
  }

  /** Repeat what is in view, or stop repeating. */
  toggleLoop() {
    this.setLoop(this.loop ? null : [this.timeline.first, this.timeline.last]);
  }

  loopFrom() {
    const end = this.loop?.[1] ?? this.timeline.frames - 1;
    this.setLoop([this.frame, Math.max(this.frame, end)]);
  }

  loopTo() {
    this.setLoop([Math.min(this.frame, this.loop?.[0] ?? 0), this.frame]);
  }

  wheel(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!sideways && !event.ctrlKey) return;
    event.preventDefault();
    const around = this.timeline.frameAt(event.clientX - box.left, box.width);
    if (event.ctrlKey) this.timeline.zoom(Math.exp(-event.deltaY / 300), around);
    else this.timeline.pan(((event.deltaX || event.deltaY) / box.width) * this.timeline.span);
    this.changed();
  }

  /** Draw anew what is there, and ask for what fits the view. */
  changed() {
    this.lanes.draw();
    this.ruler.draw(this.loop);
    this.lanes.moveCursor(this.frame);
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.fetch(), 120);
  }

  /** Ask for the lanes of what is in view, unless just these came or are on their way. */
  async fetch() {
    const { first, last } = this.timeline;
    const [, width] = this.lanes.axis();
    const bins = clamp(Math.round(width), 1, last - first + 1);
    const wanted = [first, last, bins, this.tools.action];
    if (this.asked?.source === this.source && String(this.asked.wanted) === String(wanted)) return;
    const asked = (this.asked = { source: this.source, wanted });
    try {
      const answer = await this.source.lanes(...wanted);
      if (asked !== this.asked) return;
      this.lanes.fill(answer);
      this.ruler.draw(this.loop);
      this.lanes.moveCursor(this.frame);
    } catch {
      if (asked !== this.asked) return;
      this.asked = null;
      this.trouble("The server does not answer. Is it running?");
    }
  }

  close() {
    this.asked = null;
    clearTimeout(this.fetching);
  }
}
