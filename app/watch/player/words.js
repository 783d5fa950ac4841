import { EDIT_KEYS, KEYS } from "./keys.js";

/** A button that runs a command. */
function commandButton(command, name, title, pressed) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.command = command;
  button.textContent = name;
  button.title = title;
  button.setAttribute("aria-pressed", String(pressed));
  return button;
}

const LAYERS = [
  ["boxes", "Boxes", "B"],
  ["words", "Actions", "A"],
  ["skeletons", "Skeletons", "S"],
  ["masks", "Masks", "M"],
  ["mesh", "Bodies", "H"],
];

/** A button for each layer that there is; `drawn` says which are drawn. */
export function showLayers(place, there, drawn) {
  const buttons = LAYERS.filter(([layer]) => there.includes(layer)).map(([layer, name, key]) =>
    commandButton(layer, name, `${name} (${key})`, drawn[layer]),
  );
  place.replaceChildren(...buttons);
}

/** The list of keys. */
export function showKeys(list) {
  list.replaceChildren(
    ...[...KEYS, ...EDIT_KEYS.map(([keys, name, words]) => [keys, name, `correcting: ${words}`])].flatMap(([keys, , words]) => {
      const key = document.createElement("dt");
      key.textContent = keys.join(" or ");
      const meaning = document.createElement("dd");
      meaning.textContent = words;
      return [key, meaning];
    }),
  );
}

/** What the lanes' marks mean, and what to do where something in them is wrong. */
export function legend({ a, b }, editable) {
  const models = b
    ? `A, above: ${a}. B, below and striped: ${b}. Dark strip between them: they differ by 30 points or more. `
    : "";
  return `${models}A lane's height is the probability${a && !b ? ` by ${a}` : ""}, 0 to 100 %. Hatched: not seen, predicted by the tracker. Thick underline: labelled by people. Frame with handles: corrected here.${editable ? " Something is wrong? Press Correct; a model can be taught with it." : ""}`;
}
