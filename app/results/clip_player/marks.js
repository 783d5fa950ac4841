const REACH = 0.5;
const CLEAR = 0.1;
const FAINT = 0.15;

const STYLES = {
  true: { color: "#009E73", dash: [], width: 2 },
  said: { color: "#D55E00", dash: [8, 6], width: 2 },
  this: { color: "#0072B2", dash: [], width: 4 },
};

/**
 * The boxes to draw at a time and how strongly: those of the nearest keyframe, clear at it and
 * fading away from it, for nobody has said where people are between keyframes. Null if none is near.
 *
 * @param {{time: number, boxes: object[]}[]} marks
 */
export function marksAt(marks, time) {
  let best = null;
  for (const one of marks) {
    if (!best || Math.abs(one.time - time) < Math.abs(best.time - time)) best = one;
  }
  const away = best ? Math.abs(best.time - time) : Infinity;
  if (away > REACH) return null;
  const alpha = 1 - ((1 - FAINT) * Math.max(0, away - CLEAR)) / (REACH - CLEAR);
  return { boxes: best.boxes, alpha };
}

/** Where to go on when the time has left the part that is repeated; null while it has not. */
export function leap(time, first, last) {
  return time >= last - 0.02 || time < first - 0.1 ? first : null;
}

/** Draw boxes; `density` is how many pixels of the canvas are one of the page. */
export function drawMarks(context, { boxes, alpha }, width, height, density) {
  context.globalAlpha = alpha;
  for (const { box, kind, text } of boxes) {
    const [x1, y1, x2, y2] = box.map((value, side) => value * (side % 2 ? height : width));
    const style = STYLES[kind];
    context.setLineDash([]);
    if (kind !== "said") outline(context, [x1, y1, x2 - x1, y2 - y1], "#000a", (style.width + 2) * density);
    context.setLineDash(style.dash.map((length) => length * density));
    outline(context, [x1, y1, x2 - x1, y2 - y1], style.color, style.width * density);
    if (text) drawWords(context, text, x1, kind === "said" ? y2 : y1, style.color, width, density);
  }
  context.globalAlpha = 1;
}

function outline(context, rectangle, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.strokeRect(...rectangle);
}

function drawWords(context, text, x, y, color, width, density) {
  context.font = `600 ${13 * density}px sans-serif`;
  const long = Math.min(context.measureText(text).width + 10 * density, width);
  const high = 19 * density;
  const left = Math.max(0, Math.min(x, width - long));
  const top = Math.max(0, y - high);
  context.fillStyle = color;
  context.fillRect(left, top, long, high);
  context.fillStyle = "#fff";
  context.textBaseline = "middle";
  context.fillText(text, left + 5 * density, top + high / 2, long - 10 * density);
}
