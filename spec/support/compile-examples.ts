import ts from 'typescript';

/** Returns the compiler options of the repository. They resolve `rx-sse` as its users import it. */
function compilerOptions(): ts.CompilerOptions {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  };
  const config = ts.getParsedCommandLineOfConfigFile('tsconfig.json', { experimentalDecorators: true }, host);
  if (!config) throw new Error('Expected a tsconfig.json');
  // An example may declare a name and leave its use to the reader.
  return { ...config.options, noUnusedLocals: false };
}

/**
 * Returns the file name of an example. It can be given in the first line, and other examples import it by that name.
 */
function nameOf(code: string, index: number): string {
  const [, name] = /^\/\/ ([\w-]+)\.ts\n/.exec(code) ?? [];
  // Several examples may be called `chat.ts`.
  return name === undefined || name === 'chat' ? `example-${index}.ts` : `${name}.ts`;
}

/**
 * Returns the compiler's errors about pieces of code, each as a module of its own at the root of the repository. Empty
 * if all compile.
 *
 * @param ambient declarations that they take from their application, in a module or not
 */
export function compileExamples(examples: Iterable<string>, ambient: string): string[] {
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const files = new Map([...examples].map((code, index) => [`${process.cwd()}/${nameOf(code, index)}`, code]));
  files.set(`${process.cwd()}/ambient.d.ts`, ambient);
  const readSourceFile = host.getSourceFile.bind(host);
  host.fileExists = path => files.has(path) || ts.sys.fileExists(path);
  host.getSourceFile = (path, version, ...rest) => {
    const code = files.get(path);
    return code === undefined ? readSourceFile(path, version, ...rest) : ts.createSourceFile(path, code, version);
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host))
    .filter(({ file }) => file && files.has(file.fileName))
    .map(({ file, messageText }) => `${file?.text}\n${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

/** An export of a module, as the compiler sees it. */
export interface Export {
  readonly name: string;
  readonly docs: string;
  readonly examples: readonly string[];
  readonly isCallable: boolean;
}

/** Returns a function that returns the exports of each of these modules of the repository. */
export function exportsOf(paths: readonly string[]): (path: string) => Export[] {
  const program = ts.createProgram(paths, compilerOptions());
  const checker = program.getTypeChecker();
  return path => {
    const file = program.getSourceFile(path);
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`Expected a module at ${path}`);
    return checker.getExportsOfModule(module).map(exported => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const examples = symbol.getJsDocTags(checker).filter(({ name }) => name === 'example');
      return {
        name: exported.name,
        docs: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
        examples: examples.map(({ text }) => ts.displayPartsToString(text)),
        isCallable: (symbol.flags & ts.SymbolFlags.Function) !== 0,
      };
    });
  };
}
