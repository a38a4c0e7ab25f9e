import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { source } from '../model/source.ts';
import { useLoaded } from '../model/use-loaded.ts';
import { useMedia } from '../model/use-media.ts';
import { isDuration, lookbacks, type SearchForm, tagsAsJson } from './search-query.ts';

interface Properties {
  form: SearchForm;
  services: readonly string[];
  isLoading: boolean;
  onSearch(form: SearchForm): void;
}

/** All the filters that the API has. */
export function SearchFields({ form, services, isLoading, onSearch }: Properties) {
  const [typed, setTyped] = useState(form);
  const [errors, setErrors] = useState<Partial<Record<keyof SearchForm, string>>>({});
  const isNarrow = useMedia('(max-width: 60rem)');
  useEffect(() => setTyped(form), [form]);
  const change = (part: Partial<SearchForm>) => setTyped({ ...typed, ...part });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = problems(typed);
    setErrors(found);
    if (Object.keys(found).length === 0) onSearch(typed);
  };
  return (
    <details class="search-fields" open={!isNarrow}>
      <summary>Search</summary>
      <form role="search" aria-label="Search traces" onSubmit={onSubmit} noValidate>
        <Field label="Service" id="service">
          <select
            id="service"
            value={typed.service}
            disabled={isLoading}
            onChange={event => change({ service: event.currentTarget.value, operation: '' })}
          >
            <option value="">All services</option>
            {withValue(services, typed.service).map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Operation typed={typed} onChange={change} />
        <Field label="Tags" id="tags" error={errors.tags} hint='error=true http.route="/a b"'>
          <TextInput id="tags" value={typed.tags} error={errors.tags} onText={tags => change({ tags })} />
        </Field>
        <div class="field-pair">
          <Field label="Least duration" id="min" error={errors.minDuration}>
            <TextInput
              id="min"
              value={typed.minDuration}
              placeholder="200ms"
              error={errors.minDuration}
              onText={minDuration => change({ minDuration })}
            />
          </Field>
          <Field label="Most duration" id="max" error={errors.maxDuration}>
            <TextInput
              id="max"
              value={typed.maxDuration}
              placeholder="1.5s"
              error={errors.maxDuration}
              onText={maxDuration => change({ maxDuration })}
            />
          </Field>
        </div>
        <div class="field-pair">
          <When typed={typed} onChange={change} />
          <Field label="At most" id="limit">
            <input
              id="limit"
              type="number"
              min={1}
              max={1500}
              value={typed.limit}
              onInput={event => change({ limit: Number(event.currentTarget.value) || 20 })}
            />
          </Field>
        </div>
        {typed.lookback === 'custom' && <Times typed={typed} onChange={change} />}
        <button type="submit" class="primary">
          Find traces
        </button>
      </form>
    </details>
  );
}

function problems(form: SearchForm): Partial<Record<keyof SearchForm, string>> {
  const found: Partial<Record<keyof SearchForm, string>> = {};
  for (const name of ['minDuration', 'maxDuration'] as const) {
    if (form[name].trim() !== '' && !isDuration(form[name]))
      found[name] = 'A number and ns, us, ms, s, m or h';
  }
  try {
    tagsAsJson(form.tags);
  } catch (error) {
    found.tags = (error as Error).message;
  }
  return found;
}

const withValue = (names: readonly string[], value: string): readonly string[] =>
  value === '' || names.includes(value) ? names : [...names, value];

interface FieldProperties {
  label: string;
  id: string;
  error?: string | undefined;
  hint?: string;
  children: ComponentChildren;
}

function Field({ label, id, error, hint, children }: FieldProperties) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {error !== undefined ? (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      ) : (
        hint !== undefined && <p class="field-hint">{hint}</p>
      )}
    </div>
  );
}

interface TextProperties {
  id: string;
  value: string;
  placeholder?: string;
  error: string | undefined;
  onText(text: string): void;
}

function TextInput({ id, value, placeholder, error, onText }: TextProperties) {
  return (
    <input
      id={id}
      type="text"
      value={value}
      placeholder={placeholder}
      autocomplete="off"
      spellcheck={false}
      aria-invalid={error !== undefined}
      aria-describedby={error === undefined ? undefined : `${id}-error`}
      onInput={event => onText(event.currentTarget.value)}
    />
  );
}

interface PartProperties {
  typed: SearchForm;
  onChange(part: Partial<SearchForm>): void;
}

function Operation({ typed, onChange }: PartProperties) {
  const { service, operation } = typed;
  const loaded = useLoaded(`operations ${service}`, async () =>
    service === '' ? [] : source.operations(service),
  );
  const names = loaded.state === 'ready' ? loaded.value : [];
  return (
    <Field label="Operation" id="operation">
      <select
        id="operation"
        value={operation}
        disabled={service === ''}
        onChange={event => onChange({ operation: event.currentTarget.value })}
      >
        <option value="">All operations</option>
        {withValue(names, operation).map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}

function When({ typed, onChange }: PartProperties) {
  const known = lookbacks.some(([value]) => value === typed.lookback);
  return (
    <Field label="When" id="lookback">
      <select
        id="lookback"
        value={typed.lookback}
        onChange={event => onChange({ lookback: event.currentTarget.value })}
      >
        {!known && <option value={typed.lookback}>Last {typed.lookback}</option>}
        {lookbacks.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** The reader's own time zone, as such fields have it. */
function localText(microseconds: number): string {
  const date = new Date(microseconds / 1e3);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Times({ typed, onChange }: PartProperties) {
  const change = (name: 'start' | 'end', text: string) => {
    const time = new Date(text).getTime();
    if (Number.isFinite(time)) onChange({ [name]: time * 1e3 });
  };
  return (
    <div class="field-pair">
      {(['start', 'end'] as const).map(name => (
        <Field key={name} label={name === 'start' ? 'From' : 'To'} id={name}>
          <input
            id={name}
            type="datetime-local"
            step={1}
            value={localText(typed[name])}
            onChange={event => change(name, event.currentTarget.value)}
          />
        </Field>
      ))}
    </div>
  );
}
