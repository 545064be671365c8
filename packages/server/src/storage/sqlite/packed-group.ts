import type { Change, Condition, Key, Revision } from "../backend.ts";

/**
 * The commits of a group on their way to the writer's thread: all of them in one buffer, which changes hands. Writing
 * them there takes a small part of the time that a clone of the same objects takes, and most of what a clone costs is
 * paid on the thread that answers calls.
 *
 * A commit is the number of its changes, then the changes. A change is an octet (what is done, what it depends on,
 * whether it expires), the key, the revision of the condition where it has one, and for a put its revision, the instant
 * it expires at and its value. Lengths and numbers are little-endian.
 */
export type PackedGroup = Uint8Array<ArrayBuffer>;

const ops = ["put", "delete", "check"] as const satisfies readonly Change["op"][];
const conditions = ["any", "absent", "present", "at"] as const satisfies readonly Condition["is"][];
/** The octet of a change: the operation from bit 0, the condition from bit 2, and this. */
const EXPIRES = 0x10;

/** Octets of a change besides its texts and its value, at most. */
const FIXED_BYTES = 1 + 4 + 4 + 4 + 8 + 4;
const LENGTH_BYTES = 4;
/** Octets of UTF-8 that one unit of a text takes at most. */
const UTF8_BYTES = 3;

export function packGroup(commits: readonly (readonly Change[])[]): PackedGroup {
  const packer = new Packer(commits.reduce((sum, changes) => sum + bytesAtMost(changes), 0));
  for (const changes of commits) {
    packer.count(changes.length);
    for (const change of changes) packer.change(change);
  }
  return packer.packed();
}

function bytesAtMost(changes: readonly Change[]): number {
  let sum = LENGTH_BYTES;
  for (const { key, condition, ...change } of changes) {
    sum += FIXED_BYTES + key.length;
    if (condition.is === "at") sum += condition.revision.length * UTF8_BYTES;
    if (change.op === "put") sum += change.revision.length * UTF8_BYTES + change.value.byteLength;
  }
  return sum;
}

class Packer {
  readonly #bytes: Buffer<ArrayBuffer>;
  #place = 0;

  constructor(bytes: number) {
    // Never of Node's pool, since the whole buffer is given away.
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }

  count(value: number): void {
    this.#place = this.#bytes.writeUInt32LE(value, this.#place);
  }

  change(change: Change): void {
    const { key, condition } = change;
    const expires = change.op === "put" && change.expiresAt !== undefined ? EXPIRES : 0;
    const octet = ops.indexOf(change.op) | (conditions.indexOf(condition.is) << 2) | expires;
    this.#bytes[this.#place++] = octet;
    this.count(key.length);
    // Keys are ASCII.
    this.#place += this.#bytes.write(key, this.#place, "latin1");
    if (condition.is === "at") this.#text(condition.revision);
    if (change.op !== "put") return;
    this.#text(change.revision);
    if (change.expiresAt !== undefined) {
      this.#place = this.#bytes.writeDoubleLE(change.expiresAt, this.#place);
    }
    this.count(change.value.byteLength);
    this.#bytes.set(change.value, this.#place);
    this.#place += change.value.byteLength;
  }

  packed(): PackedGroup {
    return this.#bytes.subarray(0, this.#place);
  }

  #text(text: string): void {
    const length = this.#bytes.write(text, this.#place + LENGTH_BYTES);
    this.count(length);
    this.#place += length;
  }
}

/** The commits again; their values are views into the one buffer. */
export function unpackGroup(packed: PackedGroup): readonly (readonly Change[])[] {
  const unpacker = new Unpacker(packed);
  const commits: (readonly Change[])[] = [];
  while (!unpacker.done) {
    const changes: Change[] = [];
    for (let left = unpacker.count(); left > 0; left -= 1) changes.push(unpacker.change());
    commits.push(changes);
  }
  return commits;
}

class Unpacker {
  readonly #bytes: Buffer;
  #place = 0;

  constructor({ buffer, byteOffset, byteLength }: PackedGroup) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get done(): boolean {
    return this.#place === this.#bytes.byteLength;
  }

  count(): number {
    this.#place += LENGTH_BYTES;
    return this.#bytes.readUInt32LE(this.#place - LENGTH_BYTES);
  }

  change(): Change {
    const octet = this.#bytes[this.#place++] ?? 0;
    const op = ops[octet & 3];
    const key = this.#take(this.count()).toString("latin1") as Key;
    const condition = this.#condition(octet);
    if (op === undefined) throw new Error("the group has an operation that is not known");
    if (op !== "put") return { op, key, condition };
    const revision = this.#revision();
    const expiresAt = (octet & EXPIRES) === 0 ? undefined : this.#take(8).readDoubleLE();
    return { op, key, value: this.#take(this.count()), revision, expiresAt, condition };
  }

  #condition(octet: number): Condition {
    const is = conditions[(octet >> 2) & 3] ?? "any";
    return is === "at" ? { is, revision: this.#revision() } : { is };
  }

  #revision(): Revision {
    return this.#take(this.count()).toString() as Revision;
  }

  #take(length: number): Buffer {
    const end = this.#place + length;
    if (end > this.#bytes.byteLength) throw new Error("the group ends too early");
    const taken = this.#bytes.subarray(this.#place, end);
    this.#place = end;
    return taken;
  }
}
