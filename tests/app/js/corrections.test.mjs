import assert from "node:assert/strict";
import { test } from "node:test";

import { History, NOTHING, bringBack, erase, merge, put, remove, split, swap } from "../../../app/watch/player/corrections.js";
import { matching, unknown } from "../../../app/watch/player/label_search.js";
import { Saver } from "../../../app/watch/player/saver.js";
import { refused } from "../../../app/watch/player/span_table.js";

const there = new Map([
  [1, { first: 0, last: 60, gaps: [[51, 60]] }],
  [2, { first: 55, last: 99, gaps: [] }],
  [3, { first: 0, last: 99, gaps: [] }],
]);
const span = (person, action, first, last) => ({ person, action, first, last });

test("a span is drawn, changed and erased; what it meets joins it", () => {
  const one = put(NOTHING, null, span(1, 11, 0, 9));
  const two = put(one, null, span(1, 11, 20, 29));
  assert.equal(two.spans.length, 2);
  assert.deepEqual(put(two, null, span(1, 11, 8, 20)).spans, [span(1, 11, 0, 29)]);
  assert.deepEqual(put(one, span(1, 11, 0, 9), span(1, 11, 5, 14)).spans, [span(1, 11, 5, 14)]);
  assert.deepEqual(put(one, null, span(1, 12, 0, 9)).spans.length, 2);
  assert.deepEqual(erase(two, span(1, 11, 0, 9)).spans, [span(1, 11, 20, 29)]);
  assert.deepEqual(NOTHING.spans, []);
});

test("a split gives a new number and cuts the spans", () => {
  const [state, added] = split(put(NOTHING, null, span(3, 11, 10, 60)), there, 3, 40);
  assert.equal(added, 4);
  assert.deepEqual(state.people, {
    3: [{ track: 3, first: 0, last: 39 }],
    4: [{ track: 3, first: 40, last: 99 }],
  });
  assert.deepEqual(state.spans, [span(3, 11, 10, 39), span(4, 11, 40, 60)]);
  const [, next] = split(remove(state, 4), there, 3, 20);
  assert.equal(next, 5, "a number that was used is not given again");
});

test("merged people are whoever of them was seen", () => {
  const drawn = put(put(NOTHING, null, span(1, 11, 0, 50)), null, span(2, 11, 51, 70));
  const state = merge(drawn, there, 1, 2);
  assert.deepEqual(state.people, {
    1: [
      { track: 1, first: 0, last: 54 },
      { track: 2, first: 55, last: 99 },
    ],
    2: [],
  });
  assert.deepEqual(state.spans, [span(1, 11, 0, 70)]);
  assert.match(merge(NOTHING, there, 1, 3), /both seen in frame 0/);
});

test("swapped people take each other's place and actions from there on", () => {
  const drawn = put(NOTHING, null, span(2, 80, 60, 99));
  const state = swap(drawn, there, 2, 3, 80);
  assert.deepEqual(state.people[2], [
    { track: 2, first: 55, last: 79 },
    { track: 3, first: 80, last: 99 },
  ]);
  assert.deepEqual(state.spans, [span(2, 80, 60, 79), span(3, 80, 80, 99)]);
  const back = swap(state, new Map([...there]), 2, 3, 80);
  assert.deepEqual(back.people[3], [{ track: 3, first: 0, last: 99 }]);
});

test("who was deleted comes back as they were, with what was drawn of them", () => {
  const [halves, added] = split(put(NOTHING, null, span(3, 11, 10, 60)), there, 3, 40);
  const gone = remove(remove(halves, added), 1);
  assert.deepEqual(gone.people, { 1: [], 3: [{ track: 3, first: 0, last: 39 }], 4: [] });
  assert.deepEqual(gone.spans, [span(3, 11, 10, 39)]);
  const back = bringBack(bringBack(gone, 1), added);
  assert.deepEqual(back, halves);
  for (const state of [merge(gone, there, 2, 1), swap(gone, there, 2, 3, 70), put(gone, null, span(3, 1, 0, 9))]) {
    assert.deepEqual(state.deleted, gone.deleted);
  }
});

test("what is typed wrongly is said in a sentence", () => {
  assert.match(unknown(" flurb"), /None of AVA's actions is called “flurb”/);
  assert.equal(refused({ first: 3, last: 3 }), "");
  assert.match(refused({ first: 9, last: 3 }), /9 is after 3/);
  assert.match(refused({ first: NaN, last: 3 }), /whole number/);
});

test("what is not saved yet goes to the run that it is of, and the next hears nothing of it", async () => {
  const saved = [];
  const told = [];
  const place = { textContent: "" };
  const files = { save: async (record) => (saved.push(record), { ...record, revision: record.revision + 1 }) };
  const saver = new Saver(place, { hidden: true }, (answer) => told.push(answer));
  saver.open(files, { revision: 0, people: {} });
  saver.save(put(NOTHING, null, span(1, 11, 0, 9)));
  saver.close();
  place.textContent = "of the next";
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(saved.map(({ spans }) => spans), [[span(1, 11, 0, 9)]]);
  assert.deepEqual([told, place.textContent], [[], "of the next"]);
});

test("undo goes back, redo forth, and a change forgets what was undone", () => {
  const history = new History(NOTHING);
  history.go(put(NOTHING, null, span(1, 11, 0, 9)));
  assert.equal(history.undo(), true);
  assert.equal(history.state, NOTHING);
  assert.equal(history.undo(), false);
  assert.equal(history.redo(), true);
  assert.equal(history.state.spans.length, 1);
  history.undo();
  history.go(remove(NOTHING, 2));
  assert.equal(history.redo(), false);
});

test("labels are found by any of their words, beginnings first", () => {
  const labels = [[11, "sit"], [12, "stand"], [80, "watch (a person)"], [17, "carry/hold (an object)"]];
  assert.deepEqual(matching(labels, "s").map(([id]) => id), [11, 12, 80]);
  assert.deepEqual(matching(labels, "obj hold").map(([id]) => id), [17]);
  assert.equal(matching(labels, "").length, 4);
});
