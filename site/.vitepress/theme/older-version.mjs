import { h } from 'vue';

/** A note above each page of an older version, with a link to the newest. The build replaces both constants. */
export const olderVersion = () =>
  __NEWEST__
    ? h('p', { class: 'older-version', role: 'note' }, [
        `You’re reading the documentation of version ${__VERSION__}. `,
        h('a', { href: __NEWEST__ }, 'Go to the newest version'),
      ])
    : undefined;
