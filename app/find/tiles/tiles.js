import { mounting } from "../component/mount.js";
import { Playing } from "./playing.js";

export default mounting((parent) => new Tiles(parent.querySelector(".tiles")));

/** How long a pointer rests on a picture before it plays. */
const RESTED = 150;

/** Pictures of stretches of videos; the one under the pointer, or with the focus, plays. */
class Tiles {
  constructor(root) {
    this.root = root;
    this.seen = new IntersectionObserver((entries) => this.scrolled(entries), { threshold: 0.5 });
  }

  /** @param {object} data `tiles` as `app.find.tiles` makes them, and whether they are `large` */
  update(data) {
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.stop();
    this.data = data;
    this.seen.disconnect();
    this.root.classList.toggle("large", data.large);
    this.root.replaceChildren(...data.tiles.map((tile, number) => this.tile(tile, number)));
  }

  tile(tile, number) {
    const item = made("li");
    const picture = made("a", "picture");
    picture.href = tile.href;
    const image = made("img");
    image.src = tile.picture;
    image.alt = `${tile.title}: watch`;
    image.loading = "lazy";
    picture.append(image);
    if (tile.badge) picture.append(made("span", "badge", tile.badge));
    const title = made("a", "title", tile.title);
    title.href = tile.href;
    title.title = tile.title;
    title.tabIndex = -1;
    for (const link of [picture, title]) {
      link.onclick = (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        this.act("open", number);
      };
    }
    const words = made("div", "words");
    words.append(title, ...tile.lines.map((line) => made("p", "", line)));
    const buttons = made("div", "buttons");
    const play = made("button", "", "Play");
    play.type = "button";
    play.setAttribute("aria-label", `Play ${tile.title} here`);
    play.onclick = () => (this.playing?.number === number ? this.stop() : this.play(number));
    buttons.append(play, ...tile.actions.map(([name, act]) => this.button(name, act, number)));
    item.append(picture, words, buttons);
    let rest;
    picture.onpointerenter = (event) => {
      if (event.pointerType !== "touch") rest = setTimeout(() => this.play(number), RESTED);
    };
    picture.onpointerleave = () => {
      clearTimeout(rest);
      if (!tile.playing) this.stop(number);
    };
    if (tile.playing && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.seen.observe(item);
    }
    return item;
  }

  button(name, act, number) {
    const button = made("button", "", name);
    button.type = "button";
    button.setAttribute("aria-label", `${name}: ${this.data.tiles[number].title}`);
    button.onclick = () => this.act(act, number);
    return button;
  }

  scrolled(entries) {
    for (const { target, isIntersecting } of entries) {
      const number = [...this.root.children].indexOf(target);
      if (isIntersecting) this.play(number);
      else this.stop(number);
    }
  }

  play(number) {
    if (this.playing?.number === number || this.closed) return;
    this.stop();
    const item = this.root.children[number];
    if (!item) return;
    const stage = new Playing(item.querySelector(".picture"), this.data.tiles[number]);
    this.playing = { number, stage };
    item.querySelector(".buttons button").textContent = "Stop";
  }

  /** Stop what plays, or only if it is the tile of a number. */
  stop(number = this.playing?.number) {
    if (!this.playing || this.playing.number !== number) return;
    this.playing.stage.close();
    const button = this.root.children[number]?.querySelector(".buttons button");
    if (button) button.textContent = "Play";
    this.playing = null;
  }

  /** Which tile is told by its key: the page may show others by then. */
  act(name, number) {
    this.setTriggerValue("act", { name, tile: this.data.tiles[number].key });
  }

  close() {
    this.closed = true;
    this.stop();
    this.seen.disconnect();
  }
}

function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
