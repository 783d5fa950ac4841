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
  [["D"], "difference", "where two models differ next"],
  [["E"], "correct", "correct: say yourself who does what when"],
  [["?"], "help", "these keys"],
];

/** Keys while somebody corrects. */
export const EDIT_KEYS = [
  [["N"], "find", "add an action at the cursor"],
  [["["], "begin", "the chosen span begins here"],
  [["]"], "end", "the chosen span ends here"],
  [["("], "earlier", "move it a frame earlier"],
  [[")"], "later", "move it a frame later"],
  [["PageUp"], "previous", "previous span"],
  [["PageDown"], "next", "next span"],
  [["Delete", "Backspace"], "erase", "delete it"],
  [["Ctrl Z"], "undo", "undo"],
  [["Ctrl Shift Z", "Ctrl Y"], "redo", "redo"],
];

const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

const commandsOf = (list) => new Map(list.flatMap(([keys, command]) => keys.map((key) => [key, command])));
const COMMANDS = commandsOf(KEYS);
const EDIT_COMMANDS = commandsOf(EDIT_KEYS);

/** The command of a key press, or undefined: keys with Ctrl, Alt or Meta are the browser's. */
export function commandOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const name = NAMES[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const shifted = event.shiftKey && name.length > 0 && event.key in NAMES ? `Shift ${name}` : name;
  return COMMANDS.get(shifted);
}

/** The command of a key press of who corrects, or undefined. */
export function editCommandOf(event) {
  const name = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const held = event.ctrlKey || event.metaKey;
  if (event.altKey) return undefined;
  return EDIT_COMMANDS.get(held ? `Ctrl ${event.shiftKey ? "Shift " : ""}${name}` : name);
}
