import { setImmediate } from "node:timers/promises";
import { AppError } from "@sallyport/api/errors";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import type {
  Backend,
  Change,
  CommitResult,
  Cursor,
  Item,
  Key,
  Page,
  Range,
  Watch,
  WatchOptions,
} from "../backend.ts";
import { checkChanges } from "../check-changes.ts";
import { isLive } from "../condition.ts";
import { formatCursor, resumeFrom } from "../cursor.ts";
import { Feed, matching } from "../feed.ts";
import { isAuditKey } from "../key.ts";
import type { StorageLogger } from "../logger.ts";
import { type LogLimits, Maintenance } from "./maintenance.ts";
import type { WriterDiagnostics } from "./messages.ts";
import { prepareFile } from "./prepare-file.ts";
import { Publisher } from "./publisher.ts";
import { ReadCache } from "./read-cache.ts";
import { Reader } from "./reader.ts";
import { WriteQueue } from "./write-queue.ts";
import { expectReply, WriterLink } from "./writer-link.ts";

export interface SqliteOptions {
  readonly path: string;
  readonly clock?: Clock | undefined;
  readonly logger?: StorageLogger | undefined;
  /** How long a cursor can be resumed; a day or a million changes by default, whichever ends first. */
  readonly log?: Partial<LogLimits> | undefined;
  /** Memory for items that were read or written last. */
  readonly cacheBytes?: number | undefined;
  /** The file never grows beyond this many pages of 8 KiB. */
  readonly maxPages?: number | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const CACHE_BYTES = 32 * 1024 * 1024;
/** Changes that a watch which resumes reads in one go. */
const BACKLOG_BATCH = 1000;

/** Opens the database at `path`, and makes it if there is none. Throws STORAGE_UNUSABLE. */
export async function openSqlite(options: SqliteOptions): Promise<SqliteBackend> {
  const release = prepareFile(options.path, options.logger);
  let broken: (error: Error) => void = () => {};
  let link: WriterLink | undefined;
  try {
    const data = { path: options.path, maxPages: options.maxPages };
    link = await WriterLink.start(data, (error) => broken(error));
    const backend = new SqliteBackend(options, link, release);
    broken = (error) => backend.fail(error);
    return backend;
  } catch (error) {
    await link?.terminate();
    release();
    throw error;
  }
}

/** An SQLite file: one writer in a thread of its own, which commits in groups, and a connection that reads. */
class SqliteBackend implements Backend {
  readonly #clock: Clock;
  readonly #logger: StorageLogger | undefined;
  readonly #link: WriterLink;
  readonly #release: () => void;
  readonly #reader: Reader;
  readonly #cache: ReadCache;
  readonly #feed: Feed;
  readonly #epoch: string;
  readonly #publisher: Publisher;
  readonly #queue: WriteQueue;
  readonly #maintenance: Maintenance;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteOptions, link: WriterLink, release: () => void) {
    const { clock = systemClock, logger } = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#link = link;
    this.#release = release;
    this.#reader = new Reader(options.path);
    this.#cache = new ReadCache(options.cacheBytes ?? CACHE_BYTES);
    this.#feed = new Feed(logger);
    this.#epoch = this.#reader.epoch();
    const sequence = this.#reader.logEnds().last;
    this.#publisher = new Publisher({ epoch: this.#epoch, sequence, cache: this.#cache, feed: this.#feed });
    const publisher = this.#publisher;
    this.#queue = new WriteQueue({ link, clock, publisher, onFatal: (error) => this.fail(error) });
    const limits = { ageMs: DAY_MS, entries: 1_000_000, ...options.log };
    const { reader, queue } = { reader: this.#reader, queue: this.#queue };
    this.#maintenance = new Maintenance({ clock, queue, reader, publisher, limits, logger });
  }

  async get(key: Key): Promise<Item | undefined> {
    this.#mustBeOpen();
    const item = this.#cache.get(key) ?? this.#read(key);
    return item !== undefined && isLive(item, this.#clock.now()) ? item : undefined;
  }

  async list(range: Range): Promise<Page> {
    this.#mustBeOpen();
    return this.#reader.list(range, this.#clock.now());
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    this.#mustBeOpen();
    return this.#queue.commit(checkChanges(changes));
  }

  async watch(options: WatchOptions): Promise<Watch> {
    this.#mustBeOpen();
    if (this.#failure !== undefined) throw this.#failure;
    if (options.from !== undefined) await this.#catchUp(options, options.from);
    // Nothing may be published between the last of the backlog and this, so there is no await.
    return this.#feed.add(options, options.from ?? this.#publisher.cursor());
  }

  /** How the connection that writes is set, from SQLite itself. */
  async diagnostics(): Promise<WriterDiagnostics> {
    this.#mustBeOpen();
    const { promise, resolve } = Promise.withResolvers<WriterDiagnostics>();
    await this.#queue.run({ kind: "diagnose" }, (reply) => {
      resolve(expectReply(reply, "diagnose").diagnostics);
    });
    return promise;
  }

  async purge(): Promise<void> {
    this.#mustBeOpen();
    await this.#queue.run({ kind: "purge" }, (reply) => void expectReply(reply, "purge"));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Nobody knows any more what is on the disk: nothing is written until the next start looks at the file. */
  fail(cause: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = new AppError("UNAVAILABLE", `the database has failed: ${cause.message}`, { cause });
    this.#logger?.error({ error: cause }, "the database has failed; nothing is written until a restart");
    this.#maintenance.stop();
    this.#queue.fail(this.#failure);
    this.#feed.end(this.#failure);
  }

  async #close(): Promise<void> {
    this.#maintenance.stop();
    await this.#queue.idle();
    this.#feed.end();
    // The writer's connection goes last: then SQLite removes the write-ahead log, the mark of a clean stop.
    this.#reader.close();
    if (this.#failure === undefined) await this.#link.close();
    else await this.#link.terminate();
    this.#release();
  }

  #read(key: Key): Item | undefined {
    const item = this.#reader.get(key);
    // The feed says nothing of audit entries, so they cannot be kept.
    if (item !== undefined && !isAuditKey(key)) this.#cache.set(item);
    return item;
  }

  async #catchUp(options: WatchOptions, from: Cursor): Promise<void> {
    let place = this.#resume(from);
    while (place < this.#publisher.sequence) {
      const changes = this.#reader.log(place, this.#publisher.sequence, BACKLOG_BATCH);
      place = changes.at(-1)?.sequence ?? this.#publisher.sequence;
      const cursor = formatCursor(this.#epoch, place);
      const wanted = matching(changes, options.prefixes);
      if (wanted.length > 0) options.onChanges(wanted, cursor);
      if (place === this.#publisher.sequence) return;
      await setImmediate();
      this.#mustBeOpen();
      place = this.#resume(cursor);
    }
  }

  #resume(cursor: Cursor): number {
    const { first } = this.#reader.logEnds();
    const newest = this.#publisher.sequence;
    return resumeFrom(cursor, { epoch: this.#epoch, oldest: Math.max(0, first - 1), newest });
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new AppError("UNAVAILABLE", "the storage is closed");
  }
}
