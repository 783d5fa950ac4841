/** What each key does: the name of a command, and its words for the list of keys. */
export const KEYS = [
  [["Space", "K"], "play", "play or pause"],
  [["←", ","], "back", "one frame back"],
  [["→", "."], "forward", "one frame forward"],
  [["Shift ←", "J"], "secondBack", "one second back"],
  [["Shift →"], "secondForward", "one second forward"],
  [["Home"], "start", "first frame"],
  [["End"], "end", "last frame"],
  [["+"], "zoomIn", "zoom in in time"],
  [["-"], "zoomOut", "zoom out in time"],
  [["0"], "zoomAll", "show the whole video"],
  [["I"], "loopFrom", "repeat from here"],
  [["O"], "loopTo", "repeat to here"],
  [["L"], "loop", "repeat on or off"],
  [["<"], "slower", "slower"],
  [[">"], "faster", "faster"],
  [["↑"], "previousPerson", "previous person"],
  [["↓"], "nextPerson", "next person"],
  [["B"], "boxes", "boxes"],
  [["A"], "words", "actions beside the boxes"],
  [["S"], "skeletons", "skeletons"],
  [["M"], "masks", "masks"],
  [["H"], "mesh", "bodies"],
  [["?"], "help", "these keys"],
];

const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

const COMMANDS = new Map(KEYS.flatMap(([keys, command]) => keys.map((key) => [key, command])));

/** The command of a key press, or undefined: keys with Ctrl, Alt or Meta are the browser's. */
export function commandOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const name = NAMES[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const shifted = event.shiftKey && name.length > 0 && event.key in NAMES ? `Shift ${name}` : name;
  return COMMANDS.get(shifted);
}
