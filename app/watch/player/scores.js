/** What the models say of each person at a frame, read from the chunks of `scores`. */

const SHOWN = 6;
const FAINTEST = 0.005;

/**
 * A person's actions at a frame, the most probable by the first model that speaks first.
 *
 * @param {{first: number, actions: object[]}} person of a chunk
 * @returns {{id: number, name: string, a: number|null, b: number|null, silent: boolean[]}[]}
 *   probabilities in 0..1, null where a model says nothing; `silent` is whether it says nothing of
 *   any action there (too little was seen of the person)
 */
export function actionsAt(person, frame) {
  if (!person) return [];
  const row = frame - person.first;
  const silent = ["a", "b"].map((model) => {
    const said = person.actions.flatMap((action) => action[model]?.[row] ?? []);
    return said.length > 0 && said.every((value) => value === 0);
  });
  const at = (curve, slot) => (curve && curve[row] >= 0 && !silent[slot] ? curve[row] / 1000 : null);
  return person.actions
    .map(({ id, name, a, b }) => ({ id, name, a: at(a, 0), b: at(b, 1), silent }))
    .filter(({ a, b }) => Math.max(a ?? 0, b ?? 0) >= FAINTEST)
    .sort((one, other) => (other.a ?? -1) - (one.a ?? -1) || (other.b ?? -1) - (one.b ?? -1));
}

/** Rows of bars: one an action, a bar a model. They are kept and changed, never made anew. */
export class Bars {
  /** @param {HTMLTableElement} table */
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.rows = Array.from({ length: SHOWN }, () => this.addRow());
  }

  addRow() {
    const row = this.body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    row.append(name);
    const cells = [0, 1].map(() => {
      const cell = row.insertCell();
      const bar = document.createElement("span");
      bar.className = "bar";
      const value = document.createElement("span");
      value.className = "value";
      cell.append(bar, value);
      return { cell, bar, value };
    });
    return { row, name, cells };
  }

  /** Name the models; `b` may be missing. */
  head(a, b) {
    const heads = this.table.tHead.rows[0].cells;
    heads[1].textContent = b ? `A ${a}` : a ?? "";
    heads[2].textContent = b ? `B ${b}` : "";
    this.second = Boolean(b);
    heads[2].hidden = !this.second;
  }

  show(actions, color) {
    this.rows.forEach(({ row, name, cells }, index) => {
      const action = actions[index];
      row.hidden = !action;
      if (!action) return;
      name.textContent = action.name;
      [action.a, action.b].forEach((value, slot) => {
        const { cell, bar, value: text } = cells[slot];
        cell.hidden = slot === 1 && !this.second;
        bar.style.width = `${100 * (value ?? 0)}%`;
        bar.style.background = color;
        const nothing = action.silent[slot] ? "says nothing" : "not known to it";
        text.textContent = value === null ? nothing : `${Math.round(100 * value)} %`;
      });
    });
  }
}
