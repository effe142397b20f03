import { serverRenderingBehaviour } from '../support/server-rendering-behaviour.js';

serverRenderingBehaviour('zoneless');
