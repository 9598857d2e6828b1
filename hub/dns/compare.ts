import { canonicalDomain } from "#shared/mail/address.js";
import { type DnsAnswer, type DnsData, type DnsQuestion, type DnsType, dnsText } from "#shared/mail/dns-data.js";
import { canonicalAddress, type DnsRecord, hubNames, type Star, sendersOf, starRecords } from "./records.ts";
import { isSpf, type Senders, spfAgrees } from "./spf.ts";

/** `extra`: something is there beside what is wanted, and mail or programs will use it. */
export type State = "ok" | "missing" | "different" | "extra" | "no-answer";

/** What became of one wanted record, or of one that was found and not wanted. */
export interface DnsFinding {
  readonly name: string;
  readonly type: DnsType;
  readonly state: State;
  readonly wanted?: string;
  readonly found: readonly string[];
  /** What is wrong and what cures it; empty when all is right. */
  readonly says: string;
}

/** What to ask. Both kinds of address, whichever the hub has: one that leads elsewhere takes mail away too. */
export function questionsFor(star: Star): DnsQuestion[] {
  const addresses = hubNames(star).flatMap((name) => [
    { name, type: "A" as const },
    { name, type: "AAAA" as const },
  ]);
  const rest = starRecords({ ...star, addresses: [] }).map(({ name, type }) => ({ name, type }));
  return [...new Map([...addresses, ...rest].map((one) => [keyOf(one), one])).values()];
}

/**
 * Wanted against found. Without addresses in `star` those that the hub's name has are taken for right, and only
 * having none is wrong. `line` writes a record as the operator is to add it.
 */
export function compareStar(
  star: Star,
  answers: readonly (readonly [DnsQuestion, DnsAnswer])[],
  line: (record: DnsRecord) => string,
): DnsFinding[] {
  const found = new Map(answers.map(([question, answer]) => [keyOf(question), canonicalAnswer(answer)]));
  const known = star.addresses.length > 0 ? star.addresses : addressesOf(star.host, found);
  const wanted = starRecords({ ...star, addresses: known });
  const comparing = { senders: sendersOf(star), line };
  return answers.flatMap(([question]) => {
    const answer = found.get(keyOf(question)) ?? { kind: "no-answer", reason: "it was not asked" };
    const here = wanted.filter((record) => keyOf(record) === keyOf(question));
    if (answer.kind === "no-answer") return unanswered(question, here, answer.reason);
    if (star.addresses.length === 0 && isAddress(question.type)) {
      const silence = silenceAbout(star.host, question.type, known, found);
      if (silence !== undefined) return unanswered(question, here, silence);
      if (known.length === 0) return withoutAddress(question, answer.data);
    }
    return compareOne(question, here, answer.data, comparing);
  });
}

interface Comparing {
  readonly senders: Senders;
  readonly line: (record: DnsRecord) => string;
}

function compareOne(
  question: DnsQuestion,
  wanted: readonly DnsRecord[],
  data: readonly DnsData[],
  comparing: Comparing,
): DnsFinding[] {
  if (question.type === "TXT") return compareSpf(question, wanted, data, comparing);
  const extra = data.filter((one) => !wanted.some((record) => isSame(record, one)));
  const found = data.map(dnsText);
  const absent = wanted.filter((record) => !data.some((one) => isSame(record, one)));
  const judged = wanted.map((record): DnsFinding => {
    const about = { ...question, wanted: dnsText(record), found };
    if (!absent.includes(record)) return { ...about, state: "ok", says: "" };
    const add = `"${comparing.line(record)}"`;
    return extra.length === 0
      ? { ...about, state: "missing", says: `it is not there: add ${add}` }
      : { ...about, state: "different", says: `found ${extra.map(dnsText).join(", ")}: put ${add} in its place` };
  });
  // Said once: what stands in the place of a wanted record is named there.
  return absent.length > 0 ? judged : [...judged, ...extra.map((one) => extraFinding(question, one, found))];
}

