import { parseDestination, type RoutedPattern } from "#hub/routing/route-table.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { askRecipient } from "#shared/smtp/ask-recipient.js";
import { type HopContext, smtpTarget } from "./next-hop.ts";

export interface ProbeContext extends HopContext {
  /** Milliseconds of a clock that is never set. */
  readonly now: () => number;
  /** For one question, from the connection to its answer; 10 s. */
  readonly limitMs?: number;
  /** Answers that are remembered of each kind, 10,000. */
  readonly maxAnswers?: number;
}

/** What a host has said of a recipient, and how long ago. */
export interface KnownAnswer {
  readonly outcome: Outcome;
  readonly agoMs: number;
}

/** A sender waits five minutes for the answer to RCPT (RFC 5321 §4.5.3.2.3), and gives many of them. */
const LIMIT_MS = 10_000;
const YES_MS = 24 * 3600_000;
const NO_MS = 3600_000;
const UNKNOWN_MS = 60_000;
/** Of each kind, 300 bytes each: a stranger's guesses push out other guesses, never names that exist. */
const MAX_ANSWERS = 10_000;
/** Hosts wait for hosts here: what is more is told to come again. */
const MAX_AT_ONCE = 20;

/**
 * Whether the host of a route takes a recipient: asked by SMTP, and remembered, a yes for a day, a no for an hour, silence
 * for a minute. A host that cannot be asked is never a reason to refuse: who was ever there is taken, all others are deferred.
 */
export class RecipientProbes {
  readonly #context: ProbeContext;
  /** When each was last there; kept when the day is over, for the time that the host is silent. */
  readonly #yes = new Map<string, number>();
  readonly #others = new Map<string, { outcome: Outcome; at: number }>();
  readonly #underWay = new Map<string, Promise<Outcome>>();

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** Never throws for what the network or the host does. @param pattern of a route */
  async ask(pattern: string, recipient: string): Promise<Outcome> {
    const route = this.#context.routes.route(pattern);
    if (route === undefined) return deferred("4.3.5", `the route ${pattern} has changed, try again`);
    const key = keyOf(route, recipient);
    const known = this.#fresh(key);
    if (known !== undefined) return known.outcome;
    const other = this.#underWay.get(key);
    if (other !== undefined) return other;
    if (this.#underWay.size >= MAX_AT_ONCE) return this.#unsure(key, recipient, "too many questions at once");
    const asking = this.#askHost(route, recipient, key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  /** What would be answered without asking; undefined: nothing. */
  known(pattern: string, recipient: string): KnownAnswer | undefined {
    const route = this.#context.routes.route(pattern);
    return route === undefined ? undefined : this.#fresh(keyOf(route, recipient));
  }

  async #askHost(route: RoutedPattern, recipient: string, key: string): Promise<Outcome> {
    const next = parseDestination(route.destination);
    const target = next?.kind === "smtp" ? smtpTarget(this.#context, route, next) : undefined;
    if (target === undefined) return deferred("4.3.5", `the route ${route.pattern} cannot be asked, try again`);
    const { limitMs = LIMIT_MS } = this.#context;
    const outcome = await askRecipient(target, recipient, AbortSignal.timeout(limitMs));
    const at = this.#context.now();
    if (outcome.kind === "delivered") {
      this.#others.delete(key);
      this.#keep(this.#yes, key, at);
      return outcome;
    }
    if (outcome.kind === "failed") this.#yes.delete(key);
    const said = outcome.kind === "failed" ? refusal(outcome) : this.#unsure(key, recipient, outcome.text);
    this.#keep(this.#others, key, { outcome: said, at });
    return said;
  }

  #fresh(key: string): KnownAnswer | undefined {
    const now = this.#context.now();
    const yes = this.#yes.get(key);
    if (yes !== undefined && now - yes < YES_MS) {
      this.#keep(this.#yes, key, yes);
      return { outcome: delivered("the host takes it"), agoMs: now - yes };
    }
    const other = this.#others.get(key);
    if (other === undefined || now - other.at >= (other.outcome.kind === "failed" ? NO_MS : UNKNOWN_MS))
      return undefined;
    return { outcome: other.outcome, agoMs: now - other.at };
  }

  /** The one that was asked for last is last; the first goes. */
  #keep<T>(answers: Map<string, T>, key: string, value: T): void {
    answers.delete(key);
    answers.set(key, value);
    const [oldest] = answers.keys();
    if (answers.size > (this.#context.maxAnswers ?? MAX_ANSWERS) && oldest !== undefined) answers.delete(oldest);
  }

  #unsure(key: string, recipient: string, why: string): Outcome {
    if (this.#yes.has(key)) return delivered(`it was there before (${why})`);
    return deferred("4.4.0", `cannot find out whether ${recipient} is there, try again later: ${why}`);
  }
}

/** A route that leads elsewhere now has another host to ask. */
function keyOf({ pattern, destination }: RoutedPattern, recipient: string): string {
  return `${pattern}\0${destination}\0${recipient.toLowerCase()}`;
}

/** Bad destination mailbox, where the host has no code of its own. */
function refusal({ status, text, remote }: Outcome & { kind: "failed" }): Outcome {
  return failed(status === "5.0.0" ? "5.1.1" : status, text, remote);
}
