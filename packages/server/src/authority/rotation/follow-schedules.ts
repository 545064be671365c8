import { isAppError } from "@sallyport/api";
import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { Backend } from "../../storage/index.ts";
import { type CaType, caTypes, isCaType } from "../ca-types.ts";
import { AUTHORITIES } from "../store.ts";
import { nextStep } from "./decide-next-step.ts";
import { type RotationDeps, rotateAuthority } from "./rotate-authority.ts";
import type { Rotation, RotationPhase } from "./rotation.ts";
import { readRotation } from "./rotation-message.ts";

interface ScheduleDeps extends RotationDeps {
  readonly backend: Backend;
  /** Told when a step fails; it is tried again. */
  onError(error: unknown): void;
}

const RETRY_MS = 60_000;

interface Seen {
  readonly rotation: Rotation;
  /** When this phase was first seen. */
  readonly enteredAt: number;
  /** A step that failed is not tried again before. */
  readonly notBeforeAt: number;
}

/** Takes rotations that are automatic through their phases, as their schedules say, for as long as the service runs. */
export async function followSchedules(deps: ScheduleDeps): Promise<{ stop(): void }> {
  const follower = new Follower(deps);
  const watch = await deps.backend.watch({
    prefixes: [AUTHORITIES],
    onChanges: (changes) => {
      for (const { item } of changes) {
        if (item !== undefined) follower.see(deps.authorities.parse(item));
      }
    },
  });
  for (const type of Object.keys(caTypes)) {
    if (!isCaType(type)) continue;
    const found = await deps.authorities.get(type, deps.clusterName);
    if (found !== undefined) follower.see(found);
  }
  return {
    stop: () => {
      watch.close();
      follower.stop();
    },
  };
}

class Follower {
  readonly #deps: ScheduleDeps;
  readonly #seen = new Map<CaType, Seen>();
  #cancel = () => {};
  #isBusy = false;
  #isStopped = false;

  constructor(deps: ScheduleDeps) {
    this.#deps = deps;
  }

  see(authority: CertAuthorityV2): void {
    const type = authority.Spec?.Type ?? "";
    if (!isCaType(type) || authority.Metadata?.Name !== this.#deps.clusterName) return;
    const rotation = readRotation(authority.Spec?.Rotation);
    const known = this.#seen.get(type);
    const isSame = known?.rotation.phase === rotation.phase && known.rotation.id === rotation.id;
    const enteredAt = isSame ? known.enteredAt : this.#deps.clock.now();
    this.#seen.set(type, { rotation, enteredAt, notBeforeAt: 0 });
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #arm(): void {
    this.#cancel();
    const [first] = this.#planned().sort((a, b) => a.at - b.at);
    if (first === undefined || this.#isBusy || this.#isStopped) return;
    const { clock } = this.#deps;
    this.#cancel = clock.after(Math.max(0, first.at - clock.now()), () => void this.#takeDue());
  }

  #planned(): { type: CaType; phase: RotationPhase; at: number }[] {
    return [...this.#seen].flatMap(([type, { rotation, enteredAt, notBeforeAt }]) => {
      const step = nextStep(rotation, enteredAt);
      return step === undefined ? [] : [{ type, phase: step.phase, at: Math.max(step.at, notBeforeAt) }];
    });
  }

  async #takeDue(): Promise<void> {
    this.#isBusy = true;
    const now = this.#deps.clock.now();
    for (const { type, phase, at } of this.#planned()) {
      if (at <= now && !this.#isStopped) await this.#take(type, phase);
    }
    this.#isBusy = false;
    this.#arm();
  }

  async #take(type: CaType, phase: RotationPhase): Promise<void> {
    const wish = { targetPhase: phase, mode: "auto", gracePeriodMs: undefined, schedule: undefined };
    try {
      await rotateAuthority(this.#deps, type, wish);
    } catch (error) {
      // Somebody who took a step at this moment was heard, or is heard now.
      if (!isAppError(error, "COMPARE_FAILED")) this.#deps.onError(error);
      const known = this.#seen.get(type);
      if (known !== undefined) {
        this.#seen.set(type, { ...known, notBeforeAt: this.#deps.clock.now() + RETRY_MS });
      }
    }
  }
}
