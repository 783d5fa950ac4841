/**
 * Why a file cannot be sent, in a sentence; null where it can.
 * @param {{name: string, size: number}} file
 * @param {{endings: string[], megabytes: number}} limits
 */
export function refusal(file, { endings, megabytes }) {
  const ending = file.name.includes(".") ? file.name.split(".").pop().toLowerCase() : "";
  if (!endings.includes(ending))
    return `${file.name} is no video by its name: expected one that ends in .${endings.slice(0, 6).join(", .")} or alike.`;
  if (file.size > megabytes * 1e6)
    return `${file.name} has ${Math.ceil(file.size / 1e6)} MB, and at most ${megabytes} MB can be sent: cut it, or lower its resolution.`;
  if (!file.size) return `${file.name} is empty.`;
  return null;
}
