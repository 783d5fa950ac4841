import { Curve } from "./curve.js";
import { Scene } from "./scene.js";
import { Bars, actionsAt } from "./scores.js";

/** What follows the cursor beside the picture: bodies in 3-D, probabilities, curves. */
export class Panel {
  /** @param {HTMLElement} root  @param {() => void} changed the panel wants to be shown anew */
  constructor(root, changed) {
    this.root = root;
    this.scene = new Scene(root.querySelector(".scene"), changed);
    this.bars = new Bars(root.querySelector("table"));
    this.curve = new Curve(root.querySelector(".over-time"));
    this.name = root.querySelector(".who");
    this.state = root.querySelector(".state");
  }

  open(data, source) {
    this.data = data;
    this.source = source;
    this.scene.open(data, source.files);
    this.bars.head(data.a, data.b);
  }

  /** Show a frame and the chosen person at it; `loop` is what repeats, or null. */
  show(frame, person, playing, loop) {
    const { source, data } = this;
    this.scene.offer(loop ?? [frame, frame], person);
    this.scene.draw(frame, person, source.posesAt(frame), playing);
    const facts = data.people.find(({ id }) => id === person);
    const here = source.peopleAt(frame).find(({ id }) => id === person);
    this.name.textContent = facts ? `Person ${facts.id}` : data.people.length ? "Nobody chosen" : "No people";
    this.name.style.setProperty("--who", facts?.color ?? "transparent");
    this.state.textContent = this.words(facts, here);
    const actions = facts ? actionsAt(source.scoresOf(person, frame), frame) : [];
    this.bars.show(actions, facts?.color);
    this.curve.draw((at) => source.scoresOf(person, at), frame, data.clock);
    this.root.dataset.frame = frame;
  }

  words(facts, here) {
    if (!this.data.people.length) return "Nobody was found in this video.";
    if (!facts) return "Click a person in the video, or a number beside the lanes.";
    if (!here) return "Not in this frame.";
    return here.seen ? "Seen in this frame." : "Not seen in this frame: the tracker predicts the body.";
  }

  close() {
    this.scene.close();
  }
}
