/** How one person's lanes are drawn: presence, curves of one or two models, labels, corrections. */

export const PRESENCE = 8;
const ONE = 26;
const TWO = 46;
/** Where model B's baseline lies below A's, and the strip between them that marks differences. */
const APART = 22;
const STRIP = 4;
/** Thousandths by which two models differ where it is marked. */
const DIFFERENT = 300;

/** Height of the lane of an action: of two models one above the other. */
export function laneHeight(two) {
  return two ? TWO : ONE;
}

/** Steps [from, until) of two curves in which they lie far apart. */
export function differences(a, b) {
  const found = [];
  a.forEach((value, step) => {
    if (value < 0 || !(b[step] >= 0) || Math.abs(value - b[step]) < DIFFERENT) return;
    if (found.at(-1)?.[1] === step) found.at(-1)[1] = step + 1;
    else found.push([step, step + 1]);
  });
  return found;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} row `lane` (of the server, or null), `actions` that are shown, `person`, `spans` that
 *   were drawn, `selected` among them
 * @param {{first: number, last: number, bins: number, b: string}} answer what the curves are of
 * @param {Timeline} timeline
 * @param {{ink: string, accent: string}} paint
 */
export function drawRow(canvas, row, answer, timeline, paint) {
  const two = Boolean(answer?.b);
  const height = PRESENCE + Math.max(1, row.actions.length) * laneHeight(two);
  canvas.style.height = `${height}px`;
  const density = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext("2d");
  context.scale(density, density);
  const { lane } = row;
  if (!lane) return;
  const x = (moment) => timeline.edge(moment, width);
  drawPresence(context, lane, row.person.color, paint.ink, x, height);
  row.actions.forEach((action, index) => {
    const top = PRESENCE + index * laneHeight(two);
    drawAction(context, action, top, { row, answer, x, paint, two });
  });
}

function drawAction(context, action, top, { row, answer, x, paint, two }) {
  const { lane, person } = row;
  const bottom = top + (two ? APART - STRIP : ONE) - 2;
  const lower = bottom + APART;
  const base = (at) => {
    context.globalAlpha = 0.3;
    context.fillStyle = paint.ink;
    context.fillRect(x(lane.first), at, x(lane.last + 1) - x(lane.first), 1);
    context.globalAlpha = 1;
  };
  base(bottom);
  for (const [first, last] of action.truth ?? []) {
    context.fillStyle = paint.ink;
    context.fillRect(x(first), bottom - 3, x(last + 1) - x(first), 3);
  }
  const step = (answer.last + 1 - answer.first) / answer.bins;
  const at = (bin) => x(answer.first + bin * step);
  if (action.a) fillCurve(context, action.a, bottom, at, two ? 16 : 21, person.color, paint.ink);
  if (two) {
    base(lower);
    if (action.b) fillCurve(context, action.b, lower, at, 16, stripes(context, person.color), paint.ink);
    context.fillStyle = paint.ink;
    for (const [from, until] of differences(action.a ?? [], action.b ?? [])) {
      context.fillRect(at(from), bottom + 2, Math.max(1.5, at(until) - at(from)), STRIP - 1);
    }
  }
  for (const span of row.spans.filter((one) => one.action === action.id)) {
    drawSpan(context, span, top, two ? TWO : ONE, x, span === row.selected, paint, person.color);
  }
}

/** A span that somebody drew: a frame with handles at its ends. */
function drawSpan(context, { first, last }, top, height, x, selected, paint, color) {
  const [left, right] = [x(first), Math.max(x(last + 1), x(first) + 3)];
  context.fillStyle = color;
  context.globalAlpha = 0.22;
  context.fillRect(left, top + 1, right - left, height - 3);
  context.globalAlpha = 1;
  context.strokeStyle = context.fillStyle = selected ? paint.accent : paint.ink;
  context.lineWidth = selected ? 3 : 2;
  context.strokeRect(left + 1, top + 2, right - left - 2, height - 5);
  for (const end of [left, right - 5]) context.fillRect(end, top + height / 2 - 6, 5, 12);
}

/** Solid where the person was seen, hatched where the tracker only predicted. */
function drawPresence(context, lane, color, ink, x, height) {
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

/** A curve filled down to `bottom`, with a line along its top. */
function fillCurve(context, values, bottom, at, full, fill, ink) {
  const area = new Path2D();
  const line = new Path2D();
  let open = false;
  for (let bin = 0; bin <= values.length; bin++) {
    const value = bin < values.length ? values[bin] : -1;
    if (value < 0) {
      if (open) area.lineTo(at(bin), bottom);
      open = false;
      continue;
    }
    const top = bottom - (value / 1000) * full;
    if (!open) {
      area.moveTo(at(bin), bottom);
      line.moveTo(at(bin), top);
    }
    open = true;
    for (const path of [area, line]) {
      path.lineTo(at(bin), top);
      path.lineTo(at(bin + 1), top);
    }
  }
  context.fillStyle = fill;
  context.fill(area);
  context.strokeStyle = ink;
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.stroke(line);
  context.globalAlpha = 1;
}

/** A colour in stripes, so that a second model is told from the first without colours. */
function stripes(context, color) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const paint = tile.getContext("2d");
  paint.strokeStyle = color;
  paint.lineWidth = 2.5;
  for (const shift of [-6, 0, 6]) {
    paint.moveTo(shift, 6);
    paint.lineTo(shift + 6, 0);
  }
  paint.stroke();
  return context.createPattern(tile, "repeat");
}
