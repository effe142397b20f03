import 'zone.js';
import { serverRenderingBehaviour } from '../support/server-rendering-behaviour.js';

serverRenderingBehaviour('zone.js');
