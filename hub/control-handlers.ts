import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import type { ControlHandler } from "#shared/io/control.js";
import { giveWord } from "./moderation/give-word.ts";
import { moveQueued } from "./move-queued.ts";
import type { HubNode } from "./node.ts";

/** What commands ask of a running hub. Each returns when the work is durable. */
export function controlHandlers(node: HubNode, stopped: AbortSignal): Readonly<Record<string, ControlHandler>> {
  return {
    flush: (args, _progress, signal) =>
      flushOffice(node, String(args.office), optional(args.to), AbortSignal.any([signal, stopped])),
    "move-queued": async (args) => moveQueued(node, String(args.name), String(args.from)),
    held: async ({ verdict, id, list }) =>
      giveWord(node, verdict === "accept" ? "accept" : "reject", String(id), optional(list)),
    "probe-known": async (args) => node.probes.known(String(args.route), String(args.recipient)) ?? null,
    retry: async (args) => node.engine.retry(String(args.queue)),
  };
}

/** Where an office is called: `to` (a URL), or the address the directory knows. */
export async function flushOffice(node: HubNode, name: string, to: string | undefined, signal: AbortSignal) {
  const office = node.directory.offices.get(name);
  if (office === undefined)
    throw new Failure(EXIT.badData, `There is no office "${name}": see \`qrelay hub office list\``);
  const where = to ?? office.dial;
  if (where === undefined) {
    throw new Failure(
      EXIT.badData,
      `The office "${name}" has no address to call: give --to HOST:PORT, or set one with \`qrelay hub office set ${name} --dial tls://HOST:PORT\``,
    );
  }
  const result = await node.links.dial(office, where, signal);
  const left = await waiting(node, name);
  return { ...result, left };
}

async function waiting(node: HubNode, name: string): Promise<{ messages: number; bytes: number }> {
  const { messages, bytes } = await node.store.queue(`office/${name}`).summary();
  return { messages, bytes };
}

function optional(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
