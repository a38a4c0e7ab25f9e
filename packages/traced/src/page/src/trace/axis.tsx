import { useRef, useState } from 'preact/hooks';
import { formatDuration } from '../model/format.ts';
import { lengthOf, percentAt, ticks, type View, zoomed } from '../model/zoom.ts';

interface Properties {
  view: View;
  duration: number;
  onView(view: View): void;
}

/** The columns' heads and the time; dragging over the time zooms to it. */
export function Axis({ view, duration, onView }: Properties) {
  const time = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const fractionAt = (event: PointerEvent) => {
    const box = time.current?.getBoundingClientRect();
    return box === undefined ? 0 : Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const onUp = () => {
    setDrag(undefined);
    if (drag === undefined || Math.abs(drag.to - drag.from) < 0.005) return;
    const at = (fraction: number) => view.from + fraction * lengthOf(view);
    onView({ from: at(Math.min(drag.from, drag.to)), to: at(Math.max(drag.from, drag.to)) });
  };
  return (
    <div role="rowgroup" class="axis">
      <div role="row" aria-rowindex={1} class="axis-row">
        <div role="columnheader" class="cell-name">
          Service and operation
        </div>
        <div role="columnheader" class="cell-time">
          Duration
        </div>
        <div
          role="columnheader"
          class="cell-bars"
          aria-label="Timeline"
          ref={time}
          onPointerDown={event => {
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ from: fractionAt(event), to: fractionAt(event) });
          }}
          onPointerMove={event => drag && setDrag({ ...drag, to: fractionAt(event) })}
          onPointerUp={onUp}
          onPointerCancel={() => setDrag(undefined)}
          onDblClick={() => onView(zoomed(view, 1 / 2, duration))}
        >
          {ticks(view, 5).map(moment => (
            <span key={moment} class="tick" style={{ left: `${percentAt(view, moment)}%` }}>
              {formatDuration(moment)}
            </span>
          ))}
          {drag && (
            <span
              class="axis-drag"
              style={{
                left: `${100 * Math.min(drag.from, drag.to)}%`,
                width: `${100 * Math.abs(drag.to - drag.from)}%`,
              }}
            />
          )}
        </div>
      </div>
    </div>
  );
}

export function GridLines({ view }: { view: View }) {
  return (
    <div class="grid-lines" aria-hidden="true">
      {ticks(view, 5).map(moment => (
        <span key={moment} class="grid-line" style={{ left: `${percentAt(view, moment)}%` }} />
      ))}
    </div>
  );
}
