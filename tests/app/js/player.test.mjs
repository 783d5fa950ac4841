import assert from "node:assert/strict";
import { test } from "node:test";

import { Cache } from "../../../app/watch/player/cache.js";
import { Clock } from "../../../app/watch/player/clock.js";
import { commandOf } from "../../../app/watch/player/keys.js";
import { describe as describeLane } from "../../../app/watch/player/lanes.js";
import { strips } from "../../../app/watch/player/mask.js";
import { headOf, labelPlace, nameOf, personAt, personUnder } from "../../../app/watch/player/overlay.js";
import { tickStep } from "../../../app/watch/player/ruler.js";
import { words } from "../../../app/watch/player/panel.js";
import { actionsAt } from "../../../app/watch/player/scores.js";
import { Timeline, clockText } from "../../../app/watch/player/timeline.js";

const even = (frames, fps = 30) => new Clock({ frames, fps });
/** Ten frames at 10/s, a pause of 3 s, ten more; in steps of tenths of milliseconds. */
const pause = new Clock({
  frames: 20,
  fps: 10,
  steps: [...Array(9).fill(1000), 31000, ...Array(9).fill(1000)],
});

test("every frame's time shows that frame, at any rate", () => {
  for (const fps of [1, 23.976, 24, 25, 29.97, 30, 59.94, 120]) {
    const clock = even(20000, fps);
    for (let frame = 0; frame < 20000; frame += 7) {
      assert.equal(clock.frameAt(clock.amid(frame)), frame);
      assert.equal(clock.frameAt(frame / fps), frame);
    }
  }
});

test("a time beyond the video is its last frame", () => {
  assert.equal(even(90).frameAt(99), 89);
  assert.equal(even(90).frameAt(0), 0);
  assert.equal(pause.frameAt(99), 19);
  assert.equal(pause.frameAt(-1), 0);
});

test("a picture that stands still is shown for its time", () => {
  assert.ok(Math.abs(pause.seconds - 5) < 1e-9);
  for (const second of [0.9, 1.5, 2, 3, 3.99]) assert.equal(pause.frameAt(second), 9);
  assert.equal(pause.frameAt(4.0), 10);
  for (let frame = 0; frame < 20; frame++) {
    assert.equal(pause.frameAt(pause.amid(frame)), frame);
    assert.equal(pause.frameAt(pause.at(frame)), frame);
    assert.equal(pause.frameAt(Math.round(pause.at(frame) * 90000) / 90000), frame);
  }
});

test("the axis of a variable rate is one of time", () => {
  const timeline = new Timeline(pause);
  assert.deepEqual([timeline.first, timeline.last], [0, 19]);
  assert.ok(Math.abs(timeline.edge(9, 500) - 90) < 1e-6);
  assert.ok(Math.abs(timeline.edge(10, 500) - 400) < 1e-6);
  assert.ok(Math.abs(timeline.at(2, 500) - 200) < 1e-6);
  for (let frame = 0; frame < 20; frame++) {
    assert.equal(timeline.frameAt(timeline.xOf(frame, 500), 500), frame);
  }
  timeline.zoom(4, 15);
  assert.equal(timeline.frameAt(timeline.xOf(15, 500), 500), 15);
  assert.equal(timeline.follow(9), true);
  assert.equal(timeline.follow(9), false);
});

test("the axis gives back the frame whose middle it showed, at any zoom", () => {
  const timeline = new Timeline(even(500));
  for (const factor of [1, 3, 10]) {
    timeline.zoom(factor, 217);
    for (let frame = timeline.first + 1; frame < timeline.last; frame++) {
      assert.equal(timeline.frameAt(timeline.xOf(frame, 900), 900), frame);
    }
  }
});

test("zooming keeps the frame under the pointer and never leaves the video", () => {
  const timeline = new Timeline(even(1000));
  const before = timeline.xOf(400, 800);
  timeline.zoom(4, 400);
  assert.ok(Math.abs(timeline.xOf(400, 800) - before) < 1e-6);
  timeline.zoom(0.001, 400);
  assert.deepEqual([timeline.first, timeline.last], [0, 999]);
  timeline.zoom(1e6, 3);
  assert.equal(Math.round(timeline.span), 10);
  assert.ok(timeline.start >= 0);
});

