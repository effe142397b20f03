import { h } from 'vue';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { HomePlayground } from './home-playground.mjs';
import { olderVersion } from './older-version.mjs';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, {
      'home-hero-before': olderVersion,
      'home-hero-after': () => h(HomePlayground),
      'doc-before': olderVersion,
    }),
};
