import { AppError } from "@sallyport/api/errors";
import type { Change, CommitResult, Cursor, Item, Key, StoredChange } from "../backend.ts";
import { formatCursor } from "../cursor.ts";
import type { Feed } from "../feed.ts";
import type { Effects, Outcome, Row, WriterReply } from "./messages.ts";
import type { ReadCache } from "./read-cache.ts";

type ReplyOf<K extends WriterReply["kind"]> = Extract<WriterReply, { kind: K }>;

/** Turns what the writer did into the feed, in order, and keeps the cache true. */
export class Publisher {
  readonly #epoch: string;
  readonly #cache: ReadCache;
  readonly #feed: Feed;
  #sequence: number;

  constructor(start: { epoch: string; sequence: number; cache: ReadCache; feed: Feed }) {
    this.#epoch = start.epoch;
    this.#sequence = start.sequence;
    this.#cache = start.cache;
    this.#feed = start.feed;
  }

  /** The newest sequence that watchers were told. */
  get sequence(): number {
    return this.#sequence;
  }

  cursor(): Cursor {
    return formatCursor(this.#epoch, this.#sequence);
  }

  /** Publishes a group and gives its answers. */
  group(commits: readonly (readonly Change[])[], reply: ReplyOf<"group">): CommitResult[] {
    const published: StoredChange[] = [];
    const results = commits.map((changes, index) => this.#result(changes, reply.outcomes[index], published));
    this.#publish(published, reply.sequence);
    return results;
  }

  sweep({ expired, sequence }: ReplyOf<"sweep">): void {
    const published = expired.map(({ key, previous }) => this.#number({ op: "delete", key }, previous));
    this.#publish(published, sequence);
  }

  #result(changes: readonly Change[], outcome: Outcome | undefined, published: StoredChange[]): CommitResult {
    if (outcome === undefined) throw new AppError("INTERNAL", "the writer left out an answer");
    if ("refused" in outcome) {
      const { refused: index, found } = outcome;
      const key = changes[index]?.key;
      if (key === undefined) throw new AppError("INTERNAL", "the writer refused a change that is not there");
      return { ok: false, index, key, found };
    }
    this.#collect(changes, outcome, published);
    return { ok: true, cursor: this.cursor() };
  }

  #collect(changes: readonly Change[], effects: Effects, published: StoredChange[]): void {
    for (const [index, previous] of effects.entries()) {
      const change = changes[index];
      if (previous === null || change === undefined || change.op === "check") continue;
      published.push(this.#number(change, previous));
    }
  }

  #number(
    change: { readonly op: "delete"; readonly key: Key } | (Item & { readonly op: "put" }),
    previous: Row | undefined,
  ): StoredChange {
    const { op, key } = change;
    this.#sequence += 1;
    return {
      sequence: this.#sequence,
      op,
      key,
      item: op === "put" ? itemOf(key, change) : undefined,
      previous: previous === undefined ? undefined : itemOf(key, previous),
    };
  }

  /** The whole batch reaches the cache before any watcher, so that a watcher reads what it is told. */
  #publish(changes: readonly StoredChange[], sequence: number): void {
    if (sequence !== this.#sequence) {
      throw new AppError("INTERNAL", `the writer is at ${sequence}, the feed at ${this.#sequence}`);
    }
    for (const change of changes) {
      if (change.item === undefined) this.#cache.delete(change.key);
      else this.#cache.set(change.item);
    }
    this.#feed.publish(changes, this.cursor());
  }
}

function itemOf(key: Key, { value, revision, expiresAt }: Row): Item {
  return { key, value, revision, expiresAt };
}
