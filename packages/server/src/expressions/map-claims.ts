import { AppError, type Traits } from "@sallyport/api";

export interface ClaimMapping {
  readonly claim: string;
  readonly value: string;
  readonly roles: readonly string[];
}

export function mapClaims(_mappings: readonly ClaimMapping[], _traits: Traits): readonly string[] {
  throw new AppError("NOT_IMPLEMENTED");
}
