/** Who lives in the demo and what they write to each other. */
export const DOMAIN = "example.org";
export const HUB = "kabul";
export const OFFICES = ["mazar", "herat", "farah"] as const;
/** A place that is no node of ours. */
export const INTERNET = "Internet";

export interface Person {
  readonly name: string;
  readonly office: string;
  readonly fullName: string;
}

export const PEOPLE: readonly Person[] = [
  { name: "nadia", office: HUB, fullName: "Nadia Rahimi" },
  { name: "omar", office: HUB, fullName: "Omar Safi" },
  { name: "holly", office: "mazar", fullName: "Holly Short" },
  { name: "karim", office: "mazar", fullName: "Karim Noori" },
  { name: "leila", office: "herat", fullName: "Leila Azizi" },
  { name: "yusuf", office: "herat", fullName: "Yusuf Karimi" },
  { name: "samir", office: "farah", fullName: "Samir Popal" },
  { name: "zahra", office: "farah", fullName: "Zahra Amiri" },
];

/** Lists at the hub; each has members in several offices. */
export const LISTS: Readonly<Record<string, readonly string[]>> = {
  engineers: ["karim", "yusuf", "zahra"],
  staff: ["omar", "holly", "samir"],
};

export const OUTSIDER = "lena@elsewhere.example";

export interface Letter {
  /** A person's name, or OUTSIDER. */
  readonly from: string;
  /** Addresses; bare names are in DOMAIN. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly says: string;
  /** Nobody has that name: the sender gets a bounce instead. */
  readonly bounces?: true;
  /** Between colleagues: it must not leave the office. */
  readonly stays?: true;
}

/** One of every way that mail goes. */
export const ROUND: readonly Letter[] = [
  {
    from: "karim",
    to: ["yusuf"],
    subject: "Parts for the pump",
    says: "Two seals, 40 mm.\n.\nFrom me, with thanks. قطعات پمپ",
  },
  { from: "leila", to: ["nadia"], subject: "The week in Herat", says: "All well, 31 patients." },
  { from: "samir", to: ["engineers"], subject: "The new antenna", says: "It stands, and it hears Kabul." },
  { from: "omar", to: ["holly", "leila", "zahra"], subject: "Salaries", says: "The courier left this morning." },
  { from: "yusuf", to: [OUTSIDER], subject: "Offer wanted", says: "Please quote for 20 batteries, 12 V." },
  { from: OUTSIDER, to: ["samir"], subject: "Your order", says: "It is at the customs in Islam Qala." },
  { from: OUTSIDER, to: ["staff"], subject: "Visit in May", says: "May we come on the 12th?" },
  // Farah knows the names that exist; who is at an office's host only headquarters knows.
  { from: "zahra", to: ["zabi@mazar.example.org"], subject: "Welcome", says: "Are you here yet?", bounces: true },
  { from: "holly", to: ["karim"], subject: "Lunch", says: "At noon, on the roof?", stays: true },
  { from: "nadia", to: ["omar"], subject: "Keys of the store", says: "They are on your desk.", stays: true },
];

export function addressOf(name: string): string {
  return name.includes("@") ? name : `${name}@${DOMAIN}`;
}

/** Where somebody's mail ends: `mazar/holly`, or `Internet/lena@elsewhere.example`. */
export function placeOf(name: string): string {
  const person = PEOPLE.find((one) => one.name === name);
  return person === undefined ? `${INTERNET}/${name}` : `${person.office}/${name}`;
}

/** The node where somebody hands mail over. */
export function homeOf(name: string): string {
  return PEOPLE.find((one) => one.name === name)?.office ?? INTERNET;
}
