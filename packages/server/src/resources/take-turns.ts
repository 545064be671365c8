const turns = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Runs what concerns one name one after the other. Changes of one resource would otherwise be decided on the same
 * state, and all but one decided again; the condition of each write still guards against everybody else.
 */
export async function takeTurns<Result>(
  owner: object,
  name: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const waiting = turns.get(owner) ?? new Map<string, Promise<unknown>>();
  turns.set(owner, waiting);
  const before = waiting.get(name) ?? Promise.resolve();
  const mine = before.then(run, run);
  waiting.set(name, mine);
  try {
    return await mine;
  } finally {
    if (waiting.get(name) === mine) waiting.delete(name);
  }
}
