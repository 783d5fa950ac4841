/**
 * Corrections of a run as plain values (`lart_core.runs.corrections`): `{spans, people, deleted}`. Every
 * change gives new ones, so that undo is a step back.
 *
 * A span is {person, action, first, last}; `people` names for everyone who is not as tracked the
 * pieces {track, first, last} of tracks that make them; `deleted` keeps of everyone who was deleted the
 * {pieces, spans} with which they come back.
 */
export const NOTHING = Object.freeze({ spans: [], people: {}, deleted: {} });

/** The span in place of `before` (null: a new one); those of the same action that it meets join it. */
export function put(state, before, span) {
  let { first, last } = span;
  const kept = state.spans.filter((other) => {
    if (same(other, before)) return false;
    if (other.person !== span.person || other.action !== span.action) return true;
    if (other.first > last + 1 || other.last < first - 1) return true;
    [first, last] = [Math.min(first, other.first), Math.max(last, other.last)];
    return false;
  });
  return { ...state, spans: [...kept, { ...span, first, last }] };
}

export function erase(state, span) {
  return { ...state, spans: state.spans.filter((other) => !same(other, span)) };
}

/** A person's spans replaced by those of a model. */
export function startFrom(state, person, spans) {
  const others = state.spans.filter((span) => span.person !== person);
  return { ...state, spans: [...others, ...spans.filter((span) => span.person === person)] };
}

/**
 * From frame `frame` on, a person is somebody new.
 *
 * @param {Map<number, {first: number, last: number, gaps: number[][]}>} there everyone by number,
 *   with the frames in which they were not seen
 * @returns {[object, number]} the corrections, and the number of who is new
 */
export function split(state, there, person, frame) {
  const added = Math.max(0, ...there.keys(), ...tracksOf(state)) + 1;
  const pieces = piecesOf(state, there, person);
  const people = {
    ...state.people,
    [person]: cut(pieces, -Infinity, frame - 1),
    [added]: cut(pieces, frame, Infinity),
  };
  const spans = state.spans.flatMap((span) => {
    if (span.person !== person) return [span];
    return [
      ...cutSpan(span, -Infinity, frame - 1),
      ...cutSpan(span, frame, Infinity).map((part) => ({ ...part, person: added })),
    ];
  });
  return [{ ...state, spans, people }, added];
}

/**
 * Two people are one, `person`. Where both are there the one who was seen counts.
 *
 * @returns {object|string} the corrections, or why that cannot be
 */
export function merge(state, there, person, other) {
  const [one, two] = [person, other].map((id) => ({ id, ...there.get(id), pieces: piecesOf(state, there, id) }));
  const start = Math.min(one.first, two.first);
  const end = Math.max(one.last, two.last);
  const pieces = [];
  for (let frame = start; frame <= end; frame++) {
    const [a, b] = [one, two].map((who) => pieceAt(who.pieces, frame));
    const [seenOne, seenTwo] = [a && seen(one, frame), b && seen(two, frame)];
    if (seenOne && seenTwo) {
      return `Persons ${person} and ${other} are both seen in frame ${frame}, so they are two people. Swap or split them first.`;
    }
    const from = seenTwo ? b : a ?? b;
    if (!from) continue;
    const before = pieces.at(-1);
    if (before?.track === from.track && before.last === frame - 1) before.last = frame;
    else pieces.push({ track: from.track, first: frame, last: frame });
  }
  let merged = { ...state, spans: state.spans.filter((span) => span.person !== other), people: { ...state.people, [person]: pieces, [other]: [] } };
  for (const span of state.spans) {
    if (span.person === other) merged = put(merged, null, { ...span, person });
  }
  return merged;
}

/** From frame `frame` on, each of two people is the other. */
export function swap(state, there, one, two, frame) {
  const [a, b] = [one, two].map((id) => piecesOf(state, there, id));
  const people = {
    ...state.people,
    [one]: tidy([...cut(a, -Infinity, frame - 1), ...cut(b, frame, Infinity)]),
    [two]: tidy([...cut(b, -Infinity, frame - 1), ...cut(a, frame, Infinity)]),
  };
  const other = { [one]: two, [two]: one };
  const spans = state.spans.flatMap((span) => {
    if (!(span.person in other)) return [span];
    return [
      ...cutSpan(span, -Infinity, frame - 1),
      ...cutSpan(span, frame, Infinity).map((part) => ({ ...part, person: other[span.person] })),
    ];
  });
  return { ...state, spans, people };
}

/** A person who is none: a poster, a mirror, a mistake. What they were made of and did is kept. */
export function remove(state, person) {
  const own = state.spans.filter((span) => span.person === person);
  return {
    spans: state.spans.filter((span) => span.person !== person),
    people: { ...state.people, [person]: [] },
    deleted: { ...state.deleted, [person]: { pieces: state.people[person] ?? [], spans: own } },
  };
}

/** Somebody who was deleted is there again, with what was drawn of them. */
export function bringBack(state, person) {
  const { [person]: back, ...deleted } = state.deleted;
  const { [person]: _, ...people } = state.people;
  if (back.pieces.length) people[person] = back.pieces;
  return { spans: [...state.spans, ...back.spans], people, deleted };
}

export function same(a, b) {
  return Boolean(a && b) && ["person", "action", "first", "last"].every((name) => a[name] === b[name]);
}

/** States with a way back and forth. */
export class History {
  constructor(state) {
    this.past = [];
    this.future = [];
    this.state = state;
  }

  go(state) {
    this.past.push(this.state);
    this.future = [];
    this.state = state;
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.state);
    this.state = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.state);
    this.state = this.future.pop();
    return true;
  }
}

function piecesOf(state, there, person) {
  const { first, last } = there.get(person) ?? {};
  return state.people[person] ?? [{ track: person, first, last }];
}

function tracksOf(state) {
  return Object.entries(state.people).flatMap(([id, pieces]) => [Number(id), ...pieces.map(({ track }) => track)]);
}

function pieceAt(pieces, frame) {
  return pieces.find(({ first, last }) => frame >= first && frame <= last);
}

function seen({ gaps }, frame) {
  return !gaps.some(([first, last]) => frame >= first && frame <= last);
}

/** Pieces of one track that follow each other as one. */
function tidy(pieces) {
  const found = [];
  for (const piece of pieces) {
    const before = found.at(-1);
    if (before?.track === piece.track && before.last === piece.first - 1) before.last = piece.last;
    else found.push({ ...piece });
  }
  return found;
}

function cut(pieces, from, until) {
  return pieces.flatMap((piece) => cutSpan(piece, from, until));
}

function cutSpan(span, from, until) {
  const [first, last] = [Math.max(span.first, from), Math.min(span.last, until)];
  return first <= last ? [{ ...span, first, last }] : [];
}
