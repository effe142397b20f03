import { bundlePage } from '../bundle-page.js';

/**
 * Bundles the page and returns its folder. `playground.js`, which exports `mountPlayground`, and `playground.css` are for
 * other pages.
 */
export const buildPage = (): string =>
  bundlePage(import.meta.dirname, {
    'main.ts': 'main',
    'index.html': 'index',
    'page.css': 'page',
    'icon.svg': 'icon',
    'mount-playground.ts': 'playground',
    'playground.css': 'playground',
  });
