import { AppError } from "../errors/index.ts";

const controlCharacter = /\p{Cc}/u;

/**
 * Refuses text that would read differently to different readers of a certificate: control characters, which also
 * forge lines in logs, and text that is not valid Unicode.
 *
 * @throws AppError BAD_PARAMETER; the message shows the value escaped and cut.
 */
export function checkText(field: string, value: string): string {
  if (value.isWellFormed() && !controlCharacter.test(value)) return value;
  const what = `${field} ${JSON.stringify(value.slice(0, 64))} has a control character or is not valid Unicode`;
  throw new AppError("BAD_PARAMETER", what, { details: { field } });
}

/** As `checkText`, and refuses the empty text: an empty role or login in a list is somebody's mistake. */
export function checkName(field: string, value: string): string {
  if (value !== "") return checkText(field, value);
  throw new AppError("BAD_PARAMETER", `${field} is empty`, { details: { field } });
}
