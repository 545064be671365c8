/** The comment by which a line is known as one of ours, and of which cluster. */
export function lineMark(clusterName: string): string {
  return `sallyport-cluster=${clusterName}`;
}

/**
 * The text of a known_hosts file with exactly these lines of a cluster: lines of ours that were there go, everything
 * else stays as it is, byte for byte. Our lines keep the place that they had.
 */
export function replaceOurLines(text: string, mark: string, lines: readonly string[]): string {
  const before = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const at = before.findIndex((line) => isOurs(line, mark));
  const others = before.filter((line) => !isOurs(line, mark));
  const place = at === -1 ? others.length : at;
  const after = [...others.slice(0, place), ...lines, ...others.slice(place)];
  return after.map((line) => `${line}\n`).join("");
}

function isOurs(line: string, mark: string): boolean {
  return line.startsWith("@cert-authority ") && line.trimEnd().endsWith(` ${mark}`);
}
