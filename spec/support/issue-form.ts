import { parse } from 'yaml';

type Fields = Readonly<Record<string, unknown>>;

/** The attributes of each type of field. `!` marks a required one. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  markdown: ['value!'],
  textarea: ['label!', 'description', 'placeholder', 'value', 'render'],
  input: ['label!', 'description', 'placeholder', 'value'],
  dropdown: ['label!', 'description', 'multiple', 'options!', 'default'],
  checkboxes: ['label!', 'description', 'options!'],
};
const TOP = ['name!', 'description!', 'body!', 'title', 'labels', 'assignees', 'projects', 'type'];
const FIELD = ['type!', 'id', 'attributes!', 'validations'];
const CONFIG = ['blank_issues_enabled', 'contact_links'];
const LINK = ['name!', 'url!', 'about!'];

/**
 * Returns GitHub's objections to an issue form, by its page "Syntax for issue forms" and the one about validation
 * errors. Empty if the form is valid. GitHub doesn't offer an invalid form to anybody.
 */
export function formErrors(yaml: string): string[] {
  const form = parse(yaml) as Fields;
  const fields = (Array.isArray(form['body']) ? form['body'] : []) as Fields[];
  const inputs = fields.filter(({ type }) => type !== 'markdown');
  return [
    ...keyErrors('the form', form, TOP),
    ...textErrors('the form', form, ['name', 'description', 'title']),
    ...(inputs.length === 0 ? ['body: it asks for nothing'] : []),
    ...fields.flatMap((field, index) => fieldErrors(`body[${index}]`, field)),
    ...repeated('id', inputs.map(({ id }) => id).filter(Boolean)),
    ...repeated(
      'label',
      inputs.map(({ attributes }) => (attributes as Fields | undefined)?.['label']),
    ),
  ];
}

/** The same for `config.yml` next to the forms. */
export function configErrors(yaml: string): string[] {
  const config = parse(yaml) as Fields;
  const links = (config['contact_links'] ?? []) as Fields[];
  return [
    ...keyErrors('the configuration', config, CONFIG),
    ...links.flatMap((link, index) => {
      const place = `contact_links[${index}]`;
      return [...keyErrors(place, link, LINK), ...textErrors(place, link, ['name', 'url', 'about'])];
    }),
    ...links.map(({ url }) => String(url)).filter(url => !URL.canParse(url)),
  ];
}

function fieldErrors(place: string, field: Fields): string[] {
  const attributes = (field['attributes'] ?? {}) as Fields;
  const permitted = ATTRIBUTES[String(field['type'])];
  if (!permitted) return [`${place}: there is no type ${String(field['type'])}`];
  const validations = (field['validations'] ?? {}) as Fields;
  return [
    ...keyErrors(place, field, FIELD),
    ...keyErrors(place, attributes, permitted),
    ...textErrors(place, attributes, ['label', 'description', 'placeholder', 'value', 'render']),
    ...keyErrors(place, validations, ['required']),
    ...(['boolean', 'undefined'].includes(typeof validations['required']) ? [] : [`${place}: required is no boolean`]),
    ...(field['id'] === undefined || (typeof field['id'] === 'string' && /^[\w-]+$/.test(field['id']))
      ? []
      : [`${place}: an id is letters, digits, - and _`]),
    ...(permitted.includes('options!') ? optionErrors(place, field['type'], attributes['options']) : []),
  ];
}

function optionErrors(place: string, type: unknown, options: unknown): string[] {
  if (!Array.isArray(options) || options.length === 0) return [`${place}: it has no options`];
  const labels: unknown[] = type === 'checkboxes' ? options.map(option => (option as Fields)['label']) : options;
  return [
    ...(type === 'checkboxes'
      ? (options as Fields[]).flatMap(option => keyErrors(place, option, ['label!', 'required']))
      : []),
    // YAML reads some words as booleans, and GitHub adds an option "None" by itself.
    ...labels
      .filter(label => typeof label !== 'string' || /^(none|)$/i.test(label))
      .map(label => `${place}: an option ${String(label)}`),
    ...repeated(`${place}: option`, labels),
  ];
}

/** `keys` are the permitted keys. `!` marks a required one. */
function keyErrors(place: string, value: Fields, keys: readonly string[]): string[] {
  const required = keys.filter(key => key.endsWith('!')).map(key => key.slice(0, -1));
  const permitted = keys.map(key => key.replace('!', ''));
  return [
    ...required.filter(key => value[key] === undefined).map(key => `${place}: ${key} is missing`),
    ...Object.keys(value)
      .filter(key => !permitted.includes(key))
      .map(key => `${place}: ${key} is not permitted`),
  ];
}

const textErrors = (place: string, value: Fields, keys: readonly string[]) =>
  keys
    .filter(key => value[key] !== undefined && !(typeof value[key] === 'string' && value[key].trim() !== ''))
    .map(key => `${place}: ${key} must be a text that is not empty`);

const repeated = (what: string, values: readonly unknown[]) =>
  [...new Set(values.filter((value, index) => values.indexOf(value) !== index))].map(
    value => `${what} ${String(value)} is there twice`,
  );
