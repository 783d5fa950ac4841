const PATIENCE = 300;

/** Saves the corrections, one after the other, and says how that went. */
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
    this.say(revision ? "Saved" : "");
  }

  say(text) {
    this.place.textContent = text;
    this.again.hidden = true;
  }

  save(state) {
    this.next = state;
    this.say("Saving…");
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.send(), PATIENCE);
  }

  async send() {
    if (this.busy || !this.next) return;
    const { files, next: state } = this;
    this.busy = true;
    this.next = null;
    try {
      const answer = await files.save({ ...state, revision: this.revision });
      if (files !== this.files) return;
      this.revision = answer.revision;
      const people = JSON.stringify(answer.people);
      if (!this.next) this.say("Saved");
      this.saved(answer, people !== this.people);
      this.people = people;
    } catch (error) {
      this.say(`Not saved: ${error.message}`);
      this.again.hidden = false;
    } finally {
      this.busy = false;
    }
    if (this.next) this.send();
  }
}
