/** Parameters that move while one looks. */
const MOVING = ["frame", "person", "t"];

/** Whether an address only says more exactly what the one before said: the same view of a page. */
export function replaces(before, next) {
  if (before.pathname !== next.pathname || before.origin !== next.origin) return false;
  return [...before.searchParams]
    .filter(([name]) => !MOVING.includes(name))
    .every(([name, value]) => next.searchParams.get(name) === value);
}
