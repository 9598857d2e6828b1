import { z } from "zod";
import { documentKeys, type KeyTable, sampleToml, schemaOf } from "#shared/config/key-table.js";
import { readConfigFile, valueOrFailure } from "#shared/config/load-config.js";
import { type NodeConfig, nodeConfig, nodeKeys, nodeProblems } from "#shared/config/node-config.js";
import { type Read, readToml } from "#shared/config/read-toml.js";
import { domain, domainList, name, setting, text } from "#shared/config/settings.js";
import { LINK_KEYS, type Link, linkOf } from "./link-keys.ts";
import { linkProblems } from "./link-problems.ts";

export type { Connect, Link } from "./link-keys.ts";

export const SPOKE_FILE = "spoke.toml";

export interface SpokeConfig extends NodeConfig {
  readonly dir: string;
  /** The organisation's domains, the first one first; all are synonyms. */
  readonly domains: readonly string[];
  readonly office: string;
  /** The office's own name: addresses at it are final here. */
  readonly host: string;
  /** The hub's host name. */
  readonly hub: string;
  /** The pre-shared key of the link, 32 bytes. */
  readonly key: Buffer;
  readonly links: readonly Link[];
}

const KEY_BYTES = 32;

/** Every key of spoke.toml. */
export const SPOKE_KEYS = {
  domains: {
    schema: domainList('the organisation\'s domains, such as ["example.org"]'),
    doc: "The organisation's domains, the first one first",
  },
  office: { schema: name("this office's name, such as herat"), doc: "This office's name, as the hub knows it" },
  host: {
    schema: domain("this office's own host name, such as herat.example.org"),
    doc: "This office's own name; addresses at it are final here",
  },
  hub: { schema: domain("the hub's host name, such as kabul.example.org"), doc: "The hub's host name" },
  key: {
    schema: setting("the link's key from the join token, 32 bytes in base64url", linkKey),
    doc: "The link's key, from the join token; keep it secret",
  },
  ...nodeKeys("spoke"),
  "queue.prefix": {
    schema: text("a prefix such as example-herat-, or empty"),
    default: '""',
    doc: "Taken off the recipients of entries that qmail-local wrote",
  },
  link: {
    schema: z.array(schemaOf(LINK_KEYS), { error: "a list of tables, each begun by [[link]]" }).prefault([]),
    each: LINK_KEYS,
    doc: "A way to the hub; tried in this order until one leads there",
  },
} satisfies KeyTable;

/** DIR/spoke.toml; a Failure (78) with every problem when it will not do. */
export function loadSpokeConfig(dir: string): SpokeConfig {
  const text = readConfigFile(dir, SPOKE_FILE, "make a spoke with qrelay spoke join");
  return valueOrFailure(SPOKE_FILE, parseSpokeConfig(text, dir));
}

export function parseSpokeConfig(text: string, dir: string): Read<SpokeConfig> {
  const read = readToml(text, schemaOf(SPOKE_KEYS), (raw) => [...nodeProblems(raw), ...linkProblems(raw)]);
  if (!read.ok) return read;
  const { domains, office, host, hub, key, link } = read.value;
  const node = nodeConfig(read.value, dir, { link: [], prefix: read.value["queue.prefix"] });
  const links = link.map(linkOf);
  const listen = { ...node.listen, link: links.flatMap((one) => one.listen) };
  return { ok: true, value: { dir, domains, office, host, hub, key, links, ...node, listen } };
}

/** What `join` writes: the values of the token and one link, all other keys as comments. */
export interface NewSpoke {
  readonly domains: readonly string[];
  readonly office: string;
  readonly host: string;
  readonly hub: string;
  /** base64url. */
  readonly key: string;
  readonly link: { readonly name: string; readonly connect: string }[];
}

export function newSpokeToml(given: NewSpoke): string {
  // Nothing opens until asked or scheduled; said in the file, where it will be changed.
  return sampleToml(SPOKE_KEYS, { ...given, link: given.link.map((link) => ({ ...link, windows: [] })) });
}

export function documentSpokeKeys(): string {
  return `# spoke.toml\n\nMade from the table in config.ts; \`qrelay check\` tells every mistake with its line.\n\n${documentKeys(SPOKE_KEYS)}`;
}

function linkKey(raw: unknown): Buffer | undefined {
  if (typeof raw !== "string" || !/^[\w-]{43}=?$/.test(raw)) return undefined;
  const key = Buffer.from(raw, "base64url");
  return key.length === KEY_BYTES ? key : undefined;
}
