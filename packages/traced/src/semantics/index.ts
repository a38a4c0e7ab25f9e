/** What a span means, read from its attributes once: its role, whom it asks for what, how that ended. */
import { type Effect, effectOf } from './effect.ts';
import { type Attribute, basicsOf, type Facts, factsOf } from './facts.ts';
import { isFailed } from './outcome.ts';
import { isDatabaseName, isStatement, type Role, roleOf, roleOfKind } from './role.ts';

export { addressOf, pathOf, urlParts } from './address.ts';
export type { Effect } from './effect.ts';
export { type Attribute, attributeText, type Fact, type Facts, instanceIn } from './facts.ts';
export { memoize, memoizedTest } from './memoize.ts';
export { failureOf, isRefusal, statusOf } from './outcome.ts';
export { isInstanceWait, isPlatformSpan, isProcessStart } from './platforms/index.ts';
export { isActivatorWait, isQueueProxy, isQueueProxyWait } from './platforms/knative.ts';
export { isWrapperName } from './platforms/wrappers.ts';
export type { Role } from './role.ts';
export { statementShape, withoutNumbers } from './statement.ts';
export { type Wait, waitOf } from './waits.ts';

/** What a call goes to. */
export type Target = 'database' | 'http' | 'rpc' | 'messaging' | 'unknown';

export class Semantics {
  readonly role: Role;
  readonly failed: boolean;
  readonly #name: string;
  readonly #attributes: readonly Attribute[];
  #facts: Facts | undefined;
  #effect: Effect | undefined;

  constructor(name: string, attributes: readonly Attribute[] | null | undefined) {
    this.#name = name;
    this.#attributes = attributes ?? [];
    const { kind, error, otelStatus } = basicsOf(this.#attributes);
    this.role = kind === '' ? roleOf(name, this.facts) : roleOfKind(kind);
    this.failed = isFailed({ error, otelStatus });
  }

  /** Read when they are first asked for: of many spans, nothing but the role and the outcome is. */
  get facts(): Facts {
    this.#facts ??= factsOf(this.#attributes);
    return this.#facts;
  }

  get effect(): Effect {
    this.#effect ??= effectOf(this.#name, this.facts);
    return this.#effect;
  }

  get target(): Target {
    const { kind, databaseSystem, statement, httpMethod, url, rpcSystem, rpcMethod, messagingSystem } =
      this.facts;
    const name = this.#name;
    if (databaseSystem !== '' || statement !== '' || isStatement(name)) return 'database';
    if (kind === '' && isDatabaseName(name)) return 'database';
    if (rpcSystem !== '' || rpcMethod !== '') return 'rpc';
    if (httpMethod !== '' || url !== '' || /^(HTTP|GET|HEAD|POST|PUT|PATCH|DELETE)\b/.test(name))
      return 'http';
    return messagingSystem !== '' ? 'messaging' : 'unknown';
  }

  /** Whether the request is the first of its process. */
  get isFirstOfProcess(): boolean {
    return /^true$/i.test(this.facts.coldStart);
  }
}
