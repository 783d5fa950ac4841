import assert from "node:assert/strict";
import { test } from "node:test";

import { Stage } from "../../../app/watch/player/stage.js";

function stage() {
  const video = { readyState: 4, requestVideoFrameCallback() {} };
  const canvas = { width: 64, getContext: () => ({ setTransform() {}, drawImage() {} }) };
  const made = new Stage(video, canvas, () => {});
  made.facts = { width: 64, height: 48 };
  return made;
}

function withVideoFrame(construct, run) {
  globalThis.VideoFrame = construct;
  try {
    run();
  } finally {
    delete globalThis.VideoFrame;
  }
}

test("a video that has data but no picture yet is not painted, and nothing fails", () => {
  const none = function () {
    throw new DOMException("Invalid source state", "InvalidStateError");
  };
  const waiting = stage();
  withVideoFrame(none, () => waiting.paint());
  assert.equal(waiting.frame, undefined);
});

test("any other failure is told", () => {
  const tainted = function () {
    throw new DOMException("of another origin", "SecurityError");
  };
  withVideoFrame(tainted, () => assert.throws(() => stage().paint(), /another origin/));
});
