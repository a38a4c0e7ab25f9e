/** What is happening, for whoever waits. */
export function progress(text: string): void {
  const time = new Date().toISOString().slice(11, 19);
  console.log(`${time}   ${text.replaceAll('\n', '\n           ')}`);
}

/** What was found, check by check. */
export class Report {
  passed = 0;
  readonly failures: string[] = [];
  readonly skipped: string[] = [];

  /** Runs one check; what it throws is a failure and does not keep the next from running. */
  async check(title: string, run: () => Promise<string | undefined>): Promise<void> {
    progress(`— ${title}`);
    try {
      const detail = await run();
      this.passed++;
      console.log(`✔ ${title}${detail === undefined ? '' : `: ${detail}`}`);
    } catch (error) {
      this.failures.push(title);
      console.log(
        `✘ ${title}\n    ${(error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n    ')}`,
      );
    }
  }

  skip(title: string, why: string): void {
    this.skipped.push(title);
    console.log(`– ${title}: not checked, ${why}`);
  }

  summary(): string {
    const { passed, failures, skipped } = this;
    const also = skipped.length > 0 ? `, ${skipped.length} not checked` : '';
    return `${passed} passed, ${failures.length} failed${also}${failures.map(title => `\n✘ ${title}`).join('')}`;
  }
}
