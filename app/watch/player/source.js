import { Cache } from "./cache.js";
import { personAt } from "./overlay.js";
import { actionsAt } from "./scores.js";
import { readPoses } from "./skeleton.js";

const AHEAD = 24;
const CHUNKS = 12;

/** What is known of a run, taken from its files as it is needed and a little ahead. */
export class Source {
  /**
   * @param {object} data what the page gave (see `Player.update`)
   * @param {object} files where the run's files come from (see `ServedFiles`)
   * @param {() => void} arrived called when something for the picture or the panel has come
   */
  constructor(data, files, arrived) {
    this.data = data;
    this.files = files;
    this.people = new Map(data.people.map((person) => [person.id, person]));
    const { a, b } = data;
    this.chunks = new Cache(CHUNKS, (chunk) => files.overlay(chunk), arrived);
    this.scores = new Cache(CHUNKS, (chunk) => files.scores(chunk, a, b), arrived);
    this.poses = new Cache(CHUNKS, async (chunk) => readPoses(await files.poses(chunk)), arrived);
    this.meshes = new Cache(3 * AHEAD, (frame) => files.mesh(frame), arrived);
  }

  /** Ask for what a frame shows, before its picture has come. */
  ask(frame) {
    for (const cache of [this.chunks, this.scores, this.poses]) {
      cache.get(Math.floor(frame / this.data.chunk));
    }
  }

  /** The people of a frame with what they most probably do, or [] while they are on their way. */
  peopleAt(frame) {
    const chunk = this.inChunk(this.chunks, frame);
    if (!chunk) return [];
    return Object.entries(chunk.people).flatMap(([id, track]) => {
      const person = personAt(track, frame);
      const facts = this.people.get(Number(id));
      if (!person || !facts) return [];
      const [action] = actionsAt(this.scoresOf(facts.id, frame), frame);
      return [{ ...person, action, id: facts.id, color: facts.color, ink: facts.ink }];
    });
  }

  /** What the models say of a person in the chunk of a frame; null while it is on its way. */
  scoresOf(person, frame) {
    return this.inChunk(this.scores, frame)?.people[person] ?? null;
  }

  /** The tracks of bodies around a frame (see `readPoses`), each with its `id`. */
  posesAt(frame) {
    const chunk = this.inChunk(this.poses, frame);
    return chunk ? [...chunk].map(([id, track]) => ({ id, ...track })) : [];
  }

  /** The picture of the bodies at a frame, or null. */
  meshAt(frame, playing) {
    const picture = this.meshes.get(frame) ?? null;
    const until = Math.min(this.data.video.frames - 1, frame + (playing ? AHEAD : 2));
    for (let ahead = frame + 1; ahead <= until; ahead++) this.meshes.get(ahead);
    return picture;
  }

  /** Probabilities of the span first..last in at most `bins` steps; of `action` for everyone. */
  lanes(first, last, bins, action) {
    return this.files.lanes(first, last, bins, this.data.a, this.data.b, action);
  }

  /** The chunk that a frame is in; the next one is asked for once the frame is past its half. */
  inChunk(cache, frame) {
    const size = this.data.chunk;
    const next = Math.floor((frame + size / 2) / size);
    if (next * size < this.data.video.frames) cache.get(next);
    return cache.get(Math.floor(frame / size));
  }

  close() {
    for (const cache of [this.chunks, this.scores, this.poses, this.meshes]) cache.clear();
  }
}
