import { same } from "./corrections.js";

/** The spans of a person as a table whose frames can be typed: for keys and screen readers. */
export class SpanTable {
  /**
   * @param {HTMLTableElement} table
   * @param {HTMLElement} wrong a place for what is wrong with typed frames
   * @param {{change: (span: object, next: object) => void, erase: (span: object) => void,
   *   pick: (span: object) => void}} on
   */
  constructor(table, wrong, on) {
    this.table = table;
    this.wrong = wrong;
    this.on = on;
  }

  /** @param {Map<number, string>} names of actions */
  show(spans, selected, names) {
    const words = JSON.stringify([spans, selected]);
    if (this.words === words) return;
    this.words = words;
    this.say("");
    this.table.hidden = !spans.length;
    const ordered = [...spans].sort((a, b) => a.first - b.first || a.action - b.action);
    this.table.tBodies[0].replaceChildren(
      ...ordered.map((span) => this.row(span, same(span, selected), names.get(span.action) ?? `${span.action}`)),
    );
  }

  say(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = !text;
  }

  row(span, chosen, name) {
    const row = document.createElement("tr");
    row.className = chosen ? "selected" : "";
    const head = document.createElement("th");
    head.scope = "row";
    const pick = button(name, `Choose ${name}, frames ${span.first} to ${span.last}`, () => this.on.pick(span));
    pick.setAttribute("aria-pressed", String(chosen));
    head.append(pick);
    row.append(head);
    for (const end of ["first", "last"]) {
      const field = document.createElement("input");
      Object.assign(field, { type: "number", min: 0, value: span[end] });
      field.setAttribute("aria-label", `${end === "first" ? "First" : "Last"} frame of ${name}`);
      field.onchange = () => {
        const typed = field.value === "" ? NaN : Math.round(Number(field.value));
        field.value = span[end];
        this.changed(span, { ...span, [end]: typed });
      };
      row.insertCell().append(field);
    }
    row.insertCell().append(button("Delete", `Delete ${name}, frames ${span.first} to ${span.last}`, () => this.on.erase(span)));
    return row;
  }

  changed(span, next) {
    const why = refused(next);
    if (why) this.say(`${why} The span stays at ${span.first} to ${span.last}.`);
    else this.on.change(span, next);
  }
}

/** Why a span cannot have the frames first..last; "" where it can. */
export function refused({ first, last }) {
  if (!Number.isFinite(first) || !Number.isFinite(last)) return "A frame is a whole number.";
  return first > last ? `The first frame cannot be after the last, but ${first} is after ${last}.` : "";
}

function button(text, label, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.onclick = pressed;
  return made;
}
