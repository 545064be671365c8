import { AppError } from "@sallyport/api";

export function nearestName(_name: string, _known: readonly string[]): string | undefined {
  throw new AppError("NOT_IMPLEMENTED");
}
