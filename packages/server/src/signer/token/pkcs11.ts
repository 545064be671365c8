import koffi from "koffi";
import { tokenErrorOf } from "./token-error.ts";

/** A value of an object or a template: numbers are those of the header `pkcs11t.h` (PKCS#11 2.40). */
export interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

/** The functions of a PKCS#11 module that a signer needs. Each throws TokenError. */
export interface Pkcs11 {
  /** With `threads`, `signAside` may be used; not every module can. */
  initialize(threads: boolean): void;
  finalize(): void;
  /** Slots with a token in them. */
  slots(): readonly number[];
  tokenLabel(slot: number): string;
  openSession(slot: number): number;
  login(session: number, pin: Buffer): void;
  generateKeyPair(
    session: number,
    mechanism: number,
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): { readonly publicKey: number; readonly privateKey: number };
  /** At most 16; more than one is a surprise to whoever asks. */
  find(session: number, template: readonly Attribute[]): readonly number[];
  findAll(session: number, template: readonly Attribute[]): readonly number[];
  destroy(session: number, object: number): void;
  attribute(session: number, object: number, type: number): Buffer;
  sign(session: number, mechanism: number, key: number, data: Buffer): Buffer;
  /** The same in another thread. A session does one at a time. */
  signAside(session: number, mechanism: number, key: number, data: Buffer): Promise<Buffer>;
}

const MAX_SLOTS = 256;
const MAX_OBJECTS = 16;
const MAX_VALUE_BYTES = 4096;
const LABEL_BYTES = 32;
const TOKEN_INFO_BYTES = 512;
/** CKF_RW_SESSION and CKF_SERIAL_SESSION. */
const SESSION_FLAGS = 0x2 | 0x4;
const USER = 1;
/** CKF_OS_LOCKING_OK: the module is to lock by what the system has. */
const OS_LOCKING = 0x2;

/** Places in CK_FUNCTION_LIST, in which every function of version 2 stands in a fixed order. */
const places = {
  C_Initialize: [0, "CK_C_INITIALIZE_ARGS *args"],
  C_Finalize: [1, "void *reserved"],
  C_GetSlotList: [4, "uint8_t present, _Out_ unsigned long *list, _Inout_ unsigned long *count"],
  C_GetTokenInfo: [6, "unsigned long slot, void *info"],
  C_OpenSession: [
    12,
    "unsigned long slot, unsigned long flags, void *app, void *notify, _Out_ unsigned long *out",
  ],
  C_Login: [18, "unsigned long session, unsigned long user, void *pin, unsigned long length"],
  C_DestroyObject: [22, "unsigned long session, unsigned long object"],
  C_GetAttributeValue: [
    24,
    "unsigned long session, unsigned long object, _Inout_ CK_ATTRIBUTE *list, unsigned long count",
  ],
  C_FindObjectsInit: [26, "unsigned long session, CK_ATTRIBUTE *list, unsigned long count"],
  C_FindObjects: [
    27,
    "unsigned long session, _Out_ unsigned long *out, unsigned long most, _Out_ unsigned long *count",
  ],
  C_FindObjectsFinal: [28, "unsigned long session"],
  C_SignInit: [42, "unsigned long session, CK_MECHANISM *mechanism, unsigned long key"],
  C_Sign: [
    43,
    "unsigned long session, void *data, unsigned long length, void *out, _Inout_ unsigned long *size",
  ],
  C_GenerateKeyPair: [
    59,
    "unsigned long session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *publicList, unsigned long publicCount, CK_ATTRIBUTE *privateList, unsigned long privateCount, _Out_ unsigned long *publicKey, _Out_ unsigned long *privateKey",
  ],
} as const satisfies Record<string, readonly [number, string]>;

type FunctionName = keyof typeof places;
/** A function of a module, and the same in another thread. */
interface Bound {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}
interface Call {
  (name: FunctionName, ...args: unknown[]): void;
  aside(name: FunctionName, ...args: unknown[]): Promise<void>;
}

