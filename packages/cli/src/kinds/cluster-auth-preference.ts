import { kindActions } from "./kind-actions.ts";

export const clusterAuthPreferenceActions = kindActions<"cluster_auth_preference">({
  kind: "cluster_auth_preference",
  list: async (client) => [await client.clusterConfig.getAuthPreference()],
  get: (client) => client.clusterConfig.getAuthPreference(),
  upsert: (client, authPreference) => client.clusterConfig.upsertAuthPreference({ authPreference }),
  update: (client, authPreference) => client.clusterConfig.updateAuthPreference({ authPreference }),
  remove: (client) => client.clusterConfig.resetAuthPreference(),
  table: (preferences) => ({
    headers: ["Type", "Second Factors"],
    rows: preferences.map(({ Spec }) => [Spec?.Type ?? "", showFactors(Spec?.SecondFactors ?? [])]),
  }),
});

const factorNames: Readonly<Record<number, string>> = { 1: "otp", 2: "webauthn", 3: "sso" };

function showFactors(factors: readonly number[]): string {
  return factors.map((factor) => factorNames[factor] ?? `${factor}`).join(",");
}
