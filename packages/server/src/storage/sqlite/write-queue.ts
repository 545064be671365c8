import { AppError } from "@sallyport/api/errors";
import type { Clock } from "../../kernel/clock.ts";
import type { Change, CommitResult } from "../backend.ts";
import type { WriterReply, WriterRequest } from "./messages.ts";
import { packGroup } from "./packed-group.ts";
import type { Publisher } from "./publisher.ts";
import { expectReply, type WriterLink } from "./writer-link.ts";

/** A group is one transaction; its bounds keep the message and the memory small. */
const GROUP_COMMITS = 512;
const GROUP_BYTES = 8 * 1024 * 1024;

interface Waiting {
  readonly changes: readonly Change[];
  readonly bytes: number;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Job {
  readonly request: WriterRequest;
  readonly done: (reply: WriterReply) => void;
  readonly reject: (error: unknown) => void;
}

interface QueueSetup {
  readonly link: WriterLink;
  readonly clock: Clock;
  readonly publisher: Publisher;
  /** The writer can go on no more. */
  readonly onFatal: (error: Error) => void;
}

/** Commits that wait; while one group is on its way to the disk the next one gathers. */
export class WriteQueue {
  readonly #setup: QueueSetup;
  #waiting: Waiting[] = [];
  #jobs: Job[] = [];
  /** Refuses what the writer is asked at this moment. */
  #abandon: ((error: unknown) => void) | undefined;
  #scheduled = false;
  #failure: Error | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(setup: QueueSetup) {
    this.#setup = setup;
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      this.#waiting.push({ changes, bytes: bytesOf(changes), resolve, reject });
      this.#schedule();
    });
  }

  /** Asks the writer something else, between two groups; `done` runs before anything later is published. */
  run(request: WriterRequest, done: (reply: WriterReply) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      const finish = (reply: WriterReply) => {
        done(reply);
        resolve();
      };
      this.#jobs.push({ request, done: finish, reject });
      this.#schedule();
    });
  }

  /** Resolves when everything that was queued is answered. */
  idle(): Promise<void> {
    if (this.#abandon === undefined && !this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Refuses everything that waits and that comes. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#waiting, ...this.#jobs]) reject(error);
    this.#abandon?.(error);
    this.#waiting = [];
    this.#jobs = [];
    this.#abandon = undefined;
    this.#settle();
  }

  /** Not at once: commits of the same turn of the event loop share a group. */
  #schedule(): void {
    if (this.#abandon !== undefined || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#abandon === undefined) this.#next();
      this.#settle();
    });
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (job !== undefined) {
      this.#send(job.request, job.done, job.reject);
      return;
    }
    const group = this.#takeGroup();
    if (group.length > 0) this.#sendGroup(group);
  }

  #sendGroup(group: readonly Waiting[]): void {
    const commits = group.map((entry) => entry.changes);
    const now = this.#setup.clock.now();
    const request: WriterRequest = { kind: "group", now, commits: packGroup(commits) };
    this.#send(
      request,
      (reply) => this.#answer(group, commits, reply),
      (error) => {
        for (const { reject } of group) reject(error);
      },
    );
  }

  #send(request: WriterRequest, done: (reply: WriterReply) => void, reject: (error: unknown) => void): void {
    this.#abandon = reject;
    this.#setup.link.send(request, (reply) => {
      this.#abandon = undefined;
      const fatal = reply.kind === "failed" && reply.failure.fatal;
      // The writer goes on with the next group while this one is published here.
      if (!fatal) this.#next();
      try {
        done(expectReply(reply, request.kind === "close" ? "closed" : request.kind));
      } catch (error) {
        reject(error);
        if (fatal || !(error instanceof AppError && error.reason === "UNAVAILABLE")) {
          this.#setup.onFatal(error as Error);
        }
      }
      this.#settle();
    });
  }

  #answer(group: readonly Waiting[], commits: readonly (readonly Change[])[], reply: WriterReply): void {
    const results = this.#setup.publisher.group(commits, expectReply(reply, "group"));
    for (const [index, { resolve }] of group.entries()) {
      const result = results[index];
      if (result !== undefined) resolve(result);
    }
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((entry, index) => {
      bytes += entry.bytes;
      return index > 0 && (index === GROUP_COMMITS || bytes > GROUP_BYTES);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  #settle(): void {
    if (this.#abandon !== undefined || this.#scheduled) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

function bytesOf(changes: readonly Change[]): number {
  return changes.reduce((sum, change) => sum + (change.op === "put" ? change.value.byteLength : 0), 0);
}
