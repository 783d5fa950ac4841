import { clamp } from "./timeline.js";

/** Pixels around the end of a span in which a press takes that end. */
const GRIP = 7;

/**
 * Drag spans in a lane: at an end to change it, in the middle to move it, elsewhere to draw one.
 *
 * @param {PointerEvent} event the press, on the lane's canvas
 * @param {{person: number, action: number, frame: number, canvas: HTMLCanvasElement}} place
 * @param {{first: number, last: number}} lane where the person is
 * @param {object[]} spans those of that person and action
 * @param {Timeline} timeline
 * @param {{preview: (before: object|null, span: object, frame: number) => void,
 *   done: (before: object|null, span: object) => void, pressed: (span: object|null, frame: number) => void}} on `pressed` where
 *   nothing was dragged
 */
export function dragSpan(event, place, lane, spans, timeline, on) {
  const { canvas, person, action, frame } = place;
  const x = (moment) => timeline.edge(moment, canvas.clientWidth);
  const at = event.offsetX;
  const within = ({ first, last }) => at >= x(first) - GRIP && at <= x(last + 1) + GRIP;
  const before = spans.find(within) ?? null;
  const ends = before && [Math.abs(at - x(before.first)), Math.abs(at - x(before.last + 1))];
  const grip = Math.min(GRIP, before ? (x(before.last + 1) - x(before.first)) / 3 : GRIP);
  const end = !before ? "new" : Math.min(...ends) > grip ? "middle" : ends[0] < ends[1] ? "first" : "last";
  const inside = (value) => clamp(value, lane.first, lane.last);
  let span = before;

  const moved = (to) => {
    const now = inside(to);
    if (end === "new") {
      const [first, last] = [Math.min(inside(frame), now), Math.max(inside(frame), now)];
      return { person, action, first, last };
    }
    if (end === "first") return { ...before, first: Math.min(now, before.last) };
    if (end === "last") return { ...before, last: Math.max(now, before.first) };
    const step = clamp(to - frame, lane.first - before.first, lane.last - before.last);
    return { ...before, first: before.first + step, last: before.last + step };
  };

  let dragged = false;
  const move = (moving) => {
    const box = canvas.getBoundingClientRect();
    dragged ||= Math.abs(moving.clientX - event.clientX) > 3;
    if (!dragged) return;
    const to = timeline.frameAt(moving.clientX - box.left, box.width);
    span = moved(to);
    on.preview(before, span, inside(to));
  };
  const over = (cancelled) => () => {
    for (const [name, listener] of listeners) canvas.removeEventListener(name, listener);
    if (dragged && !cancelled) on.done(before, span);
    else on.pressed(before, frame);
  };
  const listeners = [["pointermove", move], ["pointerup", over(false)], ["pointercancel", over(true)]];
  canvas.setPointerCapture(event.pointerId);
  for (const [name, listener] of listeners) canvas.addEventListener(name, listener);
}
