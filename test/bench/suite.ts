/** What `npm run bench -- NAME` was asked for. */
export interface BenchOptions {
  /** How often each measurement is repeated, in turn with the others. */
  readonly rounds: number;
  /** How long one of them lasts. */
  readonly seconds: number;
  /** An empty folder on the disk to be measured; removed afterwards. */
  readonly dir: string;
  /** A folder of real mail instead of made-up mail, for the suites that measure with mail. */
  readonly corpus?: string;
  /** One kind of line only, for the suite that measures lines. */
  readonly profile?: string;
  /** Says what is being done, to people. */
  readonly say: (line: string) => void;
}

export interface Report {
  /** For people: tables and notes. */
  readonly text: string;
  /** For programs: the same numbers. */
  readonly document: Readonly<Record<string, unknown>>;
}

export interface Suite {
  readonly name: string;
  readonly doc: string;
  /** How long one measurement lasts unless it is said. */
  readonly seconds: number;
  readonly run: (options: BenchOptions) => Promise<Report>;
}
