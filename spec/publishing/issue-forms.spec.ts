import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { compileExamples } from '../support/compile-examples.js';
import { configErrors, formErrors } from '../support/issue-form.js';

const FOLDER = '.github/ISSUE_TEMPLATE';
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const forms = readdirSync(FOLDER).filter(name => name !== 'config.yml');

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly validations?: Readonly<Record<string, unknown>>;
}

it.each(forms)('GitHub accepts %s', name => {
  expect(formErrors(read(name))).toEqual([]);
});

it('GitHub accepts config.yml', () => {
  expect(configErrors(read('config.yml'))).toEqual([]);
});

it.each([...forms, 'config.yml', '../PULL_REQUEST_TEMPLATE.md'])('%s links to files that exist', name => {
  const paths = [...read(name).matchAll(/https:\/\/github\.com\/[\w-]+\/[\w-]+\/blob\/main\/([^\s)#]+)/g)];
  expect(paths.map(([, path = '']) => path).filter(path => !existsSync(path))).toEqual([]);
});

describe('bug.yml', () => {
  const { body } = parse(read('bug.yml')) as { body: readonly Field[] };
  const field = (id: string) => body.find(candidate => candidate.id === id);

  it.each(['what', 'code', 'lifecycle', 'doctor', 'versions', 'engine', 'proxy'])('requires the field %s', id => {
    expect(field(id)?.validations).toEqual({ required: true });
  });

  it('shows how to get the lifecycle log, with code that compiles', () => {
    const [, code = ''] = /```ts\n([^]*?)```/.exec(String(field('lifecycle')?.attributes['description'])) ?? [];
    expect(code.trim().split('\n')).toHaveLength(3);
    const imports =
      "import { tap } from 'rxjs';\nimport { type EventSourceOptions, fromEventSourceLifecycle } from 'rx-sse';";
    const application = 'declare const url: string;\ndeclare const options: EventSourceOptions;';
    expect(compileExamples([[imports, application, code].join('\n')], '')).toEqual([]);
  });
});

describe('formErrors', () => {
  const FORM = {
    name: 'A form',
    description: 'What it is for.',
    body: [
      { type: 'markdown', attributes: { value: 'Hello' } },
      { type: 'input', id: 'one', attributes: { label: 'One' }, validations: { required: true } },
      { type: 'dropdown', id: 'two', attributes: { label: 'Two', options: ['a', 'b'] } },
      { type: 'checkboxes', attributes: { label: 'Three', options: [{ label: 'a', required: true }, { label: 'b' }] } },
    ],
  };
  const errorsOf = (change: Readonly<Record<string, unknown>>) => formErrors(stringify({ ...FORM, ...change }));
  const errorsWith = (field: unknown) => errorsOf({ body: [...FORM.body, field] });

  it('accepts a form with all types of fields', () => {
    expect(errorsOf({})).toEqual([]);
  });

  it.each([
    ['no name', { name: undefined }, 'the form: name is missing'],
    ['an empty description', { description: ' ' }, 'the form: description must be a text that is not empty'],
    [
      'a description that is a boolean',
      { description: true },
      'the form: description must be a text that is not empty',
    ],
    ['an unknown key', { input: 'x' }, 'the form: input is not permitted'],
    ['no body', { body: undefined }, 'body: it asks for nothing'],
    ['only markdown', { body: FORM.body.slice(0, 1) }, 'body: it asks for nothing'],
  ])('reports a form with %s', (_, change, error) => {
    expect(errorsOf(change)).toContain(error);
  });

  it.each<[string, unknown, string]>([
    ['an unknown type', { type: 'text', attributes: {} }, 'body[4]: there is no type text'],
    ['no label', { type: 'input', attributes: {} }, 'body[4]: label is missing'],
    ['no text', { type: 'markdown', attributes: {} }, 'body[4]: value is missing'],
    [
      'an unknown attribute',
      { type: 'input', attributes: { label: 'x', render: 'text' } },
      'body[4]: render is not permitted',
    ],
    [
      'an id with a space',
      { type: 'input', id: 'a b', attributes: { label: 'x' } },
      'body[4]: an id is letters, digits, - and _',
    ],
    ['a duplicate id', { type: 'input', id: 'one', attributes: { label: 'x' } }, 'id one is there twice'],
    ['a duplicate label', { type: 'input', id: 'x', attributes: { label: 'One' } }, 'label One is there twice'],
    ['no options', { type: 'dropdown', attributes: { label: 'x', options: [] } }, 'body[4]: it has no options'],
    [
      'a duplicate option',
      { type: 'dropdown', attributes: { label: 'x', options: ['a', 'a'] } },
      'body[4]: option a is there twice',
    ],
    [
      'an option that is a boolean',
      { type: 'dropdown', attributes: { label: 'x', options: [true] } },
      'body[4]: an option true',
    ],
    [
      'an option "None"',
      { type: 'dropdown', attributes: { label: 'x', options: ['None'] } },
      'body[4]: an option None',
    ],
    [
      'a box without a label',
      { type: 'checkboxes', attributes: { label: 'x', options: [{}] } },
      'body[4]: label is missing',
    ],
    [
      'required as a text',
      { type: 'input', attributes: { label: 'x' }, validations: { required: 'yes' } },
      'body[4]: required is no boolean',
    ],
  ])('reports a field with %s', (_, field, error) => {
    expect(errorsWith(field)).toContain(error);
  });
});
