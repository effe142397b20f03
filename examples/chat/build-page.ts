import { bundlePage } from '../bundle-page.js';

/** Bundles the page and returns its folder. */
export const buildPage = (): string =>
  bundlePage(import.meta.dirname, {
    'page/app.ts': 'app',
    'page/index.html': 'index',
    'page/style.css': 'style',
    'page/icon.svg': 'icon',
  });
