import { defineConfig } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import jest from 'eslint-plugin-jest';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

// The layers, lowest first. A folder may import from lower layers and from itself.
const FLOORS = [
  [
    'src/lifecycle.ts',
    'src/errors.ts',
    'src/kind.ts',
    'src/check.ts',
    'src/check.production.ts',
    'src/clock.ts',
    'src/settle.ts',
    'src/take-until-teardown.ts',
    'src/texts.ts',
    'src/texts.production.ts',
  ],
  ['src/parsing', 'src/position'],
  ['src/life'],
  ['src/connection'],
  ['src/options.ts', 'src/option-checks.ts', 'src/option-checks.production.ts'],
  ['src/from-event-source.ts'],
  ['src/iterate-event-source.ts', 'src/operators'],
  ['src/index.ts'],
  // Entry points: each uses the core through its public exports, and no other entry point.
  ['src/diagram', 'src/parser', 'src/tabs', 'src/testing'],
  // Also uses the parser.
  ['src/cli'],
  // Also shares streams across tabs.
  ['src/angular'],
];
const zones = FLOORS.flatMap((floor, level) => [
  ...floor.map(target => ({
    target: `./${target}`,
    from: FLOORS.slice(level + 1)
      .flat()
      .map(path => `./${path}`),
    message: 'A file must not import from a higher layer.',
  })),
  // Folders in one layer must not import from each other.
  ...floor
    .filter(target => !target.endsWith('.ts'))
    .map(target => ({
      target: `./${target}`,
      from: floor.filter(other => other !== target).map(path => `./${path}`),
      message: 'Folders in one layer must not import from each other.',
    })),
]).filter(zone => zone.from.length > 0);

export default defineConfig(
  // `npm run test:angular-22` lints its own folder, because the types of its Angular must be installed first.
  {
    ignores: [
      'dist/',
      'coverage/',
      'api/',
      'examples/*/dist/',
      'spec/conformance/packages/',
      'spec/angular-22/',
      'site/pages/',
      'site/dist/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      rxjsX.configs.recommended,
      importX.flatConfigs.typescript,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A Promise rejects with the error of the stream, which can be any value.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Ends a stream without a failure.
      '@typescript-eslint/only-throw-error': ['error', { allow: ['StreamClosed'] }],
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    files: ['src/angular/**/*.ts', 'src/diagram/**/*.ts', 'src/testing/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex:
                '^\\.\\./(?!(index|clock|kind|settle|take-until-teardown|connection/read-(body|text)|tabs/index)\\.js$)',
              message: 'An entry point may only import the public exports of the core, and a few of its tools.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/parser/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.\\./(?!(parsing/.*|errors|lifecycle)\\.js$)',
              message: 'This entry point may only import the parser.',
            },
            { regex: '^rxjs', message: 'This entry point must work without RxJS.' },
          ],
        },
      ],
    },
  },
  {
    files: ['examples/stores/*.ts'],
    // In NgRx, an event without a payload is `type<void>()`.
    rules: {
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    // Its packages and their types aren't installed here. `ng build` checks the types.
    files: ['examples/angular-chat/src/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      // These need types too.
      ...Object.fromEntries(Object.keys(rxjsX.configs.recommended.rules).map(name => [name, 'off'])),
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
  {
    files: ['{src,spec,examples,scripts,bench,site}/**/*.{ts,js,mjs,cjs}'],
    rules: { 'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    // All code except specs.
    files: ['{src,examples,scripts,bench,site}/**/*.{ts,js,mjs,cjs}'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['spec/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    // Marble tests are expectations too.
    rules: {
      'jest/expect-expect': [
        'error',
        {
          assertFunctionNames: ['expect', 'expectObservable', 'expectRefusal', 'expectSilence', '**.expectConnection'],
        },
      ],
      'jest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['itChecked', 'itChecked.each'] }],
    },
  },
);
