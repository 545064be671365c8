import { isAbsolute } from "node:path";
import { isPrincipal } from "@sallyport/ssh";
import { UsageError } from "./usage-error.ts";

// A name that begins with "-" is an option to the next program, and one with shell characters is a command to the next
// shell (CVE-2023-51385, CVE-2025-61984): neither gets into a file from here.
const hostName = /^[A-Za-z0-9:][A-Za-z0-9._:-]{0,254}$/;
const hostPattern = /^[A-Za-z0-9*?][A-Za-z0-9._:*?-]{0,254}$|^\[[A-Za-z0-9.*?:_-]{1,255}\]:[0-9]{1,5}$/;
const account = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/;
// sshd splits at white space, expands "%" and reads "#" as a comment.
const plainPath = /^[A-Za-z0-9._/+@:-]{1,1024}$/;

export function checkHostName(name: string): string {
  if (hostName.test(name) && isPrincipal(name, "host")) return name;
  throw new UsageError(`${shown(name)} is not a host name; letters, digits, ".", "_", ":" and "-" make one`);
}

export function checkHostPattern(pattern: string): string {
  if (hostPattern.test(pattern)) return pattern;
  throw new UsageError(`${shown(pattern)} is not a host pattern such as *.example.com`);
}

export function checkAccount(name: string): string {
  if (account.test(name)) return name;
  throw new UsageError(`${shown(name)} is not the name of an account`);
}

/** Names in certificates: none that some reader splits or expands. */
export function checkPrincipal(name: string): string {
  if (isPrincipal(name, "user") && !name.startsWith("-")) return name;
  throw new UsageError(
    `${shown(name)} is not a principal; letters, digits, ".", "_", "@", "+", "\\" and "-" make one`,
  );
}

/** Paths that go into a configuration of sshd or a unit of systemd. */
export function checkPath(path: string, what: string): string {
  if (isAbsolute(path) && plainPath.test(path)) return path;
  throw new UsageError(
    `${what}: ${shown(path)} has a character that a configuration file reads otherwise, such as a space; letters, ` +
      'digits, ".", "_", "/", "+", "@", ":" and "-" are fine',
  );
}

/** Where a list is served. What a shell or systemd would expand is not in it. */
export function checkUrl(url: string): string {
  if (
    /^https?:\/\/[A-Za-z0-9][A-Za-z0-9.:-]*(\/[A-Za-z0-9._~/-]*)?$|^https?:\/\/\[[0-9a-fA-F:.]+\](:\d+)?(\/[A-Za-z0-9._~/-]*)?$/.test(
      url,
    )
  ) {
    return url;
  }
  throw new UsageError(`${shown(url)} is not a URL such as http://auth.example.com:3045/krl`);
}

/** Other words of a command line in a unit. */
export function checkWord(word: string, what: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:,@[\]-]{0,1023}$/.test(word)) return word;
  throw new UsageError(`${what}: ${shown(word)} has a character that a unit of systemd reads otherwise`);
}

const shown = (text: string) => JSON.stringify(text.slice(0, 64));
