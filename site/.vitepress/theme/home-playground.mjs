// The playground on the first page. It loads in the browser when it scrolls into view, so it delays nothing.
import { defineComponent, h, onBeforeUnmount, onMounted, ref } from 'vue';

export const HomePlayground = defineComponent({
  name: 'HomePlayground',
  setup() {
    const element = ref();
    let playground;
    let observer;
    onMounted(() => {
      observer = new IntersectionObserver(async ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        const { mountPlayground } = await import('./playground.mjs');
        // The reader may have left the page meanwhile.
        if (element.value) playground = mountPlayground(element.value);
      });
      observer.observe(element.value);
    });
    onBeforeUnmount(() => {
      observer?.disconnect();
      playground?.destroy();
    });
    return () => h('div', { class: 'home-playground', ref: element });
  },
});
