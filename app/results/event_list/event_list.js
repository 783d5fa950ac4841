import { mounting } from "../component/mount.js";

export default mounting((parent) => new EventList(parent.querySelector(".events")));

/** Rows of failures; one is chosen. */
class EventList {
  constructor(root) {
    this.root = root;
    this.pressed = (event) => this.key(event);
    document.addEventListener("keydown", this.pressed);
  }

  /** @param {{rows: object[], chosen: string}} data as `app.results.event_list` makes it */
  update(data) {
    const text = JSON.stringify(data.rows);
    if (text !== this.text) {
      this.text = text;
      this.rows = data.rows;
      this.root.replaceChildren(...data.rows.map((row) => this.item(row)));
      this.root.scrollTop = 0;
    }
    this.mark(data.chosen);
  }

  item(row) {
    const item = made("li");
    item.id = `event-${row.id}`;
    item.setAttribute("role", "option");
    const picture = made("div", "picture");
    picture.setAttribute("aria-hidden", "true");
    if (row.picture) {
      const image = made("img");
      image.loading = "lazy";
      image.alt = "";
      image.src = row.picture;
      image.onerror = () => image.remove();
      picture.append(image);
    }
    const box = made("i");
    const [x1, y1, x2, y2] = row.box.map((value) => `${100 * value}`);
    Object.assign(box.style, {
      left: `${x1}%`,
      top: `${y1}%`,
      width: `${x2 - x1}%`,
      height: `${y2 - y1}%`,
    });
    picture.append(box);
    const words = made("div");
    words.append(made("strong", "", row.title), made("span", "", row.words));
    item.append(picture, words, made("div", "cost", row.cost));
    item.onclick = () => this.choose(row.id);
    return item;
  }

  /** The keys work on the whole page, but where somebody writes. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.root.isConnected) return;
    const [target] = event.composedPath();
    if (target.matches?.("input, textarea, select, [contenteditable], [role=combobox]")) return;
    const inside = event.composedPath().includes(this.root);
    const steps = { j: 1, k: -1, ...(inside && { ArrowDown: 1, ArrowUp: -1 }) };
    if (event.key in steps) {
      event.preventDefault();
      const at = this.rows.findIndex(({ id }) => id === this.chosen);
      const row = this.rows[Math.min(Math.max(at + steps[event.key], 0), this.rows.length - 1)];
      if (row) this.choose(row.id);
    } else if (event.key === "Enter" && (inside || target === document.body)) {
      document.querySelector(".st-key-chosen-case")?.scrollIntoView({ block: "start" });
    }
  }

  choose(id) {
    if (id === this.chosen) return;
    this.mark(id);
    this.setTriggerValue("choose", id);
  }

  mark(id) {
    this.chosen = id;
    for (const item of this.root.children) {
      const here = item.id === `event-${id}`;
      item.setAttribute("aria-selected", String(here));
      if (here) {
        this.root.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    }
  }

  close() {
    document.removeEventListener("keydown", this.pressed);
  }
}

function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
