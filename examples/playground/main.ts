import { mountPlayground } from './mount-playground.js';

const place = document.querySelector<HTMLElement>('#playground');
if (place) mountPlayground(place);
