import { ALPHANUMERIC, DIGITS, type Dice } from "./dice.ts";
import { capital, invented, type Language, makeVoice, type Voice } from "./language.ts";

/** The hosts and programs that a person's mail passes, and so what its trace looks like. */
export type Route = "office" | "list" | "provider";

/** How one mail program writes. */
export interface Program {
  readonly lines: readonly string[];
  readonly quotes: "above" | "below";
  readonly markup: "word" | "webmail";
  readonly messageId: (dice: Dice, domain: string, ms: number) => string;
  readonly boundary: (dice: Dice) => string;
}

export interface Person {
  readonly name: string;
  readonly address: string;
  readonly domain: string;
  readonly ip: string;
  readonly route: Route;
  readonly program: Program;
  readonly voice: Voice;
  readonly greeting: string;
  readonly farewell: string;
  readonly signature: string;
  /** A picture under each HTML letter, always the same. */
  readonly logo: Buffer;
}

const PROGRAMS: readonly Program[] = [
  {
    lines: ["User-Agent: Mozilla Thunderbird", "Content-Language: en-US"],
    quotes: "below",
    markup: "webmail",
    messageId: (dice, domain) => `${uuid(dice)}@${domain}`,
    boundary: (dice) => `------------${dice.of(ALPHANUMERIC, 24)}`,
  },
  {
    lines: ["X-Mailer: Microsoft Outlook 16.0", "Thread-Index: AQ", "Content-Language: en-gb"],
    quotes: "above",
    markup: "word",
    messageId: (dice, domain) => `00${dice.hex(4)}01dc${dice.hex(4)}$${dice.hex(8)}$${dice.hex(8)}$@${domain}`,
    boundary: (dice) =>
      `----=_NextPart_000_${dice.hex(4).toUpperCase()}_01DC${dice.hex(4)}.${dice.hex(8)}`.toUpperCase(),
  },
  {
    lines: ["X-Mailer: Apple Mail (2.3826.300.87)"],
    quotes: "above",
    markup: "webmail",
    messageId: (dice, domain) => `${uuid(dice).toUpperCase()}@${domain}`,
    boundary: (dice) => `Apple-Mail=_${uuid(dice).toUpperCase()}`,
  },
  {
    lines: [],
    quotes: "above",
    markup: "webmail",
    messageId: (dice) => `CA${dice.of(`${ALPHANUMERIC}-_=`, 48)}@mail.example.net`,
    boundary: (dice) => `000000000000${dice.hex(16)}`,
  },
  {
    lines: ["User-Agent: Mutt/2.2.9 (2022-11-12)"],
    quotes: "below",
    markup: "webmail",
    messageId: (dice, domain, ms) =>
      `${stamp(ms)}.${dice.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2)}${dice.of(DIGITS, 5)}@${domain}`,
    boundary: (dice) => dice.of(`${ALPHANUMERIC}/`, 16),
  },
  {
    lines: ["User-Agent: Roundcube Webmail/1.6.5"],
    quotes: "below",
    markup: "webmail",
    messageId: (dice, domain) => `${dice.hex(32)}@${domain}`,
    boundary: (dice) => `=_${dice.hex(32)}`,
  },
];
const GREETINGS = ["Dear all,", "Hello,", "Hi,", "Dear colleagues,", "Good morning,", "Bonjour,", ""];
const FAREWELLS = ["Best regards,", "Kind regards,", "Thanks,", "Regards", "Cheers", "Cordialement,", "Best,", ""];

export function makePerson(dice: Dice, language: Language, domains: readonly string[]): Person {
  const name = `${capital(invented(dice, 0))} ${capital(invented(dice, 1000))}`;
  const domain = dice.pickEarly(domains);
  const program = dice.pick(PROGRAMS);
  const address = `${dice.chance(0.5) ? name.toLowerCase().replace(" ", ".") : name.toLowerCase().split(" ")[0]}@${domain}`;
  return {
    name,
    address,
    domain,
    program,
    ip: `${dice.pick(["192.0.2", "198.51.100", "203.0.113"])}.${dice.between(1, 255)}`,
    route: dice.pick(["office", "office", "list", "list", "list", "provider"] as const),
    voice: makeVoice(dice, language),
    greeting: dice.pick(GREETINGS),
    farewell: dice.pick(FAREWELLS),
    signature: signature(dice, language, name, address),
    logo: dice.bytes(dice.between(1500, 6000)),
  };
}

function signature(dice: Dice, { words }: Language, name: string, address: string): string {
  const job = Array.from({ length: dice.between(1, 4) }, () => capital(dice.pickEarly(words))).join(" ");
  const lines = [name, job, `Tel: +${dice.of(DIGITS, 2)} ${dice.of(DIGITS, 3)} ${dice.of(DIGITS, 6)}`, address];
  return ["-- ", ...lines.slice(0, dice.between(1, 5)), ""].join("\n");
}

function uuid(dice: Dice): string {
  return [8, 4, 4, 4, 12].map((length) => dice.hex(length)).join("-");
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14);
}
