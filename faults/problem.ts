import type { Answer } from './load.ts';

/** An error as the contract has it: RFC 9457, with the trace's id. @returns what is wrong with it, or undefined */
export function wrongProblem({ status, headers, body, traceId }: Answer): string | undefined {
  const type = headers['content-type'];
  if (type !== 'application/problem+json') return `a ${status} of type ${type}`;
  const problem = JSON.parse(body);
  const isWhole = problem.type && problem.title && problem.detail;
  if (!isWhole || problem.status !== status || problem.traceId !== traceId)
    return `a ${status} that says ${body}`;
  return undefined;
}

/** What went wrong: the same problem is told once, with how often it was, and the first of its examples if it has any. */
export class Problems {
  readonly #byProblem = new Map<string, { count: number; first: string | undefined }>();

  add(problem: string, example?: string): void {
    const known = this.#byProblem.get(problem);
    if (known === undefined) this.#byProblem.set(problem, { count: 1, first: example });
    else known.count++;
  }

  /** A line for each. */
  list(): string[] {
    return [...this.#byProblem].map(([problem, { count, first }]) => {
      if (first !== undefined) return `${count} × ${problem}, first ${first}`;
      return count === 1 ? problem : `${count} × ${problem}`;
    });
  }
}

/** Bytes as they can be shown in one line, of bounded length. */
export function shown(text: string, most = 160): string {
  const line = JSON.stringify(text.slice(0, most));
  return text.length > most ? `${line}… (${text.length} bytes)` : line;
}
