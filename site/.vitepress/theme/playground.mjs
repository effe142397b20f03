// Loaded when the first page shows the playground.
import '../../../examples/playground/playground.css';

export { mountPlayground } from '../../../examples/playground/mount-playground.ts';