test("the view follows the cursor out of sight, and stays otherwise", () => {
  const timeline = new Timeline(even(1000));
  timeline.zoom(10, 50);
  assert.equal(timeline.follow(timeline.first + 1), false);
  assert.equal(timeline.follow(700), true);
  assert.ok(timeline.first <= 700 && 700 <= timeline.last);
});

test("a video of one frame has an axis", () => {
  const timeline = new Timeline(even(1));
  timeline.zoom(2, 0);
  assert.deepEqual([timeline.first, timeline.last, timeline.frameAt(5, 100)], [0, 0, 0]);
});

test("clock", () => {
  assert.equal(clockText(0), "0:00.00");
  assert.equal(clockText(75.5), "1:15.50");
  assert.equal(clockText(600), "10:00.00");
});

test("ticks are never closer than asked", () => {
  for (const seconds of [0.3, 4, 59, 600, 5000]) {
    assert.ok(seconds / tickStep(seconds, 10) <= 10);
  }
});

test("a person at a frame, none before and after", () => {
  const track = {
    first: 5,
    box: [[0, 0, 10, 10], [10, 10, 20, 25], [10, 10, 20, 20]],
    joints: [5, 10, 20].map((tenths) => Array(48).fill(tenths)),
    seen: [1, 0, 0],
    shown: [1, 1, 0],
    body: [2, 0, 0],
  };
  assert.equal(personAt(track, 4), null);
  assert.equal(personAt(track, 7), null, "out of sight for long");
  assert.equal(personAt(track, 8), null);
  assert.equal(personAt(track, 5).lifted, true);
  assert.equal(personAt(track, 6).joints, undefined, "no body is drawn that is not believed");
  assert.deepEqual(personAt(track, 5).joints[23], [0.5, 0.5]);
  assert.deepEqual(personAt(track, 6).box, [1, 1, 2, 2.5]);
  assert.equal(personAt(track, 6).seen, false);
});

test("a click takes the smallest box around it", () => {
  const people = [{ id: 1, box: [0, 0, 100, 100] }, { id: 2, box: [40, 40, 60, 60] }];
  assert.equal(personUnder(people, 50, 50).id, 2);
  assert.equal(personUnder(people, 10, 10).id, 1);
  assert.equal(personUnder(people, 200, 10), null);
});

test("keys are commands, the browser's own are left alone", () => {
  const key = (key, more = {}) => commandOf({ key, ...more });
  assert.equal(key(" "), "play");
  assert.equal(key("k"), "play");
  assert.equal(key("ArrowLeft"), "back");
  assert.equal(key("ArrowLeft", { shiftKey: true }), "secondBack");
  assert.equal(key(">", { shiftKey: true }), "faster");
  assert.equal(key("+", { shiftKey: true }), "zoomIn");
  assert.equal(key("b", { ctrlKey: true }), undefined);
  assert.equal(key("q"), undefined);
});

test("the cache fetches once, forgets the longest unused, and answers null for failures", async () => {
  const asked = [];
  const arrived = [];
  const cache = new Cache(
    2,
    async (key) => {
      asked.push(key);
      if (key === 9) throw new Error("gone");
      return `value ${key}`;
    },
    (key) => arrived.push(key),
  );
  assert.equal(cache.get(1), undefined);
  assert.equal(cache.get(1), undefined);
  await new Promise((done) => setTimeout(done));
  assert.equal(cache.get(1), "value 1");
  assert.deepEqual([asked, arrived], [[1], [1]]);
  cache.get(2);
  cache.get(1);
  cache.get(9);
  await new Promise((done) => setTimeout(done));
  assert.equal(cache.get(9), null);
  assert.equal(cache.get(1), "value 1");
  cache.get(2);
  assert.deepEqual(asked, [1, 2, 9, 2]);
});

test("what a lane says where the pointer is", () => {
  const answer = { first: 0, last: 99, bins: 10, a: "pose", b: "other" };
  const action = { name: "walk", a: Array(10).fill(500), b: Array(10).fill(-1), truth: [[20, 40]] };
  const lane = { first: 10, last: 90, gaps: [[30, 35]], actions: [action] };
  assert.equal(describeLane(answer, { lane }, 5, 15), "");
  assert.equal(
    describeLane(answer, { lane }, 32, 15),
    "walk · frame 32 · pose 50.0 % · labelled so by people · not seen, predicted",
  );
  assert.equal(describeLane(answer, { lane }, 50, 2), "frame 50");
});

