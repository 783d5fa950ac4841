/**
 * The vertical strips of a COCO run-length mask.
 *
 * Runs count pixels down the columns, of the background first. Each is written in base 32, lowest
 * digit first, as a character from code 48 on: 16 is the sign of the last digit, 32 says that more
 * follow; from the third on it is the difference to the run before the last.
 *
 * @param {string} counts the compressed string
 * @param {number} height height of the mask in pixels
 * @returns {number[]} x, y, length of each strip, one after the other
 */
export function strips(counts, height) {
  const found = [];
  let position = 0;
  runs(counts).forEach((run, index) => {
    if (index % 2 === 1) {
      for (let at = position, end = position + run; at < end; ) {
        const x = Math.floor(at / height);
        const length = Math.min(end, (x + 1) * height) - at;
        found.push(x, at - x * height, length);
        at += length;
      }
    }
    position += run;
  });
  return found;
}

function runs(counts) {
  const values = [];
  for (let at = 0; at < counts.length; ) {
    let value = 0;
    let shift = 0;
    let digit;
    do {
      digit = counts.charCodeAt(at++) - 48;
      value |= (digit & 31) << shift;
      shift += 5;
    } while (digit & 32 && at < counts.length);
    if (digit & 16 && shift < 32) value |= -1 << shift;
    if (values.length > 2) value += values[values.length - 2];
    values.push(value);
  }
  return values;
}
