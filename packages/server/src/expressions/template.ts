import { AppError, type Traits } from "@sallyport/api";

export interface TemplateOptions {
  /** Names that may follow `internal.`; left out, those that role fields know. */
  readonly internalNames?: readonly string[];
}

export function expandTemplate(
  _text: string,
  _traits: Traits,
  _options?: TemplateOptions,
): readonly string[] {
  throw new AppError("NOT_IMPLEMENTED");
}

export function checkTemplate(_text: string, _options?: TemplateOptions): void {
  throw new AppError("NOT_IMPLEMENTED");
}