test("run-length masks are read as pycocotools wrote them", async () => {
  const path = process.env.LART_MASKS;
  const cases = JSON.parse(await (await import("node:fs/promises")).readFile(path, "utf8"));
  assert.ok(cases.length > 10);
  for (const { counts, height, width, rows } of cases) {
    const picture = Array.from({ length: height }, () => Array(width).fill(0));
    const parts = strips(counts, height);
    for (let i = 0; i < parts.length; i += 3) {
      for (let k = 0; k < parts[i + 2]; k++) picture[parts[i + 1] + k][parts[i]] += 1;
    }
    assert.deepEqual(picture, rows);
  }
});

test("a label stands above its box, or below it, never on head and chest, and on no other label", () => {
  const size = [80, 20];
  const picture = [320, 240];
  assert.deepEqual(labelPlace([100, 60, 140, 200], size, picture, []), [100, 40]);
  assert.deepEqual(labelPlace([100, 5, 140, 200], size, picture, []), [100, 200]);
  assert.deepEqual(labelPlace([100, 5, 140, 239], size, picture, []), [100, 219]);
  const other = { left: 90, right: 170, top: 40, bottom: 60 };
  assert.deepEqual(labelPlace([100, 60, 140, 200], size, picture, [other]), [100, 20]);
  assert.deepEqual(labelPlace([300, 60, 340, 200], size, picture, []), [240, 40]);
  const low = headOf([90, 100, 150, 239]);
  assert.deepEqual(labelPlace([100, 5, 140, 100], size, picture, [], [low]), [100, 80], "not on a head");
  const everywhere = headOf([0, 0, 320, 480]);
  assert.deepEqual(labelPlace([100, 60, 140, 200], size, picture, [], [everywhere]), [100, 40]);
});

test("a name says the action where it is wanted, and that a person is predicted", () => {
  const person = { id: 3, seen: true, action: { name: "bend/bow (at the waist)", a: 0.871 } };
  assert.equal(nameOf(person, true), "3  bend/bow 87 %");
  assert.equal(nameOf(person, false), "3");
  assert.equal(nameOf({ ...person, seen: false, action: undefined }, true), "3  predicted");
});

test("the actions of a frame are ranked by the first model, and what is not said is null", () => {
  const person = { first: 10, actions: [{ id: 1, name: "walk", a: [100, 900], b: [-1, 5] }, { id: 2, name: "run", a: [800, 20] }] };
  assert.deepEqual(actionsAt(person, 10).map(({ id, a, b }) => [id, a, b]), [[2, 0.8, null], [1, 0.1, null]]);
  assert.deepEqual(actionsAt(person, 11).map(({ id }) => id), [1, 2]);
  assert.deepEqual(actionsAt(person, 12), []);
  assert.deepEqual(actionsAt(null, 12), []);
});

test("a model that was shown too little of a person says nothing, and not 0 %", () => {
  const person = {
    first: 10,
    actions: [
      { id: 1, name: "sit", a: [0, 0], b: [700, 0] },
      { id: 2, name: "hug", b: [200, 400] },
    ],
  };
  const said = actionsAt(person, 10);
  assert.deepEqual(said.map(({ a, b }) => [a, b]), [[null, 0.7], [null, 0.2]]);
  assert.deepEqual(said[0].silent, [true, false]);
  assert.deepEqual(actionsAt(person, 11).map(({ id, b }) => [id, b]), [[2, 0.4]]);
});

test("what is known of a person is said in a sentence", () => {
  const here = { seen: true, lifted: true };
  assert.equal(words(2, {}, here, false), "Seen in this frame.");
  assert.equal(words(2, {}, { ...here, lifted: false }, false), "Seen in this frame without a body.");
  assert.match(words(2, {}, { ...here, lifted: false }, true), /without a body: too little of it/);
  assert.match(words(2, {}, { seen: false }, true), /^Not seen/);
  assert.match(words(2, {}, undefined, false), /^Not in this frame/);
  assert.match(words(0, undefined, undefined, false), /^Nobody/);
});
