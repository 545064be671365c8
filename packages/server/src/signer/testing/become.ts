/** From here on this process is the user; everything that it runs is loaded before, since they may not read the code. */
export function become([uid = "", gid = ""]: readonly (string | undefined)[]): void {
  if (process.geteuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(Number(gid));
  process.setuid?.(Number(uid));
}
