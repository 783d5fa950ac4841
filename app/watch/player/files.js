import { fetchBytes, fetchJson, fetchPicture } from "./cache.js";

/** Bytes that a browser sends on after its page was left. */
const KEPT_ALIVE = 60000;

/** The files of a run on the server that the page came from. */
export class ServedFiles {
  constructor({ address, version, skin, own }) {
    if (!own) this.save = undefined;
    this.address = address;
    this.version = version;
    this.skinAddress = skin;
  }

  get video() {
    return `${this.address}/player.mp4?${this.version}`;
  }

  overlay(chunk) {
    return fetchJson(`${this.address}/overlay/${chunk}`);
  }

  scores(chunk, a, b) {
    return fetchJson(`${this.address}/scores/${chunk}?${models(a, b)}`);
  }

  /** @param {number|""} action only who does this; "" for everyone */
  lanes(first, last, bins, a, b, action) {
    return fetchJson(`${this.address}/lanes?${models(a, b, { first, last, bins, action })}`);
  }

  corrections() {
    return fetchJson(`${this.address}/corrections`);
  }

  /** Keep corrections; what the server refuses is an error with its sentence. */
  async save(record) {
    const body = JSON.stringify(record);
    const keepalive = body.length < KEPT_ALIVE;
    const response = await fetch(`${this.address}/corrections`, { method: "PUT", body, keepalive });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.error), { refused: response.status === 409 });
    return answer;
  }

  /** What a model says, as spans. */
  said(model) {
    return fetchJson(`${this.address}/said/${encodeURIComponent(model)}`);
  }

  /** The page that teaches a model. */
  get teach() {
    return "/models#teach";
  }

  get groundTruth() {
    return `${this.address}/export/corrections`;
  }

  mesh(frame) {
    return fetchPicture(`${this.address}/mesh/${frame}?${this.version}`);
  }

  poses(chunk) {
    return fetchBytes(`${this.address}/poses/${chunk}`);
  }

  rest(person) {
    return fetchBytes(`${this.address}/rest/${person}?${this.version}`);
  }

  /** Bodies of the frames first..last as a 3-D file, of everyone or of one person. */
  bodies(first, last, person) {
    const query = new URLSearchParams({ first, last, ...(person !== null && { person }) });
    return `${this.address}/bodies.glb?${query}`;
  }

  skin() {
    return fetchBytes(this.skinAddress);
  }
}

function models(a, b, more = {}) {
  return new URLSearchParams({ ...more, a: a ?? "", b: b ?? "" });
}
