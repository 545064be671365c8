/** Remembers what was made of the latest keys: a flood of new keys costs time, never memory. */
export interface BoundedCache<Value> {
  /** `make` may throw; nothing is remembered then. */
  get(key: string, make: (key: string) => Value): Value;
}

export function boundedCache<Value extends object>(maxEntries: number): BoundedCache<Value> {
  const entries = new Map<string, Value>();
  return {
    get(key, make) {
      const known = entries.get(key);
      if (known !== undefined) return known;
      const made = make(key);
      if (entries.size >= maxEntries) {
        const oldest = entries.keys().next();
        if (oldest.done !== true) entries.delete(oldest.value);
      }
      entries.set(key, made);
      return made;
    },
  };
}
