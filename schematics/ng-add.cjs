// `ng add rx-sse`. Its imports are part of every workspace of the Angular CLI, so rx-sse doesn't depend on them.
const { chain, SchematicsException } = require('@angular-devkit/schematics');
const { addRootProvider, readWorkspace } = require('@schematics/angular/utility');
const { insertImport } = require('@schematics/angular/utility/ast-utils');
const { applyToUpdateRecorder } = require('@schematics/angular/utility/change');
const ts = require('typescript');

const DOOR = 'rx-sse/angular';

/** Returns the TypeScript files of an application without its tests. */
async function sourcesOf(tree, project) {
  const workspace = await readWorkspace(tree);
  const names = [...workspace.projects.keys()];
  const name = project ?? (names.length === 1 ? names[0] : undefined);
  const definition = workspace.projects.get(name);
  if (!definition) throw new SchematicsException(`Choose one of the projects ${names.join(', ')}: --project NAME`);
  const sources = [];
  tree.getDir(definition.sourceRoot ?? `${definition.root}/src`).visit((path, entry) => {
    if (/\.ts$/.test(path) && !/\.(spec|d)\.ts$/.test(path) && entry) sources.push(path);
  });
  return { name, sources };
}

/** Returns the first call of a function in the files. An application calls `provideHttpClient` only once. */
function findCall(tree, sources, name) {
  for (const path of sources) {
    const text = tree.readText(path);
    if (!text.includes(`${name}(`)) continue;
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    let found;
    const visit = node => {
      if (found) return;
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name) found = node;
      else ts.forEachChild(node, visit);
    };
    visit(source);
    if (found) return { path, source, call: found };
  }
  return undefined;
}

/** Adds `withSse()` after the other features of `provideHttpClient`. */
function addFeature(tree, { path, source, call }) {
  const last = call.arguments.at(-1);
  const recorder = tree.beginUpdate(path);
  if (last) recorder.insertRight(last.getEnd(), ', withSse()');
  else recorder.insertRight(call.getEnd() - 1, 'withSse()');
  applyToUpdateRecorder(recorder, [insertImport(source, path, 'withSse', DOOR)]);
  tree.commitUpdate(recorder);
}

exports.ngAdd =
  ({ project, httpClient = true } = {}) =>
  async (tree, { logger }) => {
    const { name, sources } = await sourcesOf(tree, project);
    const has = call => findCall(tree, sources, call) !== undefined;
    const rules = [];
    const did = [];

    if (httpClient && !has('withSse')) {
      const call = findCall(tree, sources, 'provideHttpClient');
      if (call) {
        addFeature(tree, call);
        did.push(`${call.path}: added withSse() to provideHttpClient, after its other features.`);
      } else {
        rules.push(
          addRootProvider(
            name,
            ({ code, external }) =>
              code`${external('provideHttpClient', '@angular/common/http')}(${external('withSse', DOOR)}())`,
          ),
        );
        did.push(`${name}: added provideHttpClient(withSse()).`);
      }
    }
    if (has('provideSse')) {
      did.push(`${name} already has provideSse: nothing to change.`);
    } else {
      rules.push(
        addRootProvider(name, ({ code, external }) =>
          httpClient
            ? code`${external('provideSse', DOOR)}(${external('withHttpClient', DOOR)}())`
            : code`${external('provideSse', DOOR)}()`,
        ),
      );
      did.push(`${name}: added provideSse(${httpClient ? 'withHttpClient()' : ''}).`);
    }
    for (const line of did) logger.info(`rx-sse: ${line}`);
    logger.info('rx-sse: next, call injectEventSource() or eventSourceResource() in a component.');
    return chain(rules);
  };
