// Which names of private members can be shortened in the build: those that are the name of nothing else.
import { join } from 'node:path';
import ts from 'typescript';

/**
 * The short name of each such private member of the sources, by its name. A name that also stands for a member that is not private, of
 * ours or of a platform, is not among them.
 *
 * @param {string} root the folder of tsconfig.build.json
 * @returns {Record<string, string>}
 */
export function privateNames(root) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const privates = new Set();
  const others = new Set();

  /** @param {ts.Symbol | undefined} symbol */
  const isPrivate = symbol =>
    symbol?.declarations?.every(
      declaration => ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected),
    ) ?? false;

  /** @param {ts.Node} node */
  const visit = node => {
    if (ts.isIdentifier(node)) {
      const member = memberAt(node);
      if (member !== undefined) (isPrivate(member) ? privates : others).add(node.text);
    }
    ts.forEachChild(node, visit);
  };

  /**
   * The member that an identifier names; `null` if it cannot be known, `undefined` if it names none.
   * @param {ts.Identifier} node
   */
  const memberAt = node => {
    const { parent } = node;
    // const { name } = this, const { name: local } = this
    if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent)) {
      if ((parent.propertyName ?? parent.name) !== node) return undefined;
      return checker.getTypeAtLocation(parent.parent).getProperty(node.text) ?? null;
    }
    if (ts.isShorthandPropertyAssignment(parent)) return null;
    const isMember =
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      ((ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isObjectLiteralElement(parent)) &&
        parent.name === node) ||
      (ts.isParameter(parent) && ts.isParameterPropertyDeclaration(parent, parent.parent) && parent.name === node);
    if (!isMember) return undefined;
    if (ts.isParameter(parent)) {
      // Of the two symbols, that of the member.
      return ts.getCombinedModifierFlags(parent) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)
        ? { declarations: [parent] }
        : null;
    }
    return checker.getSymbolAtLocation(node) ?? null;
  };

  for (const file of program.getSourceFiles()) if (!file.isDeclarationFile) visit(file);
  const names = [...privates].filter(name => !others.has(name)).sort();
  return Object.fromEntries(names.map((name, index) => [name, `_${index.toString(36)}`]));
}
