import type { ComponentChildren } from 'preact';
import type { JaegerTag } from '../../../diagnosis/jaeger.ts';

/** Longer values are shown in part until asked for. */
const shownCharacters = 2_000;

export function TagTable({
  title,
  tags,
  isOpen,
}: {
  title: string;
  tags: readonly JaegerTag[];
  isOpen: boolean;
}) {
  if (tags.length === 0) return null;
  return (
    <details class="tags" open={isOpen}>
      <summary>
        {title} <span class="faint">{tags.length}</span>
      </summary>
      <table>
        <tbody>
          {tags.map(({ key, value }, i) => (
            <tr key={i}>
              <th scope="row">{breakable(String(key))}</th>
              <td>
                <Value text={String(value)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Keys may break after their dots and underscores, before they break anywhere. */
function breakable(key: string): ComponentChildren {
  return key.split(/(?<=[._/-])/).map((part, i) => (i === 0 ? part : [<wbr key={i} />, part]));
}

function Value({ text }: { text: string }) {
  if (text.length <= shownCharacters) return <>{text}</>;
  return (
    <>
      {text.slice(0, shownCharacters)}
      <details>
        <summary>{(text.length - shownCharacters).toLocaleString('en')} more characters</summary>
        {text.slice(shownCharacters)}
      </details>
    </>
  );
}
