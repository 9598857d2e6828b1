import { createHash } from "node:crypto";
import { Spool } from "#shared/queue/spool.js";
import { decodeParcel } from "./encode-parcel.ts";
import { KEPT_OF_LONG } from "./history-item.ts";
import type { IncomingHead, IncomingParcels } from "./kept/incoming.ts";
import { decodeLarge, LARGE_CONTENT } from "./large-content.ts";
import { contextOf, type Histories } from "./receiver-context.ts";
import type { SharedContext } from "./shared-context.ts";

/** A body that is whole, back into the content that it stands for; checked against the header. */
export interface WholeBody {
  readonly id: string;
  readonly head: IncomingHead;
  /** Where it is decoded; undefined for one that began in an earlier session. */
  readonly context: SharedContext | undefined;
  readonly completed: number;
  /** What is not in the file yet; without a file, all of it. */
  readonly parts: readonly Uint8Array[];
  /** The file. */
  readonly writing: Promise<string | undefined> | undefined;
}

export type ReceivedContent =
  /** `spool`: a large one; discard it. `beginning`: as much as the history keeps. */
  | { readonly kind: "content"; readonly content: Uint8Array | Spool; readonly beginning: Uint8Array }
  | { readonly kind: "history-unknown" }
  | { readonly kind: "damaged"; readonly reason: string };

export interface ReceiveContentOptions extends Histories {
  readonly incoming: IncomingParcels;
  /** The folder of spools. */
  readonly partial: string;
}

/** @throws the disk's error */
export async function receiveContent(options: ReceiveContentOptions, body: WholeBody): Promise<ReceivedContent> {
  if (body.head.header.size > LARGE_CONTENT) return large(options, body);
  const encoded = await inMemory(options, body);
  const context = body.context ?? (await contextOf(options, body.head));
  if (context === undefined) return { kind: "history-unknown" };
  const { header, encoding } = body.head;
  const decoded = await decodeParcel(encoded, header, encoding, context, body.completed);
  if (body.context === undefined) await context.close();
  return decoded.kind === "plain" ? { kind: "content", content: decoded.plain, beginning: decoded.plain } : decoded;
}

async function inMemory({ incoming }: ReceiveContentOptions, body: WholeBody): Promise<Uint8Array> {
  const { id, parts, writing, context } = body;
  const begunEarlier = context === undefined;
  if (writing === undefined && !begunEarlier) return Buffer.concat(parts);
  const problem = await writing;
  if (problem !== undefined) throw new Error(problem);
  return Buffer.concat([await incoming.body(id), ...parts]);
}

/** From file to file: a message of 25 MB is never in memory. */
async function large({ incoming, partial }: ReceiveContentOptions, body: WholeBody): Promise<ReceivedContent> {
  const { id, head, parts, writing, context } = body;
  const begunEarlier = context === undefined;
  const problem =
    (await (writing ?? (begunEarlier ? undefined : incoming.begin(id, head)))) ??
    (parts.length === 0 ? undefined : await incoming.write(id, Buffer.concat(parts)));
  if (problem !== undefined) throw new Error(problem);
  // Two models and a window at once would be too much for a small machine.
  await body.context?.rest();
  const spool = new Spool(partial);
  const hash = createHash("sha256");
  let beginning = Buffer.alloc(0);
  try {
    for await (const piece of decodeLarge(incoming.stream(id), head.header.size)) {
      hash.update(piece);
      if (beginning.length < KEPT_OF_LONG) beginning = Buffer.concat([beginning, piece]).subarray(0, KEPT_OF_LONG);
      await spool.write(piece);
    }
  } catch (error) {
    await spool.discard();
    return { kind: "damaged", reason: String(error) };
  }
  const right = spool.size === head.header.size && hash.digest("hex").startsWith(head.header.checksum);
  if (right) return { kind: "content", content: spool, beginning };
  await spool.discard();
  return { kind: "damaged", reason: "its checksum is wrong" };
}
