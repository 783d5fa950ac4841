import { EmbeddedFiles } from "./embedded.js";
import { Player } from "./player.js";

/** The player as a page of its own: what it shows lies in the page's scripts of type JSON. */
const content = (id) => JSON.parse(document.getElementById(id).textContent);
const player = new Player(document.querySelector(".player"), () => new EmbeddedFiles(content("store")));
player.update(content("facts"));
