import assert from "node:assert/strict";
import { test } from "node:test";

import { replaces } from "../../../app/ui/back/history.js";

const at = (address) => new URL(address, "http://127.0.0.1:8501");

test("what a page fills in, and where a cursor moves, is the same view", () => {
  assert.ok(replaces(at("/watch"), at("/watch?run=a&frame=0")));
  assert.ok(replaces(at("/watch?run=a&frame=0"), at("/watch?run=a&frame=9&person=2")));
  assert.ok(replaces(at("/watch?run=a&person=2"), at("/watch?run=a")));
});

test("another choice, and another page, are places to come back to", () => {
  assert.ok(!replaces(at("/watch?run=a"), at("/watch?run=b")));
  assert.ok(!replaces(at("/watch?run=a"), at("/watch")));
  assert.ok(!replaces(at("/search?q=x"), at("/watch?run=a")));
});
