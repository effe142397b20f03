import { provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import { type ApplicationConfig, inject, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { provideSse, withDefaults, withHttpClient, withSharedTabs, withSse } from 'rx-sse/angular';
import { Wake } from './connection/wake';
import { auth } from './session/auth';
import { Session } from './session/session';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideClientHydration(),
    provideHttpClient(withFetch(), withInterceptors([auth]), withSse()),
    provideSse(
      withHttpClient(),
      withDefaults(() => ({
        connectTimeout: 10_000,
        // The server sends a heartbeat every 2 s.
        idleTimeout: 8_000,
        reconnect: { maxDelay: 20_000, wake: inject(Wake).calls },
      })),
      withSharedTabs({ key: () => inject(Session).name() }),
    ),
  ],
};
