import { EventEmitter } from 'node:events';
import { createContextKey, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import test from 'ava';
import fc from 'fast-check';
import { ContextManager } from '../packages/runtime/src/context.ts';

const manager = new ContextManager().enable();
test.after.always(() => void manager.disable());
const key = createContextKey('key');
const other = createContextKey('other');

test('a context holds what was set last, and the one before it what it held', t => {
  const first = ROOT_CONTEXT.setValue(key, 1);
  const second = first.setValue(other, 'a').setValue(key, 2);
  t.is(first.getValue(key), 1);
  t.is(first.getValue(other), undefined);
  t.is(second.getValue(key), 2);
  t.is(second.getValue(other), 'a');
  t.is(second.deleteValue(key).getValue(key), undefined);
  t.is(second.deleteValue(key).getValue(other), 'a');
  t.is(second.getValue(key), 2);
  t.is(ROOT_CONTEXT.getValue(key), undefined);
});

test('a context is like a Map that is copied with each change', t => {
  const keys = Array.from({ length: 4 }, (_, at) => createContextKey(`${at}`));
  const change = fc.record({ at: fc.nat(3), value: fc.option(fc.integer(), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(change), changes => {
      const map = new Map<symbol, number>();
      let context = ROOT_CONTEXT;
      for (const { at, value } of changes) {
        const changed = keys[at] as symbol;
        if (value === undefined) {
          map.delete(changed);
          context = context.deleteValue(changed);
        } else {
          map.set(changed, value);
          context = context.setValue(changed, value);
        }
      }
      return keys.every(each => context.getValue(each) === map.get(each));
    }),
  );
  t.pass();
});

test('the API’s own functions work on it', t => {
  const baggage = propagation.createBaggage({ a: { value: '1' } });
  const context = propagation.setBaggage(ROOT_CONTEXT, baggage);
  t.is(propagation.getBaggage(context)?.getEntry('a')?.value, '1');
  t.is(propagation.getBaggage(propagation.deleteBaggage(context)), undefined);
});

test('listeners of a bound emitter run in its context, whenever they were added and whoever emits', t => {
  const emitter = new EventEmitter();
  const seen: unknown[] = [];
  const look = () => seen.push(manager.active().getValue(key));
  emitter.on('event', look);
  t.is(manager.bind(ROOT_CONTEXT.setValue(key, 'bound'), emitter), emitter);
  emitter.once('event', look);
  manager.with(ROOT_CONTEXT.setValue(key, 'emitting'), () => emitter.emit('event', 1, 2));
  t.deepEqual(seen, ['bound', 'bound']);
  t.is(manager.active().getValue(key), undefined);
});

test('a bound emitter passes on what is emitted, whether anybody listened, and what a listener throws', t => {
  const emitter = manager.bind(ROOT_CONTEXT.setValue(key, 1), new EventEmitter());
  t.false(emitter.emit('event'));
  emitter.on('event', (...args) => t.deepEqual(args, [1, 'b']));
  t.true(emitter.emit('event', 1, 'b'));
  emitter.on('bad', () => {
    throw new Error('from a listener');
  });
  t.throws(() => emitter.emit('bad'), { message: 'from a listener' });
  t.is(manager.active().getValue(key), undefined);
});

test('the first context that an emitter is bound to stays', t => {
  const emitter = manager.bind(ROOT_CONTEXT.setValue(key, 'first'), new EventEmitter());
  manager.bind(ROOT_CONTEXT.setValue(key, 'second'), emitter);
  emitter.on('event', () => t.is(manager.active().getValue(key), 'first'));
  emitter.emit('event');
  t.plan(1);
});

test('an emitter with an emit of its own is bound without losing it', t => {
  class Loud extends EventEmitter {
    override emit(event: string, ...args: unknown[]): boolean {
      return super.emit(event, ...args, 'loud');
    }
  }
  const emitter = manager.bind(ROOT_CONTEXT.setValue(key, 'bound'), new Loud());
  emitter.on('event', (...args) => {
    t.deepEqual(args, ['loud']);
    t.is(manager.active().getValue(key), 'bound');
  });
  emitter.emit('event');
  t.plan(2);
});

test('functions are bound as before', t => {
  const bound = manager.bind(ROOT_CONTEXT.setValue(key, 'f'), () => manager.active().getValue(key));
  t.is(bound(), 'f');
});
