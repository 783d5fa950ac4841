import { same } from "./corrections.js";

/** The spans of a person as a table whose frames can be typed: for keys and screen readers. */
export class SpanTable {
  /**
   * @param {HTMLTableElement} table
   * @param {{change: (span: object, next: object) => void, erase: (span: object) => void,
   *   pick: (span: object) => void}} on
   */
  constructor(table, on) {
    this.table = table;
    this.on = on;
  }

  /** @param {Map<number, string>} names of actions */
  show(spans, selected, names) {
    const words = JSON.stringify([spans, selected]);
    if (this.words === words) return;
    this.words = words;
    this.table.hidden = !spans.length;
    const ordered = [...spans].sort((a, b) => a.first - b.first || a.action - b.action);
    this.table.tBodies[0].replaceChildren(
      ...ordered.map((span) => this.row(span, same(span, selected), names.get(span.action) ?? `${span.action}`)),
    );
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
      field.onchange = () => this.changed(span, { ...span, [end]: Math.round(Number(field.value)) }, field);
      row.insertCell().append(field);
    }
    row.insertCell().append(button("Delete", `Delete ${name}, frames ${span.first} to ${span.last}`, () => this.on.erase(span)));
    return row;
  }

  changed(span, next, field) {
    if (Number.isFinite(next.first) && Number.isFinite(next.last) && next.first <= next.last) this.on.change(span, next);
    else field.value = field.defaultValue;
  }
}

function button(text, label, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.onclick = pressed;
  return made;
}
