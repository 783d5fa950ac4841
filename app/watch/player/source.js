import { Cache, fetchJson, fetchPicture } from "./cache.js";
import { personAt } from "./overlay.js";

const AHEAD = 24;

/** What the server knows of a run, fetched as it is needed and a little ahead. */
export class Source {
  /**
   * @param {object} data what the page gave (see `Player.update`)
   * @param {() => void} arrived called when something for the overlay has come
   */
  constructor(data, arrived) {
    this.data = data;
    this.people = new Map(data.people.map((person) => [person.id, person]));
    const { address } = data;
    this.chunks = new Cache(12, (chunk) => fetchJson(`${address}/overlay/${chunk}`), arrived);
    this.meshes = new Cache(3 * AHEAD, (frame) => fetchPicture(`${address}/mesh/${frame}`), arrived);
  }

  /** The people of a frame, or [] while they are on their way. */
  peopleAt(frame) {
    const size = this.data.chunk;
    const chunk = this.chunks.get(Math.floor(frame / size));
    const next = Math.floor((frame + size / 2) / size);
    if (next * size < this.data.video.frames) this.chunks.get(next);
    if (!chunk) return [];
    return Object.entries(chunk.people).flatMap(([id, track]) => {
      const person = personAt(track, frame);
      const facts = this.people.get(Number(id));
      return person && facts ? [{ ...person, id: facts.id, color: facts.color, ink: facts.ink }] : [];
    });
  }

  /** The picture of the bodies at a frame, or null. */
  meshAt(frame, playing) {
    const picture = this.meshes.get(frame) ?? null;
    const until = Math.min(this.data.video.frames - 1, frame + (playing ? AHEAD : 2));
    for (let ahead = frame + 1; ahead <= until; ahead++) this.meshes.get(ahead);
    return picture;
  }

  /** Probabilities of the span first..last in at most `bins` steps. */
  lanes(first, last, bins) {
    const { address, a, b } = this.data;
    const query = new URLSearchParams({ first, last, bins, a: a ?? "", b: b ?? "" });
    return fetchJson(`${address}/lanes?${query}`);
  }

  close() {
    this.chunks.clear();
    this.meshes.clear();
  }
}
