import { Resolver } from "node:dns/promises";
import type { DnsAnswer, DnsData, DnsQuestion } from "#shared/mail/dns-data.js";

export interface AskWhom {
  /** `IP` or `IP:PORT`; else the machine's own resolvers. */
  readonly server?: string;
  /** For all questions together: after it nothing is waited for. */
  readonly timeoutMs: number;
}

export interface Asked {
  /** The resolvers that were asked. */
  readonly servers: readonly string[];
  /** One for each question, in its order. */
  readonly answers: readonly DnsAnswer[];
}

/** Enough to hide a satellite's round trip, few enough for a small resolver. */
const AT_ONCE = 16;
/** For the first try of a question; the resolver library waits longer each time, three tries take about 14 s. */
const TRY_MS = 2000;
const TRIES = 3;

/** The name or the type is not there: an answer, and a final one. */
const NOTHING = new Set(["ENOTFOUND", "ENODATA"]);

const REASONS: Readonly<Record<string, string>> = {
  ETIMEOUT: "the resolver does not answer in time",
  ECANCELLED: "the resolver does not answer in time",
  ECONNREFUSED: "no resolver listens there",
  ESERVFAIL: "the resolver could not find out (SERVFAIL)",
  EREFUSED: "the resolver refuses to answer (REFUSED)",
};

/** Asks all questions; never throws for what the network does, and ends within `timeoutMs`. */
export async function askDns(questions: readonly DnsQuestion[], whom: AskWhom): Promise<Asked> {
  const resolver = new Resolver({ timeout: Math.min(TRY_MS, whom.timeoutMs), tries: TRIES });
  if (whom.server !== undefined) resolver.setServers([whom.server]);
  const answers: DnsAnswer[] = [];
  const left = questions.entries();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    resolver.cancel();
  }, whom.timeoutMs);
  const work = async (): Promise<void> => {
    // All workers draw from one iterator: each question is asked once.
    for (const [index, question] of left) {
      answers[index] = late ? noAnswer({ code: "ECANCELLED" }) : await ask(resolver, question);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    clearTimeout(timer);
  }
  return { servers: resolver.getServers(), answers };
}

async function ask(resolver: Resolver, question: DnsQuestion): Promise<DnsAnswer> {
  try {
    return { kind: "found", data: await dataOf(resolver, question) };
  } catch (error) {
    return noAnswer(error);
  }
}

async function dataOf(resolver: Resolver, { name, type }: DnsQuestion): Promise<DnsData[]> {
  switch (type) {
    case "A":
      return (await resolver.resolve4(name)).map((address) => ({ type, address }));
    case "AAAA":
      return (await resolver.resolve6(name)).map((address) => ({ type, address }));
    case "MX":
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({
        type,
        preference: priority,
        exchange,
      }));
    case "TXT":
      return (await resolver.resolveTxt(name)).map((strings) => ({ type, text: strings.join("") }));
    case "SRV":
      return (await resolver.resolveSrv(name)).map(({ name: target, ...numbers }) => ({
        type,
        priority: numbers.priority,
        weight: numbers.weight,
        port: numbers.port,
        target,
      }));
    default:
      return type satisfies never;
  }
}

function noAnswer(error: unknown): DnsAnswer {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined && NOTHING.has(code)) return { kind: "found", data: [] };
  return { kind: "no-answer", reason: REASONS[code ?? ""] ?? message ?? "the resolver does not answer" };
}
