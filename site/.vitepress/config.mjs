// The documentation site. `npm run site` collects its pages in site/pages and builds them into site/dist, without a network.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { apiEntries, BASE, FOLDER, NEWEST, otherVersions, sections } from '../navigation.mjs';

const root = join(import.meta.dirname, '../..');
const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const groups = sections();
const sidebar = [
  ...groups.map(({ title, pages }) => ({
    text: title,
    items: pages.map(({ title, link }) => ({ text: title, link })),
  })),
  // Only its entry points: a list of all functions and types would make each page of the site larger.
  {
    text: 'API reference',
    link: '/api/',
    items: apiEntries().map(({ title, link }) => ({ text: title, link })),
  },
];

/** An arrow with a gap, which continues after it. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 8h4m3 0h6m-3-4 4 4-4 4" fill="none" stroke="#0f766e" stroke-width="2"/></svg>',
  );

/** The first page of a group. */
const firstOf = title => groups.find(group => group.title === title).pages[0].link;

/** Whether the cell that opens at this index is empty. */
const isEmpty = (tokens, index) => tokens[index + 1].content === '';

export default defineConfig({
  title: 'rx-sse',
  description,
  lang: 'en',
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: ICON }],
    // Search engines should find the newest version.
    ...(NEWEST ? [['meta', { name: 'robots', content: 'noindex' }]] : []),
  ],
  srcDir: 'pages',
  outDir: `dist/${FOLDER}`,
  base: BASE,
  // Load pages only when the reader opens them.
  router: { prefetchLinks: false },
  // A dead link fails the build.
  ignoreDeadLinks: false,
  vite: {
    resolve: {
      // Parts of the theme that this site doesn't use.
      alias: [
        {
          find: /^.*\/VP(CarbonAds|DocAsideCarbonAds|NavBarSocialLinks|NavScreenSocialLinks|NavBarTranslations|NavScreenTranslations|DocFooterLastUpdated|Sponsors|AlgoliaSearchBox)\.vue$/,
          replacement: join(import.meta.dirname, 'theme/nothing.mjs'),
        },
      ],
    },
    define: { __VUE_OPTIONS_API__: false, __NEWEST__: JSON.stringify(NEWEST), __VERSION__: JSON.stringify(version) },
    build: {
      assetsInlineLimit: 0,
      // The index of the search is large, and loads when you search. scripts/check-site.mjs limits what a page loads.
      chunkSizeWarningLimit: 4000,
      minify: 'terser',
      terserOptions: {
        module: true,
        ecma: 2020,
        compress: { passes: 3, pure_getters: true },
        format: { comments: false },
      },
    },
    logLevel: 'warn',
  },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // Headings have the same anchors as on GitHub.
    anchor: {
      slugify: heading =>
        heading
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\- ]/gu, '')
          .replaceAll(' ', '-'),
    },
    config: markdown => {
      // Wide tables and code scroll on their own, with the keyboard too.
      markdown.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>\n';
      markdown.renderer.rules.code_block = (tokens, index) =>
        `<pre tabindex="0"><code v-pre>${markdown.utils.escapeHtml(tokens[index].content)}</code></pre>\n`;
      // An empty corner of a table isn't a heading.
      const tag = (tokens, index) => (tokens[index].tag === 'th' && isEmpty(tokens, index) ? 'td' : 'th');
      markdown.renderer.rules.th_open = (tokens, index) => `<${tag(tokens, index)}>`;
      markdown.renderer.rules.th_close = (tokens, index) => `</${tag(tokens, index - 2)}>`;
      markdown.renderer.rules.table_close = () => '</table></div>\n';
    },
  },
  // The first page has no other element with the role main.
  transformHtml: html => html.replace('<div class="VPHome"', '<div class="VPHome" role="main"'),
  themeConfig: {
    nav: [
      { text: 'Start', link: firstOf('Start'), activeMatch: '^/(getting-started|angular|react|vue-and-svelte|node)' },
      { text: 'Guides', link: firstOf('Guides') },
      { text: 'Recipes', link: firstOf('Recipes') },
      { text: 'Reference', link: firstOf('Reference') },
      { text: 'API', link: '/api/' },
      { text: 'Compare', link: firstOf('Compare') },
      {
        text: version,
        items: [
          { text: 'Changelog', link: '/changelog' },
          { text: 'From 0.1 to 0.2', link: '/migrating-to-0.2' },
          { text: 'Contributing', link: '/contributing' },
          ...otherVersions(),
        ],
      },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    docFooter: { prev: 'Previous', next: 'Next' },
  },
});
