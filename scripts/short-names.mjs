// Finds the member names that the build can shorten: names that only the classes of the package use.
import { join } from 'node:path';
import ts from 'typescript';

/** The declarations that users see. */
const DOORS = ['', 'angular/', 'diagram/', 'parser/', 'tabs/', 'testing/'].map(folder => `${folder}index.d.ts`);
const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
/** The most frequent letters in minified code come first, because they compress best. */
const LETTERS = [...'etsrnoaicuhdlpmfgvbyxwkqjzETSRNOAICUHDLPMFGVBYXWKQJZ'];

/**
 * Returns the short name of each member by its name. If no object has both of two names, they may get the same short
 * name, so most have a single letter. Call it after the declarations are built: names that are visible to users stay.
 *
 * @param {string} root the folder of tsconfig.build.json
 * @returns {Record<string, string>}
 */
export function shortNames(root) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const { owners, uses, others } = membersOf(ts.createProgram(fileNames, options));
  const shown = shownNames(options.outDir, options);
  // The most frequent names come first and get the shortest names.
  const names = [...owners.keys()]
    .filter(name => !shown.has(name) && !others.has(name))
    .sort((a, b) => uses.get(b) - uses.get(a) || (a < b ? -1 : 1));
  return distribute(names, owners, new Set([...owners.keys(), ...shown].filter(name => !names.includes(name))));
}

/**
 * Returns `owners`, the families of classes that have a member with a name (`undefined` if other objects of ours have
 * it too), and `others`, names that also mean something else.
 *
 * @param {ts.Program} program
 */
function membersOf(program) {
  const checker = program.getTypeChecker();
  const [owners, uses, others] = [new Map(), new Map(), new Set()];
  /** Names of members that aren't private, and names that other objects also have. */
  const [open, shared] = [new Set(), new Set()];
  const visitOurs = node => {
    if (ts.isIdentifier(node)) {
      // Code that few pages load must not take short names from the rest.
      const count = /\/src\/(diagram|tabs|testing)\//.test(node.getSourceFile().fileName) ? 0 : 1;
      uses.set(node.text, (uses.get(node.text) ?? 0) + count);
      const owner = classThatDeclares(node);
      const member = owner ? undefined : memberNamedBy(node, checker);
      if (owner) owners.set(node.text, (owners.get(node.text) ?? new Set()).add(familyOf(owner, checker)));
      if (owner && !(ts.getCombinedModifierFlags(node.parent) & HIDDEN)) open.add(node.text);
      if (member !== undefined && !member?.declarations?.every(isOurs)) others.add(node.text);
      else if (member?.declarations.some(declaration => !classThatDeclares(declaration.name))) shared.add(node.text);
    }
    ts.forEachChild(node, visitOurs);
  };
  // A library could call members that aren't private, or read them by a string.
  const visitTheirs = node => {
    if (ts.isIdentifier(node) && isDeclared(node) && isOpen(node)) others.add(node.text);
    ts.forEachChild(node, visitTheirs);
  };
  const visitStrings = node => {
    if (ts.isStringLiteralLike(node) && isOpen(node)) others.add(node.text);
    ts.forEachChild(node, visitStrings);
  };
  const isOpen = ({ text }) => open.has(text) || shared.has(text);
  const files = program.getSourceFiles();
  const ours = files.filter(file => !file.isDeclarationFile);
  ours.forEach(visitOurs);
  ours.forEach(visitStrings);
  files.filter(file => file.isDeclarationFile).forEach(visitTheirs);
  for (const name of shared) owners.get(name)?.add(undefined);
  return { owners, uses, others };
}

const isOurs = declaration => !declaration.getSourceFile().isDeclarationFile;

/** Returns the class that declares the member `name`. */
function classThatDeclares(name) {
  const { parent } = name;
  if (parent.name !== name) return undefined;
  if (ts.isClassElement(parent) && ts.isClassLike(parent.parent)) return parent.parent;
  const isProperty = ts.isParameter(parent) && ts.isParameterPropertyDeclaration(parent, parent.parent);
  return isProperty ? parent.parent.parent : undefined;
}

/** Whether `name` declares a member, or is a key of an object. */
const isDeclared = name =>
  name.parent.name === name &&
  (ts.isTypeElement(name.parent) || ts.isClassElement(name.parent) || ts.isObjectLiteralElement(name.parent));

/** Returns the symbol of the member that `name` refers to; `null` if it's unknown, `undefined` if it isn't a member. */
function memberNamedBy(name, checker) {
  const { parent } = name;
  // const { name } = this, const { name: local } = this
  if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent)) {
    if ((parent.propertyName ?? parent.name) !== name) return undefined;
    return checker.getTypeAtLocation(parent.parent).getProperty(name.text) ?? null;
  }
  if (ts.isObjectLiteralElement(parent) && parent.name === name) {
    const type = checker.getContextualType(parent.parent);
    return (type && checker.getPropertyOfType(type, name.text)) ?? checker.getSymbolAtLocation(name) ?? null;
  }
  const isAccess = ts.isPropertyAccessExpression(parent) && parent.name === name;
  return isAccess || isDeclared(name) ? (checker.getSymbolAtLocation(name) ?? null) : undefined;
}

/** Returns the root of a class hierarchy, because an object may have the members of all its classes. */
function familyOf(declaration, checker) {
  const base = declaration.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const above = base && checker.getTypeAtLocation(base).symbol?.declarations?.find(ts.isClassLike);
  return above ? familyOf(above, checker) : declaration;
}

/** Returns all names in the declarations that users can reach. */
function shownNames(folder, options) {
  const program = ts.createProgram(
    DOORS.map(door => join(folder, door)),
    { ...options, paths: {}, noEmit: true },
  );
  const checker = program.getTypeChecker();
  const [names, seen] = [new Set(), new Set()];
  const follow = symbol => {
    if (symbol === undefined || seen.has(symbol)) return;
    seen.add(symbol);
    if (symbol.flags & ts.SymbolFlags.Alias) follow(checker.getAliasedSymbol(symbol));
    for (const declaration of symbol.declarations ?? []) {
      if (!ts.isSourceFile(declaration) && declaration.getSourceFile().fileName.startsWith(folder)) visit(declaration);
    }
  };
  const visit = node => {
    if (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) return;
    if (ts.isIdentifier(node) || ts.isStringLiteral(node)) names.add(node.text);
    if (ts.isIdentifier(node)) follow(checker.getSymbolAtLocation(node));
    ts.forEachChild(node, visit);
  };
  for (const door of DOORS) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(folder, door)));
    for (const symbol of checker.getExportsOfModule(module)) {
      names.add(symbol.name);
      follow(symbol);
    }
  }
  return names;
}

/**
 * Gives each of `names` the first short name that isn't `taken`, and isn't used by another member of the same objects.
 */
function distribute(names, owners, taken) {
  const given = {};
  const short = [...LETTERS, ...LETTERS.flatMap(first => LETTERS.map(second => first + second))];
  const meets = (a, b) => a.has(undefined) || b.has(undefined) || [...a].some(family => b.has(family));
  for (const name of names) {
    const met = new Set(
      Object.keys(given)
        .filter(other => meets(owners.get(name), owners.get(other)))
        .map(other => given[other]),
    );
    given[name] = short.find(candidate => !taken.has(candidate) && !met.has(candidate));
  }
  return given;
}
