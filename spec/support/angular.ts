// The compiler must be imported first: Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

/**
 * Initializes the test environment like the Angular CLI. Call it once per file. A file that tests with zone.js must
 * import zone.js first.
 */
export function initTestBed(): void {
  TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());
}

export type ChangeDetection = 'zoneless' | 'zone.js';
