import { kubectl, list, read } from './kubectl.ts';
import { type Condition, type ContainerStatus, isKnativeService, type KubeObject } from './objects.ts';

const lines = (text: string): string[] => text.split('\n').filter(line => line.trim() !== '');

const said = ({ reason, message }: { reason?: string; message?: string }): string =>
  [reason, message].filter(Boolean).join(': ');

/** The conditions that keep an object from being ready, without those that only say that others do. */
export function unmet(object: KubeObject): string[] {
  const conditions = object.status?.conditions ?? [];
  const good = (condition: Condition) =>
    ['ContainersNotReady', 'NoTraffic'].includes(condition.reason ?? '') || condition.status === 'True';
  return conditions
    .filter(condition => !good(condition))
    .map(
      condition => `${condition.type} is ${condition.status}${said(condition) && ` (${said(condition)})`}`,
    );
}

const podsOf = (target: KubeObject): string => {
  if (isKnativeService(target)) return `serving.knative.dev/service=${target.metadata.name}`;
  const labels = target.spec?.selector?.matchLabels ?? {};
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
};

/** What a container waits for or ended with; undefined where there is nothing to say. */
function containerReason({ name, state, lastState, restartCount }: ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const now = state?.waiting ?? state?.terminated;
  if (now === undefined && restartCount === 0) return undefined;
  const last =
    ended === undefined ? '' : `, ended with ${ended.exitCode}${said(ended) && ` (${said(ended)})`}`;
  return `container ${name}: ${now === undefined ? 'running' : said(now) || 'not running'}, ${restartCount} restarts${last}`;
}

const statuses = (pod: KubeObject): ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

async function lastWords(
  namespace: string,
  pod: string,
  { name, restartCount }: ContainerStatus,
): Promise<string[]> {
  const which = restartCount > 0 ? ['--previous'] : [];
  const log = await kubectl(['logs', '-n', namespace, pod, '-c', name, '--tail=8', ...which]).catch(() => '');
  return lines(log).map(line => `    ${name} | ${line}`);
}

async function podReasons(namespace: string, pod: KubeObject): Promise<string[]> {
  const name = pod.metadata.name;
  const about = `involvedObject.name=${name},type!=Normal`;
  const events = await kubectl([
    ...['get', 'events', '-n', namespace, '--field-selector', about, '--sort-by=.lastTimestamp'],
    ...['-o', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}'],
  ]).catch(() => '');
  const containers = statuses(pod);
  const failing = containers.filter(
    status => !status.ready && (status.restartCount > 0 || status.state?.terminated),
  );
  const logs = await Promise.all(failing.map(status => lastWords(namespace, name, status)));
  return [
    `  pod ${name}: ${pod.status?.phase ?? 'unknown'}`,
    ...unmet(pod).map(line => `    ${line}`),
    ...containers.flatMap(status => containerReason(status) ?? []).map(line => `    ${line}`),
    ...[...new Set(lines(events))].slice(-6).map(line => `    event ${line}`),
    ...logs.flat(),
  ];
}

/** Whether waiting longer is of no use: a container that can't be made, or that ended three times. */
export async function isHopeless(namespace: string, target: KubeObject): Promise<boolean> {
  const pods = await list(['pods', '-n', namespace, '-l', podsOf(target)]);
  const hopeless =
    /^(ErrImagePull|ErrImageNeverPull|InvalidImageName|ImagePullBackOff|CreateContainerConfigError)$/;
  return pods.flatMap(statuses).some(({ state, restartCount }) => {
    const reason = state?.waiting?.reason ?? '';
    return hopeless.test(reason) || (reason === 'CrashLoopBackOff' && restartCount >= 3);
  });
}

/** Why an object is not ready, in Kubernetes' own words: its conditions, its pods', their containers and events. */
export async function reasons(namespace: string, target: KubeObject): Promise<string[]> {
  const { kind, metadata } = target;
  const type = isKnativeService(target) ? 'services.serving.knative.dev' : kind;
  const now = await read([type, metadata.name, '-n', namespace]).catch(error => error as Error);
  if (now instanceof Error) return [`${kind} ${metadata.name}: ${now.message}`];
  const revisions = isKnativeService(target)
    ? await list(['revisions.serving.knative.dev', '-n', namespace, '-l', podsOf(target)])
    : [];
  const pods = await list(['pods', '-n', namespace, '-l', podsOf(target)]);
  const ofPods = await Promise.all(pods.map(pod => podReasons(namespace, pod)));
  return [
    `${kind} ${metadata.name}:`,
    ...unmet(now).map(line => `  ${line}`),
    ...revisions.flatMap(revision =>
      unmet(revision).map(line => `  revision ${revision.metadata.name}: ${line}`),
    ),
    ...(pods.length === 0 ? ['  it has no pods'] : ofPods.flat()),
  ];
}
