import type { RE2JS } from "re2js";
import type { Pattern } from "./pattern.ts";

/** What a part of an expression yields. "dynamic" = a part of an object, known only when the expression runs. */
export type ValueType = "boolean" | "text" | "list" | "text map" | "list map" | "dynamic";

/**
 * What a function takes.
 * - "text", "list": converted, or refused when the expression runs; a text serves as a list of one.
 * - "any", "any list", "any text": handed over as they are; the function answers for what does not fit.
 * - "pattern": literal, glob or `^…$`; "regexp": RE2. A constant one is compiled, and refused, at parse.
 */
export type ParameterType = "text" | "list" | "any" | "any list" | "any text" | "pattern" | "regexp";

export interface Variable<Env> {
  readonly type: ValueType;
  read(env: Env): unknown;
}

export interface FunctionEntry<Env> {
  readonly parameters: readonly ParameterType[];
  /** Type of any further arguments. */
  readonly rest?: ParameterType;
  readonly result: ValueType;
  /** All arguments have, or none has, the same type: text or list. */
  readonly sameTypes?: boolean;
  apply(args: Arguments, env: Env): unknown;
}

/** One language: what can be named and called in it. */
export interface Vocabulary<Env> {
  /** As it stands in messages, for example "label expression". */
  readonly title: string;
  /** Dotted name → what it stands for. The longest name wins; the rest of a path are fields of it. */
  readonly variables: Readonly<Record<string, Variable<Env>>>;
  readonly functions: Readonly<Record<string, FunctionEntry<Env>>>;
  /** Whether there is == and !=. */
  readonly comparisons: boolean;
  /** Both sides of && and || are evaluated, so that an error in one is never hidden by the other. */
  readonly eager: boolean;
}

/** Converted arguments; the declared parameter type says which reader fits. */
export interface Arguments {
  readonly count: number;
  value(index: number): unknown;
  text(index: number): string;
  list(index: number): readonly string[];
  pattern(index: number): Pattern;
  regexp(index: number): RE2JS;
}
