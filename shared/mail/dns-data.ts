/** The kinds of DNS data that mail needs, and how each is written in a line for people. */
export type DnsData =
  | { readonly type: "A"; readonly address: string }
  | { readonly type: "AAAA"; readonly address: string }
  | { readonly type: "MX"; readonly preference: number; readonly exchange: string }
  | { readonly type: "TXT"; readonly text: string }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    };

export type DnsType = DnsData["type"];

export interface DnsQuestion {
  /** Lower case, ASCII, without a final dot; so are all names in data. */
  readonly name: string;
  readonly type: DnsType;
}

export type DnsAnswer =
  /** No data: the name or the type is not there. */
  | { readonly kind: "found"; readonly data: readonly DnsData[] }
  | { readonly kind: "no-answer"; readonly reason: string };

/** `10 kabul.example.org`, `0 1 587 kabul.example.org`, an address, a text as it is. */
export function dnsText(data: DnsData): string {
  switch (data.type) {
    case "A":
    case "AAAA":
      return data.address;
    case "MX":
      return `${data.preference} ${data.exchange}`;
    case "TXT":
      return data.text;
    case "SRV":
      return `${data.priority} ${data.weight} ${data.port} ${data.target}`;
    default:
      return data satisfies never;
  }
}
