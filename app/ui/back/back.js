import { replaces } from "./history.js";

/**
 * Streamlit puts every change of the address into the browser's history: the choices that a page
 * fills in by itself, so that going back leads to where they are filled in anew and never away; and
 * of a change of page first the new parameters with the old page. Neither is a place to go back to.
 */
export default () => {
  const { history, location } = window;
  if (history.lart) return;
  history.lart = true;
  const push = history.pushState.bind(history);
  let last = null;
  history.pushState = (state, title, address) => {
    const before = new URL(location.href);
    const next = new URL(address ?? before, before);
    const halfWay = last && last.search === next.search && before.search === next.search;
    if (before.pathname !== next.pathname && halfWay) {
      if (last.pushed) history.replaceState(state, title, address);
      else {
        history.replaceState(history.state, "", last.from);
        push(state, title, address);
      }
      last = null;
      return;
    }
    const pushed = !replaces(before, next);
    if (pushed) push(state, title, address);
    else history.replaceState(state, title, address);
    last = { from: before.href, search: next.search, pushed };
  };
};
