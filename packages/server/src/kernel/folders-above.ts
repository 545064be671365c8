import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * Every folder that has a say in where a path leads, from the root on, those that symbolic links lead through included.
 * Throws as `lstat` does where a part is not there, and RangeError for links in a circle.
 */
export function foldersAbove(path: string): readonly string[] {
  const above = new Set<string>();
  let links = 0;
  let { at, rest } = start(path);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    above.add(at);
    const next = join(at, name);
    if (lstatSync(next).isSymbolicLink()) {
      links += 1;
      if (links > MAX_LINKS) throw new RangeError(`${path} has too many symbolic links in it`);
      const target = start(resolve(dirname(next), readlinkSync(next)));
      at = target.at;
      rest = [...target.rest, ...rest];
    } else at = next;
  }
  return [...above];
}

function start(path: string): { at: string; rest: string[] } {
  const whole = resolve(path);
  const { root } = parse(whole);
  return { at: root, rest: whole.slice(root.length).split(sep).filter(Boolean) };
}
