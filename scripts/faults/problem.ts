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

/** The same problem is told once, with how often it was. */
export class Problems {
  readonly #counts = new Map<string, number>();

  add(problem: string): void {
    this.#counts.set(problem, (this.#counts.get(problem) ?? 0) + 1);
  }

  list(): string[] {
    return [...this.#counts].map(([problem, count]) => (count === 1 ? problem : `${count} × ${problem}`));
  }
}
