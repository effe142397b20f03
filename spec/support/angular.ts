// The compiler comes first: Angular's own classes are compiled when they are loaded.
import '@angular/compiler';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

/** What the Angular CLI does before it runs the tests. Call it once in a file; a file that tests with zone.js imports that first. */
export function initTestBed(): void {
  TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());
}

/** How an application detects its changes. */
export type ChangeDetection = 'zoneless' | 'zone.js';
