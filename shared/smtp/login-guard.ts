import { setTimeout as sleep } from "node:timers/promises";
import { oneLine } from "#shared/mail/outcome.js";
import { AUTH_FAILURE_MS, MAX_AUTH_FAILURES } from "./limits.ts";
import type { SmtpLog, SmtpPolicy } from "./types.ts";

/**
 * The passwords of one connection. A wrong one is answered after a time that depends only on how many were wrong
 * before, so that an unknown user cannot be told from a wrong password (S19).
 */
export class LoginGuard {
  #failures = 0;
  readonly #policy: SmtpPolicy;
  readonly #log: SmtpLog;
  readonly #address: string;

  constructor(policy: SmtpPolicy, log: SmtpLog, address: string) {
    this.#policy = policy;
    this.#log = log;
    this.#address = address;
  }

  async check(login: string, password: string): Promise<"right" | "wrong" | "enough"> {
    const started = performance.now();
    const right = (await this.#policy.authenticate?.(login, password)) ?? false;
    this.#log(right ? "auth-ok" : "auth-failed", { peer: this.#address, service: "smtp", person: oneLine(login) });
    if (right) return "right";
    this.#failures += 1;
    const answerAt = started + AUTH_FAILURE_MS * this.#failures;
    await sleep(Math.max(0, answerAt - performance.now()));
    return this.#failures >= MAX_AUTH_FAILURES ? "enough" : "wrong";
  }
}