/** Loads a module. It is code of the token's maker in this process, which therefore does nothing else. */
export function loadPkcs11(modulePath: string): Pkcs11 {
  const call = bind(modulePath);
  return {
    initialize: (threads) => call("C_Initialize", threads ? { ...noArgs, flags: OS_LOCKING } : null),
    finalize: () => call("C_Finalize", null),
    slots: () => listSlots(call),
    tokenLabel: (slot) => {
      const info = Buffer.alloc(TOKEN_INFO_BYTES);
      call("C_GetTokenInfo", slot, info);
      return info.toString("utf8", 0, LABEL_BYTES).trimEnd();
    },
    openSession: (slot) => {
      const out = [0];
      call("C_OpenSession", slot, SESSION_FLAGS, null, null, out);
      return first(out);
    },
    login: (session, pin) => call("C_Login", session, USER, pin, pin.length),
    generateKeyPair: (session, mechanism, publicTemplate, privateTemplate) => {
      const [publicKey, privateKey] = [[0], [0]];
      const templates = [publicTemplate, privateTemplate].flatMap((one) => [template(one), one.length]);
      call("C_GenerateKeyPair", session, plain(mechanism), ...templates, publicKey, privateKey);
      return { publicKey: first(publicKey), privateKey: first(privateKey) };
    },
    find: (session, wanted) => findObjects(call, session, wanted, MAX_OBJECTS),
    findAll: (session, wanted) => findObjects(call, session, wanted, Number.POSITIVE_INFINITY),
    destroy: (session, object) => call("C_DestroyObject", session, object),
    attribute: (session, object, type) => {
      const list = template([{ type, value: Buffer.alloc(MAX_VALUE_BYTES) }]);
      const value = list[0]?.value ?? Buffer.alloc(0);
      call("C_GetAttributeValue", session, object, list, 1);
      return value.subarray(0, Number(list[0]?.length ?? 0));
    },
    sign: (session, mechanism, key, data) => {
      const out = Buffer.alloc(MAX_VALUE_BYTES);
      const size = [out.length];
      call("C_SignInit", session, plain(mechanism), key);
      call("C_Sign", session, data, data.length, out, size);
      return out.subarray(0, first(size));
    },
    signAside: async (session, mechanism, key, data) => {
      const out = Buffer.alloc(MAX_VALUE_BYTES);
      const size = [out.length];
      call("C_SignInit", session, plain(mechanism), key);
      await call.aside("C_Sign", session, data, data.length, out, size);
      return out.subarray(0, first(size));
    },
  };
}

koffi.struct("CK_C_INITIALIZE_ARGS", {
  createMutex: "void *",
  destroyMutex: "void *",
  lockMutex: "void *",
  unlockMutex: "void *",
  flags: "unsigned long",
  reserved: "void *",
});
const noArgs = { createMutex: null, destroyMutex: null, lockMutex: null, unlockMutex: null, reserved: null };

koffi.struct("CK_ATTRIBUTE", { type: "unsigned long", value: "void *", length: "unsigned long" });
koffi.struct("CK_MECHANISM", { mechanism: "unsigned long", parameter: "void *", length: "unsigned long" });

/** A module that nobody holds is unloaded when memory is collected, and its functions lead to nowhere. */
const inUse: unknown[] = [];

function bind(modulePath: string): Call {
  const library = koffi.load(modulePath);
  inUse.push(library);
  const getFunctionList = library.func("unsigned long C_GetFunctionList(_Out_ void **list)");
  const out: unknown[] = [null];
  check("C_GetFunctionList", getFunctionList(out));
  const functions = new Map<string, Bound>();
  for (const [name, [place, parameters]] of Object.entries(places)) {
    // The version comes first, padded to the size of a pointer.
    const pointer = koffi.decode(out[0], koffi.sizeof("void *") * (place + 1), "void *");
    functions.set(name, koffi.decode(pointer, koffi.proto(`unsigned long ${name}(${parameters})`)));
  }
  const call = (name: FunctionName, ...args: unknown[]) => check(name, functions.get(name)?.(...args));
  const aside = (name: FunctionName, ...args: unknown[]) =>
    new Promise<void>((resolve, reject) => {
      functions.get(name)?.async(...args, (error: unknown, result: unknown) => {
        try {
          if (error) throw error;
          check(name, result);
          resolve();
        } catch (failure) {
          reject(failure);
        }
      });
    });
  return Object.assign(call, { aside });
}

/** CKR_OK is 0. */
function check(name: string, result: unknown): void {
  if (result !== 0) throw tokenErrorOf(name, Number(result));
}

function listSlots(call: Call): readonly number[] {
  const count = [MAX_SLOTS];
  const list = new Array<number>(MAX_SLOTS).fill(0);
  call("C_GetSlotList", 1, list, count);
  return list.slice(0, first(count));
}

function findObjects(
  call: Call,
  session: number,
  wanted: readonly Attribute[],
  most: number,
): readonly number[] {
  call("C_FindObjectsInit", session, template(wanted), wanted.length);
  const all: number[] = [];
  try {
    for (let last = MAX_OBJECTS; last === MAX_OBJECTS && all.length < most; ) {
      const [found, count] = [new Array<number>(MAX_OBJECTS).fill(0), [0]];
      call("C_FindObjects", session, found, MAX_OBJECTS, count);
      last = first(count);
      all.push(...found.slice(0, last));
    }
  } finally {
    call("C_FindObjectsFinal", session);
  }
  return all;
}

const template = (attributes: readonly Attribute[]) =>
  attributes.map(({ type, value }) => ({ type, value, length: value.length }));
const plain = (mechanism: number) => ({ mechanism, parameter: null, length: 0 });
const first = (out: readonly number[]): number => Number(out[0] ?? 0);
