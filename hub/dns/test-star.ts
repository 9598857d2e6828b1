/** A star for the tests of this room. */
import type { Star } from "./records.ts";

export const STAR: Star = {
  host: "kabul.example.org",
  addresses: [],
  domains: ["example.org", "example.net"],
  offices: ["herat.example.org", "kabul.example.org", "mazar.example.com"],
  submissionPort: 587,
  pop3Port: 110,
  mechanisms: [],
};

export const ADDRESSES = ["192.0.2.1", "2001:db8::1"];
