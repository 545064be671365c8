import { AppError, type ErrorDetails } from "@sallyport/api";

const NEAR_LENGTH = 24;

/** A text under examination and what it is called in messages. */
export interface Source {
  readonly text: string;
  /** For example "label expression". */
  readonly title: string;
}

/** A refusal that says where: line and column count from 1, columns in characters. */
export function expressionError(source: Source, at: number, problem: string, nearest?: string): AppError {
  const { line, column } = positionOf(source.text, at);
  const suggestion = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
  const message = `${source.title}, line ${line}, column ${column}${nearText(source.text, at)}: ${problem}${suggestion}`;
  const position: ErrorDetails = { line, column };
  return new AppError("BAD_PARAMETER", message, {
    details: nearest === undefined ? position : { ...position, nearest },
  });
}

/** A failure while an expression runs, where no position helps. */
export function evaluationError(problem: string): AppError {
  return new AppError("BAD_PARAMETER", `the expression cannot be evaluated: ${problem}`);
}

function positionOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

function nearText(text: string, at: number): string {
  const rest = [...(text.slice(at, at + 4 * NEAR_LENGTH).split("\n")[0] ?? "")];
  if (rest.length === 0) return "";
  const shown = rest.slice(0, NEAR_LENGTH).join("");
  return ` (at ${shown}${rest.length > NEAR_LENGTH ? "…" : ""})`;
}
