/** What is above the lanes: order, filter, folding. */
export class LaneTools {
  /**
   * @param {HTMLElement} root
   * @param {object} data what the page gave
   * @param {{sort: (order: string) => void, foldAll: (folded: boolean) => void,
   *   filter: () => void}} on
   */
  constructor(root, data, on) {
    this.root = root;
    this.action = "";
    this.folded = false;
    const order = root.querySelector("[data-lanes=order]");
    const byAction = order.querySelector("[value=action]");
    const action = root.querySelector("[data-lanes=action]");
    const known = data.actions.filter(([id]) => data.known.includes(id));
    action.replaceChildren(new Option("do anything", ""), ...known.map(([id, name]) => new Option(name, id)));
    byAction.hidden = true;
    order.value = "seen";
    order.onchange = () => on.sort(order.value);
    action.onchange = () => {
      this.action = action.value;
      byAction.hidden = !this.action;
      order.value = this.action ? "action" : "seen";
      on.sort(order.value);
      on.filter();
    };
    const fold = root.querySelector("[data-command=fold]");
    const say = () => (fold.textContent = this.folded ? "Unfold all" : "Fold all");
    say();
    this.fold = () => {
      this.folded = !this.folded;
      say();
      on.foldAll(this.folded);
    };
    root.querySelector("[data-command=difference]").hidden = !data.b;
    this.count(data.people.length);
  }

  /** How many people there are: of one there is nothing to sort. */
  count(people) {
    for (const part of this.root.querySelectorAll(".of-many")) part.hidden = people < 2;
  }
}
