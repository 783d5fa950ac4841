import assert from "node:assert/strict";
import { test } from "node:test";

import { drawMarks, leap, marksAt } from "../../../app/results/clip_player/marks.js";

const MARKS = [1, 2, 4].map((time) => ({ time, boxes: [{ box: [0, 0, 1, 1], kind: "true", text: `${time}` }] }));

test("boxes are those of the nearest keyframe, clear at it and gone far from it", () => {
  assert.equal(marksAt(MARKS, 2.05).boxes[0].text, "2");
  assert.equal(marksAt(MARKS, 2.05).alpha, 1);
  assert.equal(marksAt(MARKS, 1.6).boxes[0].text, "2");
  const strengths = [2.1, 2.2, 2.3, 2.4, 2.49].map((time) => marksAt(MARKS, time).alpha);
  for (let i = 1; i < strengths.length; i++) assert.ok(strengths[i] < strengths[i - 1] && strengths[i] > 0.1);
  assert.equal(marksAt(MARKS, 3), null);
  assert.equal(marksAt([], 3), null);
});

test("the part is repeated from its beginning, and whoever is before it is brought in", () => {
  assert.equal(leap(3, 2, 5), null);
  assert.equal(leap(4.99, 2, 5), 2);
  assert.equal(leap(9, 2, 5), 2);
  assert.equal(leap(0.5, 2, 5), 2);
});

test("boxes are drawn in pixels of the canvas, and words stay within it", () => {
  const drawn = [];
  const words = [];
  const context = {
    setLineDash() {},
    strokeRect: (...rectangle) => drawn.push(rectangle),
    fillRect: (...rectangle) => words.push(rectangle),
    fillText() {},
    measureText: (text) => ({ width: 9 * text.length }),
  };
  const boxes = [{ box: [0.9, 0, 1, 0.5], kind: "this", text: "a long name" }];
  drawMarks(context, { boxes, alpha: 1 }, 200, 100, 1);
  assert.deepEqual(drawn.at(-1).map(Math.round), [180, 0, 20, 50]);
  const [left, top, wide] = words[0];
  assert.ok(left >= 0 && left + wide <= 200 && top >= 0);
});
