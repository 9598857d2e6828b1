import { joinAddress, splitAddress } from "#shared/mail/address.js";
import { type Decision, type Step, step, toHub } from "./decisions.ts";
import type { SpokeView } from "./routing.ts";

/**
 * Stale copies of the address of somebody who has moved (pure): one forward, which is marked, so that it does not come round
 * (decisions: finality).
 *
 * @param name as headquarters lists her
 * @param address as it was written to
 */
export function sendOn(view: SpokeView, name: string, address: string, before: readonly Step[]): Decision {
  const last = step("moved", name, "Was here until lately: the hub knows where she is now");
  const { local, domain } = splitAddress(fullAddress(view, name));
  return { ...toHub(before, local, domain, last), expanded: address, renewed: true };
}

/** A bare name is one of the organisation's, as at headquarters. */
export function fullAddress(view: Pick<SpokeView, "domains" | "host">, address: string): string {
  return address.includes("@") ? address : joinAddress(address, view.domains[0] ?? view.host);
}
