/** What a fault test is, and what it says. */

/** What fault tests run on. */
export interface Ground {
  /** The form for CI: fewer requests, shorter outages, the same faults. */
  short: boolean;
  /** The folder that has a folder for each function, as its image has it. */
  bundles: string;
  /** Says what is going on, while it is. */
  say(line: string): void;
}

export interface Outcome {
  /** Requests that were sent. */
  requests: number;
  /** Of them, those that were answered whole, with the status that the contract says. */
  answered: number;
  /** Of the answered, those whose trace is whole at the collector; undefined where there can be none. */
  whole: number | undefined;
  /** What else was seen, in a few words with figures. */
  seen: string;
  /** What should not have been; empty where the fault test held. */
  problems: string[];
  /** Why it could not be tried here; undefined where it was. */
  skipped?: string;
}

export interface Check {
  /** The fault, in a few words. */
  title: string;
  run(ground: Ground): Promise<Outcome>;
}

/** Checks about one kind of fault. */
export interface Scenario {
  name: string;
  checks: readonly Check[];
}
