// Which files of the package a bundle has.
/** The operators that a page with only `fromEventSource` doesn't load: the file and the name of each. */
export const OPERATORS = {
  'batch-per-frame': 'batchPerFrame',
  'connection-state': 'connectionState',
  decode: 'decode',
  events: 'events',
  json: 'json',
  'of-event-type': 'ofEventType',
  'page-resumed': 'pageResumed',
  reconnect: 'reconnect',
  'route-to': 'routeTo',
  'share-lifecycle': 'shareLifecycle',
  'to-actions': 'toActions',
  'with-snapshot': 'withSnapshot',
};

export const isOperator = file => Object.hasOwn(OPERATORS, file);

/** Returns the files in `folder` of the package among the modules, without extensions. */
export const filesOf = (modules, folder) =>
  modules.flatMap(path => path.match(`rx-sse/dist/(?:esm|cjs)/${folder}/([^/]*)\\.c?js$`)?.[1] ?? []).sort();