/** Other texts at the name are other people's affair; two SPF texts are none (RFC 7208 §4.5). */
function compareSpf(
  question: DnsQuestion,
  wanted: readonly DnsRecord[],
  data: readonly DnsData[],
  { senders, line }: Comparing,
): DnsFinding[] {
  const found = data.map(dnsText).filter(isSpf);
  return wanted.map((record): DnsFinding => {
    const about = { ...question, wanted: dnsText(record), found };
    const add = `"${line(record)}"`;
    const [only, ...more] = found;
    if (only === undefined) return { ...about, state: "missing", says: `there is no SPF text: add ${add}` };
    if (more.length > 0)
      return { ...about, state: "different", says: `with ${found.length} SPF texts none counts: leave only ${add}` };
    if (spfAgrees(only, senders)) return { ...about, state: "ok", says: "" };
    return { ...about, state: "different", says: `found ${only}: put ${add} in its place` };
  });
}

function extraFinding(question: DnsQuestion, data: DnsData, found: readonly string[]): DnsFinding {
  return { ...question, state: "extra", found, says: extraSays(data) };
}

function extraSays(data: DnsData): string {
  switch (data.type) {
    case "A":
    case "AAAA":
      return `${data.address} is not one of the hub's addresses: take it away, or give it with --address`;
    case "MX":
      return `mail also goes to ${data.exchange}, past the hub: take the MX "${dnsText(data)}" away unless that is meant`;
    case "SRV":
      return `programs are also sent to ${data.target} port ${data.port}: take "${dnsText(data)}" away`;
    case "TXT":
      return `"${data.text}" is not wanted`;
    default:
      return data satisfies never;
  }
}

function unanswered(question: DnsQuestion, wanted: readonly DnsRecord[], reason: string): DnsFinding[] {
  const says = `${reason}: try again, or ask another resolver with --server`;
  const about = { ...question, state: "no-answer", found: [], says } as const;
  return wanted.length === 0 ? [about] : wanted.map((record) => ({ ...about, wanted: dnsText(record) }));
}

/** Nobody said the hub's address and its name has none: nothing can be compared, and one finding is enough. */
function withoutAddress(question: DnsQuestion, data: readonly DnsData[]): DnsFinding[] {
  if (question.type !== "A") return [];
  const says = "the hub's address is not known: give it with --address IP to see what to add";
  return [{ ...question, state: "missing", found: data.map(dnsText), says }];
}

/** By what counts: the number of a preference or priority says nothing where only one host is wanted. */
function isSame(record: DnsRecord, data: DnsData): boolean {
  if (record.type === "MX") return data.type === "MX" && data.exchange === record.exchange;
  if (record.type === "SRV") return data.type === "SRV" && data.target === record.target && data.port === record.port;
  return data.type === record.type && dnsText(data) === dnsText(record);
}

function isAddress(type: DnsType): boolean {
  return type === "A" || type === "AAAA";
}

/** Why the hub's own addresses of this kind are not known, if they are not: then no name's can be judged by them. */
function silenceAbout(
  host: string,
  type: DnsType,
  known: readonly string[],
  found: ReadonlyMap<string, DnsAnswer>,
): string | undefined {
  const types: readonly DnsType[] = known.length === 0 ? ["A", "AAAA"] : [type];
  const silent = types.map((each) => found.get(keyOf({ name: host, type: each })));
  return silent.find((answer) => answer?.kind === "no-answer")?.reason;
}

function addressesOf(name: string, found: ReadonlyMap<string, DnsAnswer>): string[] {
  return (["A", "AAAA"] as const).flatMap((type) => {
    const answer = found.get(keyOf({ name, type }));
    return answer?.kind === "found" ? answer.data.map(dnsText) : [];
  });
}

function canonicalAnswer(answer: DnsAnswer): DnsAnswer {
  return answer.kind === "found" ? { kind: "found", data: answer.data.map(canonicalData) } : answer;
}

/** Name servers give names back in the case in which somebody typed them. */
function canonicalData(data: DnsData): DnsData {
  switch (data.type) {
    case "A":
    case "AAAA":
      return { ...data, address: canonicalAddress(data.address) ?? data.address };
    case "MX":
      return { ...data, exchange: canonicalDomain(data.exchange) || "." };
    case "SRV":
      return { ...data, target: canonicalDomain(data.target) || "." };
    case "TXT":
      return data;
    default:
      return data satisfies never;
  }
}

function keyOf({ name, type }: DnsQuestion): string {
  return `${name} ${type}`;
}
