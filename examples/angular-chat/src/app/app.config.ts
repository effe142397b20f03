import { provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import { type ApplicationConfig, inject, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { provideSse, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';
import { Wake } from './connection/wake';
import { auth } from './session/auth';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideClientHydration(),
    provideHttpClient(withFetch(), withInterceptors([auth]), withSse()),
    provideSse(
      withHttpClient(),
      withDefaults(() => ({
        connectTimeout: 10_000,
        // The server shows that it is alive every 2 s.
        idleTimeout: 8_000,
        reconnect: { maxDelay: 20_000, wake: inject(Wake).calls },
      })),
    ),
  ],
};
