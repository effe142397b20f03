import config from '../../jest.config.js';

/** The modules of a page in production: `default` of `imports` in package.json, except for the fetch and the bodies of Node. */
export const modulesOf = (folder, extension) => ({
  ...config.moduleNameMapper,
  ...Object.fromEntries(
    Object.entries({
      '^#fetch$': 'connection/fallback-fetch.node',
      '^#other-bodies$': 'connection/other-bodies.node',
      '^#platform$': 'platform.node',
      '^#texts$': 'texts.production',
      '^#event-stream-parser$': 'parsing/event-stream-parser',
      '^#parser-checks$': 'parsing/parser-checks.production',
      '^#angular-checks$': 'angular/angular-checks.production',
      '^#check$': 'check.production',
      '^#option-checks$': 'option-checks.production',
      '^rx-sse$': 'index',
      '^rx-sse/angular$': 'angular/index',
      '^rx-sse/diagram$': 'diagram/index',
      '^rx-sse/parser$': 'parser/index',
      '^rx-sse/tabs$': 'tabs/index',
      '^rx-sse/testing$': 'testing/index',
    }).map(([name, module]) => [name, `<rootDir>/${folder}/${module}.${extension}`]),
  ),
});

/** The built package, also where a spec imports a source. */
export const BUILT = {
  '^(?:\\.{1,2}/)+src/(.*)\\.js$': '<rootDir>/dist/esm/$1.js',
  ...modulesOf('dist/esm', 'js'),
};
