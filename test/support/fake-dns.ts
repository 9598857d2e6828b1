/** A name server on a real UDP socket, with the records that a test gives it. */
import { createSocket, type RemoteInfo } from "node:dgram";
import type { DnsData } from "#shared/mail/dns-data.js";

export type ServedRecord = DnsData & { readonly name: string };

/** For a name: no reply at all, or an error code instead of records. */
export type Trouble = "silent" | "servfail" | "refused";

export interface FakeDns {
  /** `IP:PORT`. */
  readonly address: string;
  /** What it was asked, oldest first: `example.org MX`. */
  readonly asked: readonly string[];
  /** May be changed while it runs. */
  records: readonly ServedRecord[];
  /** By name; `*` for all others. */
  readonly trouble: Map<string, Trouble>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, DnsData["type"]>> = { 1: "A", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV" };
const CODES = { none: 0, servfail: 2, "no-name": 3, refused: 5 } as const;
const HEADER_BYTES = 12;
const IN = 1;

export async function startFakeDns(records: readonly ServedRecord[] = []): Promise<FakeDns> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  const fake = { asked, records, trouble: new Map<string, Trouble>() };
  socket.on("message", (query: Buffer, from: RemoteInfo) => {
    const reply = replyTo(query, fake, asked);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const close = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  return Object.assign(fake, { address: `127.0.0.1:${socket.address().port}`, close });
}

function replyTo(
  query: Buffer,
  { records, trouble }: Pick<FakeDns, "records" | "trouble">,
  asked: string[],
): Buffer | undefined {
  const { name, end } = readName(query, HEADER_BYTES);
  const number = query.readUInt16BE(end);
  const question = query.subarray(HEADER_BYTES, end + 4);
  asked.push(`${name} ${TYPES[number] ?? number}`);
  const wrong = trouble.get(name) ?? trouble.get("*");
  if (wrong === "silent") return undefined;
  if (wrong !== undefined) return packet(query, question, CODES[wrong], []);
  const here = records.filter((record) => record.name.toLowerCase() === name);
  const answers = here.filter(({ type }) => type === TYPES[number]).map((record) => answerOf(number, record));
  return packet(query, question, here.length === 0 ? CODES["no-name"] : CODES.none, answers);
}

/** RFC 1035 §4.1.1: a reply, recursion asked for and available. */
function packet(query: Buffer, question: Buffer, code: number, answers: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

function answerOf(number: number, record: ServedRecord): Buffer {
  const data = dataBytes(record);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // the name stands in the question
  head.writeUInt16BE(number, 2);
  head.writeUInt16BE(IN, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataBytes(data: DnsData): Buffer {
  switch (data.type) {
    case "A":
      return Buffer.from(data.address.split(".").map(Number));
    case "AAAA":
      return addressBytes(data.address);
    case "MX":
      return Buffer.concat([numbers(data.preference), nameBytes(data.exchange)]);
    case "TXT": {
      const text = Buffer.from(data.text, "latin1");
      const strings = Array.from({ length: Math.ceil(text.length / 255) || 1 }, (_, n) => text.subarray(n * 255));
      return Buffer.concat(strings.map((rest) => withLength(rest.subarray(0, 255))));
    }
    case "SRV":
      return Buffer.concat([numbers(data.priority, data.weight, data.port), nameBytes(data.target)]);
    default:
      return data satisfies never;
  }
}

function numbers(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.map((label) => withLength(Buffer.from(label, "latin1"))), Buffer.from([0])]);
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function addressBytes(address: string): Buffer {
  const [before = [], after = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return numbers(...[...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)));
}

function readName(packet: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = packet.readUInt8(at); length > 0; length = packet.readUInt8(at)) {
    labels.push(packet.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}
