import { Curve } from "./curve.js";
import { Scene } from "./scene.js";
import { Bars, actionsAt } from "./scores.js";

/**
 * What is known of the chosen person at a frame, in a sentence.
 *
 * @param {number} people how many the video has
 * @param {object|undefined} facts the chosen person's
 * @param {object|undefined} here what `personAt` says of them
 * @param {boolean} silent whether no model says anything
 */
export function words(people, facts, here, silent) {
  if (!people) return "Nobody was found in this video.";
  if (!facts) return "Click a person in the video, or a number beside the lanes.";
  if (!here) return "Not in this frame.";
  if (!here.seen) return "Not seen in this frame: the tracker predicts the body.";
  const seen = here.lifted ? "Seen in this frame" : "Seen in this frame without a body";
  return silent ? `${seen}: too little of it for the models to say anything.` : `${seen}.`;
}

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
    const said = facts && source.scoresOf(person, frame);
    const actions = actionsAt(said, frame);
    this.state.textContent = words(data.people.length, facts, here, said && !actions.length);
    this.bars.show(actions, facts?.color);
    this.curve.draw((at) => source.scoresOf(person, at), frame, data.clock);
    this.root.dataset.frame = frame;
  }

  close() {
    this.scene.close();
  }
}
