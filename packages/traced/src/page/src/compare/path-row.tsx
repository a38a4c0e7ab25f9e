import type { Cause, PathComparison } from '../../../diagnosis/compare-paths.ts';
import { formatChange } from '../../../diagnosis/compare-text.ts';
import { colourClass } from '../model/colours.ts';
import { formatDuration } from '../model/format.ts';

const causeWords: Record<Cause, string> = {
  new: 'new',
  gone: 'gone',
  more: 'more spans',
  fewer: 'fewer spans',
  slower: 'slower',
  faster: 'faster',
  'waited-for': 'now waited for',
  'not-waited-for': 'no more waited for',
  unclear: 'unclear',
  same: '',
};

interface Properties {
  path: PathComparison;
  /** µs: the largest contribution of all. */
  most: number;
  isIndented: boolean;
}

export function PathRow({ path, most, isIndented }: Properties) {
  const { service, operation, parent, depth, before, after, change, contribution, cause } = path;
  const perTrace = [before, after].map(times => rounded(times?.spansPerTrace ?? 0));
  return (
    <tr class={colourClass(service)}>
      <th scope="row">
        <span class="path-name" style={{ paddingInlineStart: isIndented ? `${depth * 14}px` : '0' }}>
          <span class="swatch" />
          <span>
            <span class="service">{service}</span> {operation}
            {!isIndented && parent !== undefined && (
              <span class="path-parent">
                in {parent.service} {parent.operation}
              </span>
            )}
          </span>
        </span>
      </th>
      <td>
        <span class={`cause cause-${cause}`}>{causeWords[cause]}</span>
      </td>
      <td class="number">{perTrace[0] === perTrace[1] ? perTrace[0] : perTrace.join(' → ')}</td>
      <td class="number">{before ? formatDuration(before.median) : '–'}</td>
      <td class="number">{after ? formatDuration(after.median) : '–'}</td>
      <td class="number faint">{before ? formatDuration(before.p95) : '–'}</td>
      <td class="number faint">{after ? formatDuration(after.p95) : '–'}</td>
      <td class="number">
        {change && formatChange(change.by)}
        {change?.interval && (
          <span class="interval">
            {formatChange(change.interval.low)} to {formatChange(change.interval.high)}
          </span>
        )}
      </td>
      <td class="number contribution">
        {contribution !== 0 && formatChange(contribution)}
        <span class="contribution-bar" aria-hidden="true">
          <span
            class={contribution > 0 ? 'is-more' : 'is-less'}
            style={{ width: `${(50 * Math.abs(contribution)) / most}%` }}
          />
        </span>
      </td>
    </tr>
  );
}

const rounded = (count: number): string =>
  count >= 10 ? String(Math.round(count)) : String(Math.round(count * 10) / 10);
