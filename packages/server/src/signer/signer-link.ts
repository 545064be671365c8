import type { SignerReply, SignerRequest } from "./protocol/messages.ts";

type WithoutId<R> = R extends SignerRequest ? Omit<R, "id"> : never;
export type Question = WithoutId<Exclude<SignerRequest, { op: "open" }>>;

/** A way to a signer while there is one. */
export interface SignerLink {
  /** Of the process, where it is a child of this one. */
  readonly pid: number | undefined;
  /** What its end is called: in errors, and in the log. */
  readonly endWords: { readonly because: string; readonly log: string };
  /** Once, before anything is asked. */
  open(): Promise<SignerReply>;
  /** Rejects where it ends before it answers. */
  ask(question: Question): Promise<SignerReply>;
  kill(): void;
}
