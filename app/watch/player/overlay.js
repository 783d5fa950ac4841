import { strips } from "./mask.js";

/** SMPL's tree: the parent of each of the 24 joints. */
const PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21];

/** How faint a person is who was not seen: the tracker predicts where they are. */
const PREDICTED = 0.55;

/**
 * Draw what is known of one frame over the video.
 *
 * @param {CanvasRenderingContext2D} context scaled so that 1 is a pixel of the video
 * @param {object} scene `people` (see `personAt`), `mesh` (picture or null), `layers` (what to draw),
 *   `person` (the chosen track id), `size` [width, height] of the video, `scale` screen pixels a
 *   video pixel
 */
export function drawOverlay(context, scene) {
  const { layers, size } = scene;
  if (layers.mesh && scene.mesh) context.drawImage(scene.mesh, 0, 0, size[0], size[1]);
  const labels = [];
  for (const person of scene.people) {
    context.save();
    if (!person.seen) context.globalAlpha = PREDICTED;
    if (layers.masks && person.mask) drawMask(context, person, size[1]);
    if (layers.skeletons && person.joints) drawSkeleton(context, person, scene.scale);
    if (layers.boxes) drawBox(context, person, scene);
    if (layers.boxes || layers.words) drawName(context, person, scene, labels);
    context.restore();
  }
}

/**
 * One person at a frame, from a chunk of the overlay, in pixels (a chunk has tenths of them); null
 * where the person is not or long unseen.
 */
export function personAt(track, frame) {
  const row = frame - track.first;
  if (row < 0 || row >= track.box.length || track.shown[row] === 0) return null;
  return {
    box: track.box[row].map((tenths) => tenths / 10),
    seen: track.seen[row] === 1,
    lifted: track.body[row] === 2,
    joints: track.body[row] > 0 ? pairs(track.joints[row]) : undefined,
    unseen: track.unseen?.[row] ?? 0,
    mask: track.mask?.[row],
  };
}

/** [x, y] of each joint, in pixels, from x, y, x, y... in tenths. */
function pairs(row) {
  return PARENTS.map((_, joint) => [row[2 * joint] / 10, row[2 * joint + 1] / 10]);
}

/** The person under a point of the video: the one with the smallest box around it, or null. */
export function personUnder(people, x, y) {
  const area = ({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1);
  return people
    .filter(({ box: [x1, y1, x2, y2] }) => x >= x1 && x <= x2 && y >= y1 && y <= y2)
    .reduce((best, person) => (best && area(best) <= area(person) ? best : person), null);
}

function drawMask(context, person, height) {
  context.globalAlpha = 0.45;
  context.fillStyle = person.color;
  const parts = strips(person.mask, height);
  for (let i = 0; i < parts.length; i += 3) context.fillRect(parts[i], parts[i + 1], 1, parts[i + 2]);
  context.globalAlpha = 1;
}

function drawSkeleton(context, person, scale) {
  const [seen, hidden] = [new Path2D(), new Path2D()];
  PARENTS.forEach((parent, joint) => {
    if (parent < 0) return;
    const bones = (person.unseen >> parent) & 1 ? hidden : seen;
    bones.moveTo(...person.joints[parent]);
    bones.lineTo(...person.joints[joint]);
  });
  context.lineCap = "round";
  stroke(context, seen, "#000a", 4.5 / scale);
  for (const [bones, dashed] of [[hidden, true], [seen, !person.lifted]]) {
    if (dashed) context.setLineDash([5 / scale, 5 / scale]);
    stroke(context, bones, person.color, (bones === hidden ? 1.5 : 2.5) / scale);
    context.setLineDash([]);
  }
}

function drawBox(context, person, { scale, person: chosen }) {
  const [x1, y1, x2, y2] = person.box;
  const outline = new Path2D();
  outline.rect(x1, y1, x2 - x1, y2 - y1);
  const width = (person.id === chosen ? 4 : 2) / scale;
  if (!person.seen) context.setLineDash([8 / scale, 6 / scale]);
  stroke(context, outline, "#0008", width + 2 / scale);
  stroke(context, outline, person.color, width);
}

/**
 * The person's number and, where it is wanted, what the person does: as somebody corrected it (`done`),
 * or else what is most probable. `lart_core.rendering.labels` writes the same.
 */
export function nameOf({ id, seen, action, done = [] }, words) {
  const parts = [`${id}`];
  if (words && done.length) parts.push(`${done.map(shortened).join(", ")} (corrected)`);
  else if (words && action?.a != null) parts.push(`${shortened(action.name)} ${Math.round(100 * action.a)} %`);
  if (!seen) parts.push("predicted");
  return parts.join("  ");
}

/** An AVA action without its explanation: "bend/bow (at the waist)" is "bend/bow". */
function shortened(name) {
  return name.replace(/ \(.*\)$/, "");
}

/**
 * Where a label of [width, height] goes: above the box, else below it, else on its lower end; never
 * on head and chest, if it can be nor on those of the others. Past labels that are there already it
 * moves away from the box.
 *
 * @param {object[]} labels places that are taken: left, top, right, bottom
 * @param {object[]} heads places of the others' heads and chests
 * @returns {number[]} left and top
 */
export function labelPlace([x1, y1, , y2], [width, height], [across, down], labels, heads = []) {
  const left = Math.max(0, Math.min(x1, across - width));
  const meets = (top) => (l) =>
    left < l.right && left + width > l.left && top < l.bottom && top + height > l.top;
  const above = [];
  for (let top = y1 - height; top >= 0; top -= height) above.push(top);
  const under = [];
  for (let top = Math.max(0, y2); top + height <= down; top += height) under.push(top);
  const lowerEnd = Math.max(0, Math.min(y2, down) - height);
  const places = [...above, ...under.slice(0, 1), lowerEnd, ...under.slice(1)];
  for (const taken of [[...labels, ...heads], labels]) {
    const top = places.find((place) => !taken.some(meets(place)));
    if (top !== undefined) return [left, top];
  }
  return [left, lowerEnd];
}

/** Where a person's head and chest are: the upper half of the box. */
export function headOf([x1, y1, x2, y2]) {
  return { left: x1, top: y1, right: x2, bottom: (y1 + y2) / 2 };
}

function drawName(context, person, { scale, layers, size, people }, labels) {
  context.setLineDash([]);
  context.font = `600 ${14 / scale}px sans-serif`;
  const text = nameOf(person, layers.words);
  const width = context.measureText(text).width + 12 / scale;
  const height = 20 / scale;
  const heads = people.filter(({ id }) => id !== person.id).map(({ box }) => headOf(box));
  const [left, top] = labelPlace(person.box, [width, height], size, labels, heads);
  labels.push({ left, top, right: left + width, bottom: top + height });
  context.fillStyle = person.color;
  context.fillRect(left, top, width, height);
  context.fillStyle = person.ink;
  context.textBaseline = "middle";
  context.fillText(text, left + 6 / scale, top + height / 2);
}

function stroke(context, path, style, width) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.stroke(path);
}
