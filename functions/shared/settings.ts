/** The exercise's own settings: where the functions find one another, the page and Redis, and which faults are on. */
import {
  namespace,
  readSettings,
  type Setting,
  setting,
  text,
  url,
  type Values,
} from '@traced-functions/runtime/settings';
import { type Fault, parseFaults } from './faults.ts';
import { type Target, type TargetName, targets } from './targets.ts';

const httpUrl = url('http', 'https');

/** Paths and queries are appended to it, so it has no query or fragment of its own. */
function baseUrl(value: string): string {
  const base = httpUrl(value);
  if (/[?#]/.test(base)) throw new Error('must be a URL without a query or a fragment');
  return base;
}

const functionUrl = ({ name, variable }: Target): Setting<string> => ({
  name: variable,
  fallback: () => `http://${name}.${namespace()}.svc.cluster.local`,
  shown: `http://${name}.<namespace>.svc.cluster.local`,
  parse: baseUrl,
  meaning: `where the gateway finds ${name}`,
});

const functionUrls = Object.fromEntries(
  targets.map(target => [`${target.name}FunctionUrl`, functionUrl(target)]),
) as Record<`${TargetName}FunctionUrl`, Setting<string>>;

export const settings = {
  ...functionUrls,
  upstreamUrl: setting({
    name: 'UPSTREAM_URL',
    fallback: 'https://www.google.com/search?q=python',
    parse: httpUrl,
    meaning: 'the page that beta and redis GET',
  }),
  redisUrl: setting({
    name: 'REDIS_URL',
    fallback: 'redis://redis-primary:6379',
    parse: url('redis', 'rediss'),
    meaning: 'the Redis primary',
    secret: true,
  }),
  redisPassword: setting({
    name: 'REDIS_PASSWORD',
    fallback: '',
    shown: 'none',
    parse: text,
    meaning: 'its password, where the URL has none',
    secret: true,
  }),
  redisLostUrl: setting({
    name: 'REDIS_LOST_URL',
    fallback: 'redis://192.0.2.1:6379',
    parse: url('redis', 'rediss'),
    meaning: 'the address that redis-lost-primary tries first',
    secret: true,
  }),
  faults: setting({
    name: 'FAULTS',
    fallback: '',
    shown: 'the image’s',
    mayBeEmpty: true,
    parse: parseFaults,
    meaning: 'which of the exercise’s faults are on, comma-separated; empty: none',
  }),
};

export type ExerciseConfig = Values<typeof settings>;

/**
 * Reads the exercise's settings from the environment.
 * @throws ConfigError with a line for each setting that can't be used
 */
export const readExerciseConfig = (env: NodeJS.ProcessEnv = process.env): ExerciseConfig =>
  readSettings(settings, env);

/** This process's settings, read from its environment once. */
export const config = readExerciseConfig();

/** Whether one of the exercise's faults is switched on. */
export const fault = (name: Fault): boolean => config.faults.has(name);
