const PATIENCE = 300;

/** Saves the corrections of one run, one after the other, and says how that went. */
export class Saver {
  /**
   * @param {HTMLElement} place where it is said
   * @param {HTMLButtonElement} again shown where saving failed
   * @param {(answer: object, people: boolean) => void} saved told of each answer, and whether people
   *   were made others
   */
  constructor(place, again, saved) {
    this.place = place;
    this.again = again;
    this.saved = saved;
  }

  /** @param {{revision: number, people: object}} record what is saved now */
  open(files, { revision, people }) {
    this.files = files;
    this.revision = revision;
    this.people = JSON.stringify(people);
    this.busy = false;
    this.next = null;
    this.conflict = false;
    this.say(revision ? "Saved" : "");
    globalThis.addEventListener?.("pagehide", this.leave);
  }

  /** The page is left: what is not saved yet is sent at once. */
  leave = () => {
    clearTimeout(this.waiting);
    this.send();
  };

  /** Another run is shown: what is not saved yet is saved still, which the promise waits for, and
   * nothing is said any more but that it failed. */
  close() {
    this.closed = true;
    globalThis.removeEventListener?.("pagehide", this.leave);
    clearTimeout(this.waiting);
    return this.send();
  }

  say(text) {
    if (this.closed) return;
    this.place.textContent = text;
    this.again.hidden = true;
  }

  save(state) {
    this.next = state;
    this.say("Saving…");
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.send(), PATIENCE);
  }

  /** Nothing was saved: to try again helps where the server was away, and where another window has
   * saved its own may be replaced; what cannot be saved at all is only said. */
  async refused(files, error) {
    const now = error.refused ? await files.corrections().catch(() => null) : null;
    this.conflict = Boolean(now && now.revision !== this.revision);
    this.say(`Not saved: ${error.message}`);
    this.again.textContent = this.conflict ? "Save mine in its place" : "Try again";
    this.again.hidden = Boolean(error.refused) && !this.conflict;
  }

  /** Save once more, after another window over what that saved. */
  async retry(state) {
    if (this.conflict) this.revision = (await this.files.corrections()).revision;
    this.conflict = false;
    this.save(state);
  }

  /** Save what is not saved yet, one save at a time. */
  send() {
    if (!this.busy && this.next) this.sending = this.sendNext();
    return this.sending;
  }

  async sendNext() {
    const { files, next: state } = this;
    this.busy = true;
    this.next = null;
    try {
      const answer = await files.save({ ...state, revision: this.revision });
      this.revision = answer.revision;
      const people = JSON.stringify(answer.people);
      if (!this.next) this.say("Saved");
      if (!this.closed) this.saved(answer, people !== this.people);
      this.people = people;
    } catch (error) {
      if (this.closed) {
        this.place.textContent = `What was changed last in the former video is not saved: ${error.message}`;
      } else {
        await this.refused(files, error);
      }
    } finally {
      this.busy = false;
    }
    if (this.next) await this.send();
  }
}
