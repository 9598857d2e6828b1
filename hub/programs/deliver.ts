import type { HubConfig } from "#hub/config.js";
import { PROGRAMS } from "#hub/router.js";
import type { ProgramRun } from "#hub/routing/decision.js";
import type { Recipient } from "#shared/mail/envelope.js";
import { deferred, delivered, type Outcome } from "#shared/mail/outcome.js";
import { isBeside } from "#shared/queue/beside.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { type Route, renamed } from "#shared/queue/route.js";
import type { RunnerOptions } from "#shared/queue/runner.js";
import { type SortContext, type Sorted, sortRouted } from "#shared/queue/sorter.js";
import { programAccount } from "./account.ts";
import { programEnvironment } from "./environment.ts";
import { type ProgramLimits, runProgram } from "./run-program.ts";

/**
 * Works the queue of mail for programs: the instructions of each recipient in their order, as the directory has them now.
 * Programs run at once; addresses and the mailbox get their copies when all programs before them have said yes. A crash in
 * between runs the programs again, as qmail would; copies meet what is already there.
 */
export interface ProgramContext extends SortContext {
  /** What programs an address leads to, in the order of the directory; none when that has been changed. */
  readonly runsOf: (address: string) => readonly ProgramRun[];
  readonly mailboxOf: (person: string) => Route;
}

/** What becomes of one recipient; without a route the router is asked. */
interface Routed {
  readonly recipient: Recipient;
  readonly route?: Sorted;
  /** It has led into this queue itself. */
  readonly again?: boolean;
}

/** @param config absent where programs are not allowed: then mail for them waits */
export function programDelivery(config: HubConfig["programs"], context: ProgramContext): RunnerOptions["attempt"] {
  let limits: ProgramLimits | undefined;
  return async (open, signal) => {
    const routed: Routed[] = [];
    for (const recipient of open.head.envelope.recipients) {
      const runs = context.runsOf(recipient.address);
      if (runs.length === 0 && isBeside(open.head.fields)) {
        routed.push({
          recipient,
          route: { kind: "done", outcome: delivered("nothing to do: no program is named now") },
        });
        continue;
      }
      // What is left of an expansion, or leads elsewhere by now.
      if (runs.length === 0) {
        routed.push({ recipient, again: true });
        continue;
      }
      // Not routed again: the others of the record have their mail.
      if (config === undefined) {
        routed.push({ recipient, route: { kind: "done", outcome: deferred("4.3.5", NOT_ALLOWED) } });
        continue;
      }
      limits ??= limitsOf(config);
      routed.push(...(await runAll(context, limits, open, recipient, runs, signal)));
    }
    return sortRouted(context, open, routed, PROGRAMS);
  };
}

const NOT_ALLOWED = "it is for a program, and programs are not allowed on this hub (programs.allow)";

function limitsOf({ user, timeoutMs }: NonNullable<HubConfig["programs"]>): ProgramLimits {
  const account = programAccount(user);
  return { timeoutMs, ...(account === undefined ? {} : { account }) };
}

async function runAll(
  context: ProgramContext,
  limits: ProgramLimits,
  open: OpenEntry,
  recipient: Recipient,
  runs: readonly ProgramRun[],
  signal: AbortSignal,
): Promise<Routed[]> {
  const { id, envelope } = open.head;
  const { address } = recipient;
  const mail = { sender: envelope.sender, recipient: address, now: Math.floor(context.now() / 1000) };
  const routed: Routed[] = [];
  for (const run of runs) {
    const env = programEnvironment(run, mail);
    for (const instruction of run.instructions) {
      if (instruction.kind === "forward") routed.push({ recipient: renamed(recipient, instruction.address) });
      if (instruction.kind === "mailbox") routed.push({ recipient, route: context.mailboxOf(run.person ?? "") });
      if (instruction.kind !== "program") continue;
      const { command } = instruction;
      const end = await runProgram(command, env, open.message(), limits, signal);
      context.log("program", { mail: id, recipient: address, command, ended: wordOf(end) });
      if (end === "stop") break;
      // Nothing that stands before it has happened yet, and nothing shall.
      if (end !== "go-on") return [{ recipient, route: { kind: "done", outcome: end } }];
    }
  }
  const done: Sorted = { kind: "done", outcome: delivered("by program") };
  return routed.length === 0 ? [{ recipient, route: done }] : routed;
}

function wordOf(end: "go-on" | "stop" | Outcome): string {
  return typeof end === "string" ? end : end.kind;
}
