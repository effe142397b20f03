import { defineConfig } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import jest from 'eslint-plugin-jest';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

// The floors of the house, lowest first. A folder may import from those below it, and from itself.
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
  // Doors to the outside: each uses the core through its public face, and none another.
  ['src/parser', 'src/tabs', 'src/testing'],
  // It reads streams by the parser as well.
  ['src/cli'],
  // It shares streams across tabs as well.
  ['src/angular'],
];
const zones = FLOORS.flatMap((floor, level) => [
  ...floor.map(target => ({
    target: `./${target}`,
    from: FLOORS.slice(level + 1)
      .flat()
      .map(path => `./${path}`),
    message: 'Nothing imports from a floor above.',
  })),
  // Folders side by side do not know each other.
  ...floor
    .filter(target => !target.endsWith('.ts'))
    .map(target => ({
      target: `./${target}`,
      from: floor.filter(other => other !== target).map(path => `./${path}`),
      message: 'Folders on one floor do not import from each other.',
    })),
]).filter(zone => zone.from.length > 0);

export default defineConfig(
  // `npm run test:angular-22` looks at its folder itself: the types of its Angular are there once it has installed them.
  { ignores: ['dist/', 'coverage/', 'api/', 'examples/*/dist/', 'spec/conformance/packages/', 'spec/angular-22/'] },
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
      'import-x/no-cycle': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // What a consumer is handed as a reason is what the stream failed with, whatever that is.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // What is thrown besides errors ends a stream without a failure.
      '@typescript-eslint/only-throw-error': ['error', { allow: ['StreamClosed'] }],
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    files: ['src/angular/**/*.ts', 'src/testing/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.\\./(?!(index|clock|kind|settle|tabs/index)\\.js$)',
              message: 'A door uses the core through its public face, and the tools of the lowest floor.',
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
            { regex: '^\\.\\./(?!(parsing/.*|errors|lifecycle)\\.js$)', message: 'This door has the parser alone.' },
            { regex: '^rxjs', message: 'This door works without RxJS.' },
          ],
        },
      ],
    },
  },
  {
    files: ['examples/stores/*.ts'],
    // NgRx has an event without a payload as `type<void>()`.
    rules: {
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    // Its packages, and with them its types, are not installed here: `ng build` checks the types.
    files: ['examples/angular-chat/src/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      // They need types as well.
      ...Object.fromEntries(Object.keys(rxjsX.configs.recommended.rules).map(name => [name, 'off'])),
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
  {
    files: ['spec/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    // Marbles are expectations, too.
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
