/** How far a rotation has come. Every certificate of a phase is issued by the active keys. */
export const rotationPhases = ["standby", "init", "update_clients", "update_servers", "rollback"] as const;
export type RotationPhase = (typeof rotationPhases)[number];

export const rotationModes = ["manual", "auto"] as const;
export type RotationMode = (typeof rotationModes)[number];

/** When each phase of an automatic rotation begins; undefined = at once. Milliseconds since 1970. */
export interface RotationSchedule {
  readonly updateClientsAt: number | undefined;
  readonly updateServersAt: number | undefined;
  readonly standbyAt: number | undefined;
}

/** Where an authority stands. */
export interface Rotation {
  readonly phase: RotationPhase;
  /** "" while none is under way. */
  readonly mode: RotationMode | "";
  /** Of the rotation under way, or of the last one; "" where there was none. */
  readonly id: string;
  readonly startedAt: number | undefined;
  readonly gracePeriodMs: number;
  readonly lastRotatedAt: number | undefined;
  readonly schedule: RotationSchedule | undefined;
}

export const neverRotated: Rotation = {
  phase: "standby",
  mode: "",
  id: "",
  startedAt: undefined,
  gracePeriodMs: 0,
  lastRotatedAt: undefined,
  schedule: undefined,
};

/** The keys of an authority: those that sign, and those that are trusted besides. The first of each is used. */
export interface RotatedKeys<K> {
  readonly active: readonly K[];
  readonly additional: readonly K[];
}

/** What a step does to the keys. */
export type KeyMove =
  | "none"
  /** New keys become trusted, and sign nothing yet. */
  | "add"
  /** What signs and what is trusted besides change places. */
  | "swap"
  /** Only what signs stays trusted. */
  | "drop";

export function moveKeys<K>({ active, additional }: RotatedKeys<K>, move: KeyMove, fresh: readonly K[]) {
  switch (move) {
    case "none":
      return { active, additional };
    case "add":
      return { active, additional: [...fresh, ...additional] };
    case "swap":
      return { active: additional, additional: active };
    case "drop":
      return { active, additional: [] };
  }
}

/**
 * Which keys the certificates of servers are of. While clients get certificates of the new keys, servers still show
 * what even those clients trust that have not asked for the new authorities since they came.
 */
export const serverKeysIn = (phase: RotationPhase): keyof RotatedKeys<unknown> =>
  phase === "update_clients" ? "additional" : "active";

/**
 * Which keys sign the certificate of a database, which its owner puts there by hand: during `init` already the new
 * ones, so that it is in place when the others go.
 */
export const databaseKeysIn = (phase: RotationPhase): keyof RotatedKeys<unknown> =>
  phase === "init" ? "additional" : "active";
