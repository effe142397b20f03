import ts from 'typescript';

/** The repository's own compiler options, with `rx-sse` as its users import it. */
function compilerOptions(): ts.CompilerOptions {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  };
  const config = ts.getParsedCommandLineOfConfigFile('tsconfig.json', { experimentalDecorators: true }, host);
  if (!config) throw new Error('Expected a tsconfig.json');
  // An example may show a name and leave its use to the reader.
  return { ...config.options, noUnusedLocals: false };
}

/** An example may say in its first line what its file is called; others import it by that. */
function nameOf(code: string, index: number): string {
  const [, name] = /^\/\/ ([\w-]+)\.ts\n/.exec(code) ?? [];
  // Several may be called `chat.ts`.
  return name === undefined || name === 'chat' ? `example-${index}.ts` : `${name}.ts`;
}

/**
 * What the compiler has to say against pieces of code, each taken as a module of its own at the top of the repository; nothing
 * where all compile.
 *
 * @param ambient what they take from their application: declarations, in a module or not
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

/** The exports of a module of the repository, as the compiler sees them. */
export function exportsOf(path: string): { name: string; docs: string; examples: string[]; isCallable: boolean }[] {
  const program = ts.createProgram([path], compilerOptions());
  const checker = program.getTypeChecker();
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
}
