/** A field that finds a label by any of its words: type, choose with the arrows, Enter. */

const SHOWN = 8;

export class LabelSearch {
  /**
   * @param {HTMLElement} root with an input, a list, and a place for what is wrong
   * @param {(id: number) => void} chosen
   */
  constructor(root, chosen) {
    this.input = root.querySelector("input");
    this.list = root.querySelector("ul");
    this.wrong = root.querySelector(".wrong");
    this.chosen = chosen;
    this.at = 0;
    this.input.oninput = () => this.show();
    this.input.onfocus = () => this.show();
    this.input.onblur = () => this.hide();
    this.input.onkeydown = (event) => this.key(event);
  }

  /** @param {[number, string][]} labels */
  open(labels) {
    this.labels = labels;
  }

  show() {
    this.found = matching(this.labels, this.input.value).slice(0, SHOWN);
    this.say(this.found.length ? "" : unknown(this.input.value));
    this.at = 0;
    this.list.replaceChildren(
      ...this.found.map(([id, name], index) => {
        const item = document.createElement("li");
        item.role = "option";
        item.id = `label-${id}`;
        item.textContent = name;
        item.onpointerdown = (event) => {
          event.preventDefault();
          this.choose(index);
        };
        return item;
      }),
    );
    this.mark();
  }

  say(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = !text;
  }

  mark() {
    const open = this.found.length > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    [...this.list.children].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === this.at));
    });
    const here = this.list.children[this.at];
    if (here) this.input.setAttribute("aria-activedescendant", here.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      const count = this.found.length || 1;
      this.at = (this.at + steps[event.key] + count) % count;
      this.mark();
    } else if (event.key === "Enter") this.choose(this.at);
    else if (event.key === "Escape") this.input.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(index) {
    const label = this.found?.[index];
    if (!label) return;
    this.input.value = "";
    this.input.blur();
    this.chosen(label[0]);
  }

  hide() {
    this.found = [];
    this.mark();
  }
}

/** What is said where no action is called so. */
export function unknown(query) {
  return `None of AVA's actions is called “${query.trim()}”: try another word, such as walk, fall or phone.`;
}

/** Labels with every word of a query, those that begin so first. */
export function matching(labels, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const has = ([, name]) => words.every((word) => name.toLowerCase().includes(word));
  const begins = ([, name]) => Number(!name.toLowerCase().startsWith(words[0] ?? ""));
  return labels.filter(has).sort((one, other) => begins(one) - begins(other));
}
