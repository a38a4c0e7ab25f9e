import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { TimeShare } from '../../../diagnosis/time-use.ts';
import { colourClass } from '../model/colours.ts';
import { formatDuration, formatShare } from '../model/format.ts';

/** Where the critical path's time went: by kind, service and operation. */
export function TimeUse({ diagnosis }: { diagnosis: Diagnosis | undefined }) {
  if (diagnosis === undefined) return <p role="status">Reading the trace…</p>;
  const { byKind, byService, byOperation } = diagnosis.time;
  const { duration } = diagnosis;
  return (
    <div class="time-use">
      <ShareTable title="By kind" shares={byKind} duration={duration} />
      <ShareTable title="By service" shares={byService} duration={duration} isService />
      <ShareTable title="By operation" shares={byOperation.slice(0, 12)} duration={duration} />
      <p class="fine">
        On average {diagnosis.time.concurrency.toFixed(1)} spans were at work at once. Held is time on the
        critical path. Own is the time of all its spans in which none of their children ran, on the path or
        not.
      </p>
    </div>
  );
}

interface Properties {
  title: string;
  shares: readonly TimeShare[];
  duration: number;
  isService?: boolean;
}

function ShareTable({ title, shares, duration, isService = false }: Properties) {
  return (
    <table class="shares">
      <caption>{title}</caption>
      <thead class="for-reader">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Held</th>
          <th scope="col">Share</th>
          <th scope="col">Own</th>
        </tr>
      </thead>
      <tbody>
        {shares.map(({ name, critical, self, spans }) => (
          <tr key={name} class={isService ? colourClass(name) : undefined}>
            <th scope="row">
              <span class="share-name">{name}</span>
              <span
                class="share-bar"
                style={{ width: `${duration > 0 ? (100 * critical) / duration : 0}%` }}
              />
            </th>
            <td>{formatDuration(critical)}</td>
            <td>{formatShare(critical, duration)}</td>
            <td class="faint" title={`own time of ${spans} spans`}>
              {formatDuration(self)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
