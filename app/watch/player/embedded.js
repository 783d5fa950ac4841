/**
 * The files of a run that lie in the page itself, for a page without a server.
 *
 * `store` holds base64: `video` as it is, everything else gzipped: `overlay`, `scores` and `poses` (a
 * list each, one entry a chunk), `rest` (person -> body at rest), `skin`, and `lanes` of the whole
 * video with a value a frame.
 */
export class EmbeddedFiles {
  constructor(store) {
    this.store = store;
  }

  get video() {
    this.address ??= URL.createObjectURL(new Blob([decoded(this.store.video)], { type: "video/mp4" }));
    return this.address;
  }

  overlay(chunk) {
    return json(this.store.overlay[chunk]);
  }

  scores(chunk) {
    return json(this.store.scores[chunk]);
  }

  async lanes(first, last, bins) {
    this.whole ??= json(this.store.lanes);
    return rebinned(await this.whole, first, last, bins);
  }

  corrections() {
    return json(this.store.corrections);
  }

  /** No pictures of bodies are kept: the scene shows them. */
  async mesh() {
    return null;
  }

  poses(chunk) {
    return unpacked(this.store.poses[chunk]);
  }

  rest(person) {
    return unpacked(this.store.rest[person]);
  }

  skin() {
    return unpacked(this.store.skin);
  }
}

/** Lanes with a value a frame -> those of the frames first..last in `bins` steps, each its highest. */
export function rebinned(whole, first, last, bins) {
  const curve = (values) => {
    const steps = new Array(bins).fill(-1);
    for (let frame = first; frame <= last; frame++) {
      const step = Math.floor(((frame - first) * bins) / (last + 1 - first));
      const at = Math.floor(((frame - whole.first) * whole.bins) / (whole.last + 1 - whole.first));
      steps[step] = Math.max(steps[step], values[at]);
    }
    return steps;
  };
  const people = Object.entries(whole.people).map(([id, lane]) => [
    id,
    {
      ...lane,
      actions: lane.actions.map((action) => ({
        ...action,
        a: curve(action.a),
        ...(action.b && { b: curve(action.b) }),
      })),
    },
  ]);
  return { ...whole, first, last, bins, people: Object.fromEntries(people) };
}

function decoded(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function unpacked(text) {
  const stream = new Blob([decoded(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function json(text) {
  return JSON.parse(new TextDecoder().decode(await unpacked(text)));
}
