/**
 * Every limit that a rule goes by, each with its source. Times are in µs; shares are of the entry (the request, or
 * what else the trace waits for) that a span belongs to. "Fitted" limits were chosen on the recorded and simulated
 * traces of this repository's tests, whose faults are known (accuracy/, test/findings-simulated.ts).
 */
export const thresholds = {
  /** A finding that saves less is not worth a person's time. */
  finding: { saving: 1_000 },

  oneByOne: {
    /** Sentry's N+1 detector counts from five, too (its documentation, "N+1 Queries"). */
    calls: 5,
    /** Fewer calls alike count where they take this much. Fitted. */
    few: { calls: 3, time: 200_000, share: 0.2 },
    /** Of the calls alike, this part must run sequentially; else it is a pool or a pipeline. Fitted. */
    sequential: 0.8,
    /** The caller's own time before a call, from which on it is other work: 5 ms, or the call's own length. Fitted. */
    work: 5_000,
    /** Between queries that differ only in their values the caller may work so many times as long: mapping rows. Fitted. */
    timesQuery: 5,
    /** So many queries whose values the trace leaves out are a loop over items, more likely than not. */
    manyTemplates: 10,
    /** A call so many times as long as the median is slow for its own reason. */
    outlier: 10,
    outlierTime: 100_000,
  },

  repeated: {
    /** Calls alike in parallel: a fan-out to shards is common, the very same query is not. */
    inParallel: 5,
    /** Of calls with the same arguments. Fitted. */
    sameArguments: { calls: 2, time: 100_000, share: 0.1 },
    /** The very same statement, values included, so often is no chance, however short. */
    sameStatement: 3,
  },

  serialCalls: {
    /** Two calls in a row mostly need each other; Sentry's detector of consecutive HTTP calls counts from three, too. */
    calls: 3,
    /** From so many calls to so many services on, that all of them need each other is unlikely. Fitted. */
    likely: { calls: 4, services: 3 },
  },

  polling: { calls: 3, pause: 50_000 },

  stall: {
    /** Below this it may be the machine that was busy. */
    time: 100_000,
    /** More than in other requests, in which the machine may have been less busy. */
    overBaseline: 200_000,
    times: 10,
    siblings: 5,
    /** A piece with so many times the items of its siblings takes longer for that. */
    moreItems: 5,
  },

  /** Calls beside one that last for half of it, or longer, are as much of a reason. */
  slowDependency: {
    time: 200_000,
    share: 0.2,
    timesBaseline: 3,
    overBaseline: 100_000,
    besideShare: 0.5,
    /** What is most of the request counts from less on; a page elsewhere takes 120 ms without being slow. */
    most: { time: 150_000, share: 0.5 },
    /** A database is expected to take less than a page elsewhere. Fitted. */
    database: { time: 100_000, share: 0.75 },
  },
  slowService: { timesBaseline: 3, overBaseline: 200_000 },
  straggler: { calls: 4, times: 3, over: 100_000 },

  /** A wait for nobody is over in less than a millisecond, and a busy machine makes it some. */
  wait: { time: 20_000, share: 0.05 },
  /** Longer, since a pool hands connections out one after the other on a busy machine. */
  connectionWait: { time: 50_000, share: 0.1 },
  pause: { time: 50_000 },
  /** An instance that starts takes longer than any network: Cloud Run's and Lambda's are 0.1 s and more. */
  coldStart: { unseen: 100_000 },

  compare: {
    /** Two random parts of one set may be said to differ in 5 of 100 cases; some of that is left for ties. */
    level: 0.02,
    /** Less than this share of the longer time is no change worth a person's time; of a few traces, none to rely on. */
    ofSets: 0.01,
    ofFew: 0.05,
    /** Too few for the test: all of one set must be so many times all of the other. Simulated (test/compare-splits.ts). */
    factorOfOne: 50,
    factorOfFew: 10,
  },

  gap: {
    /** In one piece, from which on it is worth instrumenting. */
    time: 100_000,
    share: 0.1,
    /** A span without children is its own explanation, a server's less so, until it is most of a long request. */
    alone: { internal: 500_000, server: 200_000, share: 0.5 },
  },
} as const;
