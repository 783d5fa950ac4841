/** A few things fetched from the server, the longest unused forgotten first. */
export class Cache {
  /**
   * @param {number} size how many to keep
   * @param {(key: number|string) => Promise<any>} fetch gets one
   * @param {(key: number|string) => void} arrived called when one has come
   */
  constructor(size, fetch, arrived) {
    this.size = size;
    this.fetch = fetch;
    this.arrived = arrived;
    this.kept = new Map();
  }

  /** What is there for the key, or undefined while it is on its way; null where there is none. */
  get(key) {
    const entry = this.kept.get(key);
    if (entry) {
      this.kept.delete(key);
      this.kept.set(key, entry);
      return entry.value;
    }
    this.request(key);
    return undefined;
  }

  request(key) {
    const entry = { value: undefined };
    this.kept.set(key, entry);
    while (this.kept.size > this.size) this.forget(this.kept.keys().next().value);
    this.fetch(key).then(
      (value) => {
        if (this.kept.get(key) !== entry) return value?.close?.();
        entry.value = value;
        this.arrived(key);
      },
      () => {
        entry.value = null;
      },
    );
  }

  forget(key) {
    this.kept.get(key)?.value?.close?.();
    this.kept.delete(key);
  }

  clear() {
    for (const key of [...this.kept.keys()]) this.forget(key);
  }
}

/** Fetch JSON; what the server refuses is an error. */
export async function fetchJson(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return response.json();
}

/** Fetch numbers. */
export async function fetchBytes(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return response.arrayBuffer();
}

/** Fetch a picture, ready to draw; null where there is none. */
export async function fetchPicture(address) {
  const response = await fetch(address);
  if (!response.ok || response.status === 204) return null;
  return createImageBitmap(await response.blob());
}
