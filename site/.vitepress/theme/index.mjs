import { h } from 'vue';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { HomePlayground } from './home-playground.mjs';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-after': () => h(HomePlayground) }),
};
