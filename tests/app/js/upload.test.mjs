import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../../app/ui/upload/refusal.js";

const limits = { endings: ["mp4", "mov", "avi"], megabytes: 500 };

test("501 MB are refused in words", () => {
  const said = refusal({ name: "long.MP4", size: 501e6 }, limits);
  assert.match(said, /long\.MP4 has 501 MB, and at most 500 MB can be sent/);
});

test("what is no video by its name, or empty, is refused in words", () => {
  assert.match(refusal({ name: "notes.txt", size: 5 }, limits), /ends in \.mp4, \.mov, \.avi/);
  assert.match(refusal({ name: "mp4", size: 5 }, limits), /is no video by its name/);
  assert.match(refusal({ name: "a.mp4", size: 0 }, limits), /is empty/);
});

test("a video within the limits is sent", () => {
  assert.equal(refusal({ name: "a.b.mov", size: 500e6 }, limits), null);
});
