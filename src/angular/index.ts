/**
 * Streams in Angular applications: providers, inject functions, interceptors, resources.
 *
 * @module rx-sse/angular
 */

export { eventSourceResource } from './event-source-resource.js';
export type {
  EventSourceResource,
  EventSourceResourceBasics,
  EventSourceResourceContext,
  EventSourceResourceDecoding,
  EventSourceResourceOptions,
  EventSourceResourceReducer,
  EventSourceResourceRequest,
  EventSourceResourceRequested,
} from './event-source-resource-options.js';
export { injectEventSource, type InjectedEventSource, type InjectEventSourceOptions } from './inject-event-source.js';
export { secondsUntil, type SecondsUntilOptions } from './seconds-until.js';
export { provideSse, type SharedTabsOptions, type SseFeature, type SseOptions, withDefaults } from './provide-sse.js';
export { withHttpClient } from './with-http-client.js';
export { withSharedTabs, type WithSharedTabsOptions } from './with-shared-tabs.js';
export { withSse, type WithSseOptions } from './with-sse.js';
export { withTransferState } from './with-transfer-state.js';
