import { mounting } from "../component/mount.js";
import { refusal } from "./refusal.js";

export default mounting((parent) => new Upload(parent.querySelector(".upload")));

/** Files are sent one after the other, as they are chosen; Python hears of the ids they are given. */
class Upload {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.waiting = [];
    this.sent = [];
    this.input = this.find("input");
    this.input.onchange = () => this.choose(this.input.files);
    root.ondragover = (event) => {
      event.preventDefault();
      root.classList.add("over");
    };
    root.ondragleave = () => root.classList.remove("over");
    root.ondrop = (event) => {
      event.preventDefault();
      root.classList.remove("over");
      this.choose(event.dataTransfer.files);
    };
  }

  /** @param {object} data `address`, `label`, `hint`, `endings`, `megabytes` */
  update(data) {
    const chosenBefore = !this.data && this.input.files.length;
    this.data = data;
    this.find(".label").textContent = data.label;
    this.find(".hint").textContent = data.hint;
    this.input.accept = data.endings.map((ending) => `.${ending}`).join(",");
    if (chosenBefore) this.choose(this.input.files); // while this script was on its way
  }

  choose(files) {
    for (const file of files) {
      const line = document.createElement("li");
      this.find(".words").append(line);
      const refused = refusal(file, this.data);
      if (refused) say(line, refused, "refused");
      else {
        say(line, `${file.name} waits to be sent.`);
        this.waiting.push([file, line]);
      }
    }
    this.input.value = "";
    if (!this.request) this.next();
  }

  next() {
    const [file, line] = this.waiting.shift() ?? [];
    this.find("progress").hidden = !file;
    this.request = null;
    if (file) this.send(file, line);
    else if (this.sent.length) this.setStateValue("uploads", [...this.sent]);
  }

  send(file, line) {
    const request = (this.request = new XMLHttpRequest());
    const bar = this.find("progress");
    bar.value = 0;
    request.open("PUT", `${this.data.address}?name=${encodeURIComponent(file.name)}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = loaded / total;
      say(line, loaded < total ? `Sending ${file.name} …` : `Looking into ${file.name} …`);
    };
    request.onload = () => {
      const answer = request.response ?? {};
      if (request.status === 200) {
        this.sent.push(answer.upload);
        say(line, `${file.name} is ready to be processed.`, "sent");
      } else say(line, answer.error ?? `The server refused ${file.name} (${request.status}).`, "refused");
      this.next();
    };
    request.onerror = () => {
      say(line, `The connection broke while ${file.name} was sent; choose it again.`, "refused");
      this.next();
    };
    say(line, `Sending ${file.name} …`);
    request.send(file);
  }

  close() {
    this.waiting = [];
    this.request?.abort();
  }
}

function say(line, words, kind = "") {
  line.textContent = words;
  line.className = kind;
}
