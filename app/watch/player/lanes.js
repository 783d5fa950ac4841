const ROW = 22;
const PRESENCE = 8;

/** The lanes: one canvas a person, a row an action, over the time that the timeline shows. */
export class Lanes {
  /**
   * @param {HTMLElement} parent
   * @param {Timeline} timeline
   * @param {{pick: (person: number) => void, seek: (frame: number, person: number) => void}} on
   */
  constructor(parent, timeline, on) {
    this.parent = parent;
    this.timeline = timeline;
    this.on = on;
    this.cursor = parent.querySelector(".cursor");
    this.tip = parent.querySelector(".tip");
    this.rows = new Map();
  }

  /** Lay out the people; `people` as the page gave them. */
  layOut(people) {
    for (const { element } of this.rows.values()) element.remove();
    this.rows.clear();
    for (const person of people) {
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
      const list = document.createElement("ul");
      const canvas = document.createElement("canvas");
      canvas.setAttribute("aria-hidden", "true");
      canvas.onclick = (event) => this.on.seek(this.frameOf(event), person.id);
      canvas.onpointermove = (event) => this.showTip(event, person.id);
      canvas.onpointerleave = () => (this.tip.hidden = true);
      element.append(name, list, canvas);
      this.parent.append(element);
      this.rows.set(person.id, { element, list, name, canvas, person, lane: null });
    }
  }

  /** Take the probabilities that the server sent. */
  fill(answer) {
    this.answer = answer;
    for (const [id, row] of this.rows) {
      row.lane = answer.people[id] ?? null;
      const actions = row.lane?.actions ?? [];
      row.list.replaceChildren(
        ...actions.map(({ name }) => {
          const item = document.createElement("li");
          item.textContent = name;
          item.title = name;
          return item;
        }),
      );
    }
    this.draw();
  }

  choose(person) {
    for (const [id, { element, name }] of this.rows) {
      element.classList.toggle("chosen", id === person);
      name.setAttribute("aria-pressed", String(id === person));
    }
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
    const canvas = this.rows.values().next().value?.canvas;
    if (!canvas) return [0, this.parent.clientWidth || 1];
    return [canvas.offsetLeft, canvas.clientWidth || 1];
  }

  draw() {
    const style = getComputedStyle(this.parent);
    for (const row of this.rows.values()) this.drawPerson(row, style);
  }

  drawPerson({ canvas, lane, person }, style) {
    const actions = lane?.actions ?? [];
    const height = PRESENCE + Math.max(1, actions.length) * ROW;
    canvas.style.height = `${height}px`;
    const density = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    const context = canvas.getContext("2d");
    context.scale(density, density);
    if (!lane) return;
    const ink = style.color;
    const x = (moment) => this.timeline.edge(moment, width);
    this.drawPresence(context, lane, person.color, ink, x, height);
    actions.forEach((action, index) => {
      const bottom = PRESENCE + (index + 1) * ROW;
      context.globalAlpha = 0.25;
      context.fillStyle = ink;
      context.fillRect(x(lane.first), bottom - 1, x(lane.last + 1) - x(lane.first), 1);
      context.globalAlpha = 1;
      for (const [first, last] of action.truth ?? []) {
        context.fillStyle = ink;
        context.fillRect(x(first), bottom - 4, x(last + 1) - x(first), 3);
      }
      this.drawCurve(context, action.a, bottom - 1, x, { fill: person.color });
      if (action.b) this.drawCurve(context, action.b, bottom - 1, x, { line: ink });
    });
  }

  /** Solid where the person was seen, hatched where the tracker only predicted. */
  drawPresence(context, lane, color, ink, x, height) {
    context.fillStyle = color;
    context.fillRect(x(lane.first), 1, x(lane.last + 1) - x(lane.first), PRESENCE - 3);
    for (const [first, last] of lane.gaps) {
      const left = x(first);
      const right = Math.max(x(last + 1), left + 1);
      context.clearRect(left, 0, right - left, PRESENCE);
      context.save();
      context.beginPath();
      context.rect(left, 0, right - left, height);
      context.clip();
      context.globalAlpha = 0.3;
      context.strokeStyle = ink;
      context.beginPath();
      for (let at = left - height; at < right; at += 6) {
        context.moveTo(at, height);
        context.lineTo(at + height, 0);
      }
      context.stroke();
      context.restore();
    }
  }

  drawCurve(context, values, bottom, x, { fill, line }) {
    const { first, last, bins } = this.answer;
    const step = (last + 1 - first) / bins;
    const full = ROW - 4;
    const path = new Path2D();
    let open = false;
    for (let bin = 0; bin <= bins; bin++) {
      const value = bin < bins ? values[bin] : -1;
      const left = x(first + bin * step);
      if (value < 0) {
        if (open && fill) path.lineTo(left, bottom);
        open = false;
        continue;
      }
      const top = bottom - (value / 1000) * full;
      if (!open) path.moveTo(left, fill ? bottom : top);
      open = true;
      path.lineTo(left, top);
      path.lineTo(x(first + (bin + 1) * step), top);
    }
    if (fill) {
      context.fillStyle = fill;
      context.fill(path);
    } else {
      context.strokeStyle = line;
      context.lineWidth = 1.25;
      context.stroke(path);
    }
  }

  frameOf(event) {
    const box = event.currentTarget.getBoundingClientRect();
    return this.timeline.frameAt(event.clientX - box.left, box.width);
  }

  showTip(event, id) {
    const { lane } = this.rows.get(id);
    const frame = this.frameOf(event);
    const text = lane && describe(this.answer, lane, frame, event.offsetY);
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    const frameBox = this.parent.getBoundingClientRect();
    const x = event.clientX - frameBox.left;
    this.tip.style.left = `${Math.min(x + 12, frameBox.width - this.tip.offsetWidth - 4)}px`;
    this.tip.style.top = `${event.clientY - frameBox.top + 14}px`;
  }
}

/** What the pointer is over, in words: action, values of the models, state of the track. */
export function describe(answer, lane, frame, y) {
  const bin = Math.floor(((frame - answer.first) * answer.bins) / (answer.last + 1 - answer.first));
  const action = lane.actions[Math.floor((y - PRESENCE) / ROW)];
  if (frame < lane.first || frame > lane.last || bin < 0 || bin >= answer.bins) return "";
  const parts = [`frame ${frame}`];
  if (action) {
    parts.unshift(action.name);
    if (action.a[bin] >= 0) parts.push(`${answer.a} ${(action.a[bin] / 10).toFixed(1)} %`);
    if (action.b && action.b[bin] >= 0) parts.push(`${answer.b} ${(action.b[bin] / 10).toFixed(1)} %`);
    if ((action.truth ?? []).some(([first, last]) => frame >= first && frame <= last)) {
      parts.push("labelled so by people");
    }
  }
  if (lane.gaps.some(([first, last]) => frame >= first && frame <= last)) {
    parts.push("not seen, predicted");
  }
  return parts.join(" · ");
}
