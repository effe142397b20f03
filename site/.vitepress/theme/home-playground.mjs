// The place of the playground on the first page. It is loaded when it comes into view, in the browser only, so that nothing waits for it.
import { defineComponent, h, onBeforeUnmount, onMounted, ref } from 'vue';

export const HomePlayground = defineComponent({
  name: 'HomePlayground',
  setup() {
    const element = ref();
    let unmount;
    let observer;
    onMounted(() => {
      observer = new IntersectionObserver(async ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        const { mountPlayground } = await import('./playground.mjs');
        if (element.value) unmount = await mountPlayground(element.value);
      });
      observer.observe(element.value);
    });
    onBeforeUnmount(() => {
      observer?.disconnect();
      unmount?.();
    });
    return () => h('div', { class: 'playground', ref: element });
  },
});
